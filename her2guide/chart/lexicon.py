"""What the words of a treatment's name can mean, and the spelling of a word that means nothing.

In: a library. Out: look-ups from words, run together or in phrases, to drugs, shorthands and roles.
It knows single words and phrases; `treatment_text` cuts a text into them, `names` decides what they say together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..library.library import Library
from ..library.names import names_of, tokens_of, words_of
from ..model.names import Shorthand, WordList

SHORTEST = 6  # a word of fewer letters is not corrected: too many others lie within one letter of it
LONG = 12  # from so many letters on, two may differ
APART = 2  # letters by which another drug must be further away: two slips never lead from one drug to another


class Lexicon:
    """Drug names by their words run together, shorthands and roles by their words in order."""

    def __init__(self, library: Library) -> None:
        names = library.names
        self.classes = {a.id: a.drug_class for a in library.agents.values()}
        self.classes |= {d.id: d.drug_class for d in names.drugs.values() if d.drug_class}
        self.agents = frozenset(library.agents)
        self.groups = frozenset(drug.id for drug in names.drugs.values() if drug.group)
        self.families = tuple(names.families.values())
        self.drugs: dict[str, str] = {}
        self.parts: dict[str, set[str]] = {}
        for owner, written in written_forms(library):
            self.drugs["".join(written)] = owner
        self.shorthands = shorthand_index(names.shorthands.values())
        self.shorthand_words = {word for phrase in self.shorthands for word in phrase}
        self.roles = {tokens_of(phrase): words for words in names.words.values() for phrase in words.words}
        self.patterns = [(re.compile(p), words) for words in names.words.values() for p in words.patterns]
        self.longest = max(map(len, [*self.roles, *self.shorthands]), default=1)
        self.learn_parts(library)
        self.spellings = tuple(self.parts)

    def learn_parts(self, library: Library) -> None:
        """The words that can be misspelt, each with the drugs in whose names it stands."""
        drugs = {a.id for a in library.agents.values() if a.kind == "drug"} | library.names.drugs.keys() - self.groups
        for owner, written in written_forms(library):
            for word in (*written, "".join(written)) if owner in drugs else ():
                self.part(word, owner)

    def part(self, word: str, owner: str) -> None:
        if len(word) >= SHORTEST and word.isalpha():
            self.parts.setdefault(word, set()).add(owner)

    def role(self, phrase: tuple[str, ...]) -> WordList | None:
        if phrase in self.roles or len(phrase) > 1:
            return self.roles.get(phrase)
        return next((words for pattern, words in self.patterns if pattern.fullmatch(phrase[0])), None)

    def alike(self, one: str, other: str) -> bool:
        """Whether two drugs are confused with one another, and are not drugs that are given together."""
        return any(one in f.members and other in f.members for f in self.families if not f.together)

    def respelled(self, word: str) -> str | None:
        """The one known word that this can be a slip of: a letter more, less, other, or two exchanged.

        One letter from 6 letters on, two from 12 on; one only where the drug has look-alikes. No other drug may lie
        within two letters more, so that a word between two drugs stays unread.
        """
        if len(word) < SHORTEST or not word.isalpha() or word in self.shorthand_words:
            return None
        from rapidfuzz import process  # only a misspelt name needs it
        from rapidfuzz.distance import OSA

        near = process.extract(word, self.spellings, scorer=OSA.distance, score_cutoff=2 + APART, limit=None)
        if not near:
            return None
        best, edits, _ = near[0]
        rivals = (other for other, away, _ in near if away < edits + APART and self.differ(best, other))
        return best if edits <= self.allowed(word, best) and not any(rivals) else None

    def differ(self, one: str, other: str) -> bool:
        """Whether two words stand in the names of different drugs, or are themselves names of different drugs."""
        whole = {self.drugs[word] for word in (one, other) if word in self.drugs}
        return len(whole) > 1 or not self.parts[one] & self.parts[other]

    def allowed(self, word: str, best: str) -> int:
        """How many letters may differ."""
        in_family = any(drug in family.members for family in self.families for drug in self.parts[best])
        return 1 if in_family or min(len(word), len(best)) < LONG else 2


def written_forms(library: Library) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Each drug with each of its names as words; a suffix can follow any of them."""
    for agent in library.agents.values():
        yield from ((agent.id, words_of(name)) for name in names_of(agent))
    for drug in library.names.drugs.values():
        for name in (drug.id, *drug.names):
            yield drug.id, words_of(name)
            yield from ((drug.id, (*words_of(name), suffix)) for suffix in drug.suffixes)


def shorthand_index(shorthands: Iterable[Shorthand]) -> dict[tuple[str, ...], Shorthand]:
    return {words_of(name): item for item in shorthands for name in (item.id, *item.names)}
