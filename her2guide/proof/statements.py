"""knowledge/invariants/ -> what must hold whatever the rules say, with a table of drugs of its own.

In: YAML: classes of drugs, invariants, scopes, and what was found and is known. Out: checked structs.
It is read by nothing that advises: whoever changes a rule cannot change by it what the rule is held against.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..documents import Document, Unreadable, read_yaml
from ..errors import KnowledgeError, Problem, nearest
from ..language.parse import read_condition
from ..library.library import Library
from ..library.read import knowledge_folder, read_files
from ..model.condition import Condition
from ..model.knowledge import Item

Family = Literal["dead", "opposed", "complete", "barred", "monotone", "invariant", "question"]


class DrugClass(Item, frozen=True, kw_only=True):
    """Agents that an invariant means by one name."""

    drugs: tuple[str, ...]


class Invariant(Item, frozen=True, kw_only=True):
    """What holds of every option that gives one of `drugs` (names of classes), by exactly one of four.

    `never`: not given where this holds; if `asked`, nor given unchecked while it cannot be told. `only`: given only
    where this is sure. `known`: facts without which it is not given unchecked. `apart_from`: classes with which it
    shares no day. `unless_with`: classes that lift it where the same regimen gives them. `in_turn`: regimens without
    a full schedule that give both one after the other. `decisions`: where it holds, if not everywhere.
    """

    says: str
    drugs: tuple[str, ...]
    never: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    apart_from: tuple[str, ...] = ()
    asked: bool = False
    unless_with: tuple[str, ...] = ()
    in_turn: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    because: str
    source: str
    condition: Condition = Condition()


class Scope(Item, frozen=True, kw_only=True):
    """Patients whom some decisions must have an answer for, `since` a day."""

    says: str
    when: tuple[str, ...]
    decisions: tuple[str, ...]
    since: date
    because: str
    condition: Condition = Condition()


class Known(Item, frozen=True, kw_only=True):
    """Something found that is known: `meant` so, or `open` until an editor decides.

    `about`: the first item that it names, then all others that may stand beside it.
    """

    family: Family
    about: tuple[str, ...]
    status: Literal["meant", "open"]
    because: str


class Statements(Struct, frozen=True):
    classes: dict[str, DrugClass]
    invariants: dict[str, Invariant]
    scopes: dict[str, Scope]
    known: dict[str, Known]

    def drugs(self, classes: Iterable[str]) -> frozenset[str]:
        return frozenset().union(*(self.classes[name].drugs for name in classes))

    def knows(self, family: Family, about: tuple[str, ...]) -> Known | None:
        """What is known about something found."""
        for known in self.known.values():
            if known.family == family and known.about[0] == about[0] and {*about} <= {*known.about}:
                return known
        return None

    def conditions(self) -> list[Condition]:
        invariants = [invariant.condition for invariant in self.invariants.values()]
        return [*invariants, *(scope.condition for scope in self.scopes.values())]


Kind = TypeVar("Kind", bound=Item)
KINDS: dict[str, type[Item]] = {"classes.yaml": DrugClass, "scopes.yaml": Scope, "known.yaml": Known}


def read_statements(library: Library, folder: Path | None = None) -> Statements:
    """Read knowledge/invariants/, or another folder. Raises `KnowledgeError` with every problem."""
    reader = Reader(library)
    for name, text in read_files(folder or knowledge_folder() / "invariants").items():
        try:
            reader.read(read_yaml(text, f"knowledge/invariants/{name}"), KINDS.get(name, Invariant))
        except Unreadable as fault:
            reader.problems.append(fault.problem)
    statements = Statements(reader.of(DrugClass), reader.of(Invariant), reader.of(Scope), reader.of(Known))
    reader.check(statements)
    if reader.problems:
        raise KnowledgeError(reader.problems)
    return statements


class Reader:
    """Reads the statements file by file, collecting the problems on the way."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.problems: list[Problem] = []
        self.items: list[tuple[str, Item]] = []

    def of(self, kind: type[Kind]) -> dict[str, Kind]:
        return {item.id: item for _, item in self.items if isinstance(item, kind)}

    def read(self, document: Document, kind: type[Item]) -> None:
        for number, row in enumerate(document.data if isinstance(document.data, list) else [document.data]):
            where = document.where((number,))
            try:
                item = msgspec.convert(row, kind, strict=False)
            except msgspec.ValidationError as fault:
                self.problems.append(Problem(where, f"{fault}.", "Correct it."))
                continue
            if any(item.id == other.id and type(item) is type(other) for _, other in self.items):
                self.problems.append(Problem(where, f"the id `{item.id}` stands twice.", "Rename one."))
            if isinstance(item, Scope):
                item = replace(item, condition=self.condition(item.when, where))
            if isinstance(item, Invariant):
                item = replace(item, condition=self.condition((*item.never, *item.only), where))
            self.items.append((where, item))

    def condition(self, lines: Sequence[str], where: str) -> Condition:
        facts = self.library.facts
        return read_condition(lines, facts, lambda _: where, self.problems, may_ask_unknown=True)

    def check(self, statements: Statements) -> None:
        """Every name names something, and every drug stands in a class."""
        library = self.library
        regimens = set(library.regimens)
        decisions = {decision.id for edition in library.editions.values() for decision in edition.head.decisions}
        for where, item in self.items:
            if isinstance(item, DrugClass):
                self.named(where, item.drugs, library.agents)
            elif isinstance(item, Invariant):
                self.named(where, (*item.drugs, *item.apart_from, *item.unless_with), statements.classes)
                self.named(where, item.known, library.facts)
                self.named(where, (item.source,), library.sources)
                self.named(where, item.in_turn, regimens)
                if sum(map(bool, (item.never, item.only, item.known, item.apart_from))) != 1:
                    self.problems.append(Problem(where, "must say one of never, only, known, apart_from.", "Say one."))
            if isinstance(item, Invariant | Scope):
                self.named(where, item.decisions, decisions)
        sorted_in = statements.drugs(statements.classes)
        for name, agent in library.agents.items():
            if agent.kind == "drug" and name not in sorted_in:
                do = "Add it to one: no invariant speaks of it."
                self.problems.append(Problem("knowledge/invariants/classes.yaml", f"`{name}` is in no class.", do))

    def named(self, where: str, names: Iterable[str], among: Iterable[str]) -> None:
        for name in names:
            if name not in among:
                self.problems.append(
                    Problem(where, f"there is no `{name}`.", nearest(name, among) or "Correct the name.")
                )
