"""An edition -> everything that is proved about it, and everything that was found.

In: a library. Out: a report: digests, expiry, domains, and for each family its claims. Families are proved in two
processes; each builds its own circuit. It does not know how the report is shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import z3
from msgspec import Struct

from ..errors import Problem, RequestError
from ..library.library import Library
from ..library.read import read_library
from ..model.condition import Value
from . import learning, rules, safety
from .domain import domains_of
from .found import Claim, Found, Tally, tried
from .statements import Family, Known, Statements, read_statements
from .words import said
from .world import World

Task = tuple[Family, str, date | None]
Obligation = Callable[[World, Statements], Iterable[Claim]]


class Subject(Struct, frozen=True):
    """A family of claims: what it says and where the claims come from."""

    says: str
    obligations: tuple[Obligation, ...]


FAMILIES: dict[Family, Subject] = {  # the longest first: two are proved at a time
    "question": Subject(
        "Every fact that a recommendation names can change its verdict.", (learning.every_question_counts,)
    ),
    "invariant": Subject(
        "Whatever the rules say, no option breaks an invariant.", (safety.invariants, safety.kept_apart)
    ),
    "opposed": Subject("Nothing is an option that another recommendation advises against.", (rules.none_opposed,)),
    "monotone": Subject("Learning a fact never turns a sure answer into another.", (learning.no_answer_turns,)),
    "complete": Subject("Every patient in a scope has an option or a named missing fact.", (rules.no_dead_end,)),
    "barred": Subject("A barred agent is never offered, nor an unchecked one.", (safety.none_barred,)),
    "dead": Subject("No rule, and no line of a fact, can never fire.", (rules.no_dead_rule, rules.dates_in_time)),
}
QUICK: tuple[Family, ...] = ("invariant",)


class Entry(Struct, frozen=True):
    """Something found, in words; `known` is what the knowledge says about it, none where it is new."""

    found: Found
    patient: str
    learned: str
    known: Known | None


class Section(Struct, frozen=True):
    """A family: how many claims hold, what was found, seconds of one processor."""

    family: Family
    says: str
    tried: int
    held: int
    seconds: float
    entries: tuple[Entry, ...]


class Report(Struct, frozen=True):
    """`on`: proved for that day alone; else for every day since the first. `solver`: the version of Z3."""

    edition: str
    knowledge: str
    code: str
    solver: str
    on: date | None
    first_day: date
    review_by: date
    expires: date | None
    regions: tuple[str, ...]
    spans: int
    domains: dict[str, tuple[Value, ...]]
    invariants: dict[str, str]
    sections: tuple[Section, ...]

    def new(self) -> list[Entry]:
        return [entry for section in self.sections for entry in section.entries if entry.known is None]


def verify(edition: str, on: date | None = None, families: Iterable[Family] = tuple(FAMILIES)) -> Report:
    """Prove the families. Raises `RequestError` for an edition that does not exist."""
    library = read_library()
    if edition not in library.editions:
        do = f"There is: {', '.join(library.editions)}."
        raise RequestError([Problem("--edition", f"there is no edition `{edition}`.", do)])
    statements = read_statements(library)
    tasks = [(family, edition, on) for family in families]
    tallies = proved(tasks) if len(tasks) > 1 else [prove_in(library, statements, *task) for task in tasks]
    sections = tuple(section_of(tally, statements, library) for tally in tallies)
    head = library.editions[edition].head
    domains = domains_of(library, statements.conditions())
    return Report(
        edition=edition,
        knowledge=library.digest,
        code=code_digest(),
        solver=z3.get_version_string(),
        on=on,
        first_day=head.first_day,
        review_by=head.review_by,
        expires=head.expires,
        regions=head.regions,
        spans=len(head.regions) if on else sum(1 for _ in World(library, edition).spans()),
        domains={name: domain.values for name, domain in domains.items()},
        invariants={item.id: item.says for item in statements.invariants.values()},
        sections=sections,
    )


def proved(tasks: list[Task]) -> Iterator[Tally]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield from pool.map(prove, tasks)


def prove(task: Task) -> Tally:
    """One family, in a process of its own."""
    library = read_library()
    return prove_in(library, read_statements(library), *task)


def prove_in(library: Library, statements: Statements, family: Family, edition: str, on: date | None) -> Tally:
    """One family. Of a single day only what is new is tried: it has to be quick."""
    world = World(library, edition, statements.conditions(), on)
    every = claims(family, world, statements)
    return tried(family, world, [c for c in every if on is None or statements.knows(family, c.about) is None])


def claims(family: Family, world: World, statements: Statements) -> Iterator[Claim]:
    for obligation in FAMILIES[family].obligations:
        yield from obligation(world, statements)


def section_of(tally: Tally, statements: Statements, library: Library) -> Section:
    entries = [
        Entry(
            found,
            said(found.given or {}, library),
            said(found.then or {}, library),
            statements.knows(tally.family, found.about),
        )
        for found in tally.found
    ]
    says = FAMILIES[tally.family].says
    return Section(tally.family, says, tally.tried, tally.tried - tally.failed, tally.seconds, tuple(entries))


def code_digest() -> str:
    """A digest of all code of the package: the same code has the same digest anywhere."""
    package = Path(__file__).resolve().parent.parent
    total = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        total.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]
