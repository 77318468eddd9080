"""knowledge/concordance/ -> what a concordance report compares: decisions, cross tables, reasons.

In: YAML files. Out: each item checked against the facts, agents, editions and sources of a library.
It knows no decision and no drug: both are knowledge, and every report says them beside its figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from ..documents import Document, Unreadable, read_yaml
from ..errors import KnowledgeError, Problem, nearest
from ..language.parse import read_condition
from ..language.typed import NotAValue, typed_value
from ..library.library import Library
from ..library.read import knowledge_folder, read_files
from ..model.chart import Setting
from ..model.condition import Condition, Value
from ..model.knowledge import Item


class DrugGroup(Item, frozen=True, kw_only=True):
    """Drug classes that a report names together."""

    title: str
    classes: tuple[str, ...]


class Question(Item, frozen=True, kw_only=True):
    """Which given drugs answer which decisions of the editions; the keys are explained in the file itself."""

    title: str
    decisions: tuple[str, ...]
    of: Condition
    setting: Setting
    compared: str
    deciding: str
    line: int | None = None
    or_given: str | None = None
    not_counted: tuple[str, ...] = ()
    dated_by: tuple[str, ...] = ()
    within_months: int | None = None
    supposed: dict[str, Value] = field(default_factory=dict)
    supposed_if_given: dict[str, Value] = field(default_factory=dict)
    note: str | None = None


class CrossTable(Item, frozen=True, kw_only=True):
    """Whether drugs of a group were recorded, by whether `of` is true. `marked_by`: recommendations, for dates."""

    title: str
    of: Condition
    yes: str
    no: str
    given: str
    dated_by: tuple[str, ...]
    marked_by: tuple[str, ...] = ()


class Reason(Item, frozen=True, kw_only=True):
    """Why a recommended plan was not followed: a code of a code system."""

    title: str
    source: str


class Questions(Struct, frozen=True):
    """Everything under knowledge/concordance, by id."""

    groups: dict[str, DrugGroup]
    decisions: dict[str, Question]
    tables: dict[str, CrossTable]
    reasons: dict[str, Reason]

    def in_group(self, agent: str, group: str | None, library: Library) -> bool:
        return group is not None and library.drug_class(agent) in self.groups[group].classes


ItemType = TypeVar("ItemType", bound=Item)


def read_questions(library: Library, folder: Path | None = None) -> Questions:
    """Read knowledge/concordance/, or another folder. Raises `KnowledgeError` with every problem."""
    reader = Reader(library)
    for name, text in read_files(folder or knowledge_folder() / "concordance").items():
        reader.read_file(f"knowledge/concordance/{name}", text)
    found = Questions(
        reader.of_kind(DrugGroup), reader.of_kind(Question), reader.of_kind(CrossTable), reader.of_kind(Reason)
    )
    reader.problems += check(found, library)
    if reader.problems:
        raise KnowledgeError(reader.problems)
    return found


class Reader:
    """Reads items file by file, collecting the problems on the way."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.problems: list[Problem] = []
        self.items: list[Item] = []

    def of_kind(self, kind: type[ItemType]) -> dict[str, ItemType]:
        return {item.id: item for item in self.items if isinstance(item, kind)}

    def read_file(self, name: str, text: str) -> None:
        try:
            document = read_yaml(text, name)
        except Unreadable as fault:
            self.problems.append(fault.problem)
            return
        for number, row in enumerate(document.data if isinstance(document.data, list) else [document.data]):
            try:
                self.items.append(msgspec.convert(self.prepared(document, number, row), kind_of(row), strict=False))
            except (msgspec.ValidationError, NotAValue) as fault:
                self.problems.append(Problem(document.where((number,)), f"{fault}.", "Correct it."))

    def prepared(self, document: Document, number: int, row: Any) -> Any:
        """The row with its condition parsed and the values of facts typed. Raises `NotAValue`."""
        if not isinstance(row, dict):
            return row
        ready = dict(row)
        if isinstance(row.get("of"), list):
            path = (number, "of")
            ready["of"] = read_condition(
                row["of"], self.library.facts, lambda line: document.where((*path, line)), self.problems
            )
        for key in ("supposed", "supposed_if_given"):
            ready[key] = {fact: self.typed(fact, value) for fact, value in (row.get(key) or {}).items()}
        return {key: value for key, value in ready.items() if key in row}

    def typed(self, fact: str, value: Any) -> Value:
        if fact not in self.library.facts:
            raise NotAValue(f"there is no fact `{fact}`", nearest(fact, self.library.facts))
        return typed_value(self.library.facts[fact], value)


def kind_of(row: Any) -> type[Item]:
    """Which item a row is, by the key that only this kind has."""
    keys: dict[str, type[Item]] = {"decisions": Question, "dated_by": CrossTable, "classes": DrugGroup}
    return next((kind for key, kind in keys.items() if isinstance(row, dict) and key in row), Reason)


def check(found: Questions, library: Library) -> Iterator[Problem]:
    """Ids that name nothing."""
    decisions = {decision.id for edition in library.editions.values() for decision in edition.head.decisions}
    recommendations = {item.id for edition in library.editions.values() for item in edition.recommendations}
    datable = {*library.facts, *library.agents}
    for group in found.groups.values():
        yield from missing(group, "drug class", group.classes, library.drug_classes())
    for question in found.decisions.values():
        named = (question.compared, question.deciding, question.or_given)
        yield from missing(question, "group", filter(None, named), found.groups)
        yield from missing(question, "decision", question.decisions, decisions)
        yield from missing(question, "agent", question.not_counted, library.agents)
        yield from missing(question, "fact or agent", question.dated_by, datable)
    for table in found.tables.values():
        yield from missing(table, "group", [table.given], found.groups)
        yield from missing(table, "fact or agent", table.dated_by, datable)
        yield from missing(table, "recommendation", table.marked_by, recommendations)
    for reason in found.reasons.values():
        yield from missing(reason, "source", [reason.source], library.sources)


def missing(item: Item, kind: str, names: Iterable[str], known: Iterable[str]) -> Iterator[Problem]:
    every = set(known)
    for name in names:
        if name not in every:
            yield Problem(f"knowledge/concordance, {item.id}", f"there is no {kind} `{name}`.", nearest(name, every))
