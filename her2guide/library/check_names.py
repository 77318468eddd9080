"""The names of treatments -> every place where they do not agree with the agents and with each other.

In: a library. Out: problems. A name that two drugs claim would be read as either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..errors import Problem, nearest
from ..model.names import Drug, Shorthand, WordList
from .library import Library
from .names import names_of, words_of


def check_names(library: Library) -> Iterator[Problem]:
    """Every problem of `knowledge/names`."""
    names = library.names
    known = {*library.agents, *names.drugs}
    for drug in names.drugs.values():
        yield from check_class(drug, library)
    for shorthand in names.shorthands.values():
        yield from check_shorthand(shorthand, known)
    for family in names.families.values():
        yield from unknown(f"family {family.id}", family.members, known)
    for words in names.words.values():
        yield from check_patterns(words)
    yield from claimed_twice([(drug.id, name) for drug in names.drugs.values() for name in drug_names(drug)], library)


def drug_names(drug: Drug) -> tuple[str, ...]:
    """Every written form of a drug, each once, its words run together."""
    return tuple(dict.fromkeys("".join(words_of(name)) for name in (drug.id, *drug.names)))


def check_class(drug: Drug, library: Library) -> Iterator[Problem]:
    if (drug.id in library.agents) == (drug.drug_class is not None):
        do = "Give drug_class to a drug that is no agent, and to no other."
        yield Problem(f"drug {drug.id}", "has its class in two places or in none.", do)


def check_shorthand(shorthand: Shorthand, known: set[str]) -> Iterator[Problem]:
    where = f"shorthand {shorthand.id}"
    if bool(shorthand.gives) == bool(shorthand.either):
        yield Problem(where, "must have either gives or either.", "Keep one.")
    yield from unknown(where, [drug for reading in shorthand.readings() for drug in reading], known)


def unknown(where: str, ids: Iterable[str], known: set[str]) -> Iterator[Problem]:
    for name in ids:
        if name not in known:
            yield Problem(where, f"there is no agent or drug `{name}`.", nearest(name, known) or "Add it.")


def check_patterns(words: WordList) -> Iterator[Problem]:
    for pattern in words.patterns:
        try:
            re.compile(pattern)
        except re.error as fault:
            yield Problem(f"wordlist {words.id}", f"`{pattern}` is no pattern: {fault}.", "Correct it.")


def claimed_twice(drugs: list[tuple[str, str]], library: Library) -> Iterator[Problem]:
    """A problem for each name that two drugs or agents claim."""
    owners = {"".join(words_of(name)): a.id for a in library.agents.values() for name in names_of(a)}
    for owner, name in drugs:
        if owners.setdefault(name, owner) != owner:
            yield Problem(f"drug {owner}", f"the name {name} is one of {owners[name]}.", "Keep it in one place.")
