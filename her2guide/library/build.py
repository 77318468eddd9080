"""Texts of YAML files -> `Library`, or every problem found in them.

In: name -> text. Out: items as structs, with every condition parsed and checked.
Whether ids agree across files is checked by `check`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ..documents import Document, Steps, Unreadable, read_text, read_yaml
from ..errors import KnowledgeError, Problem, nearest
from ..language.parse import read_condition
from ..language.typed import NotAValue, typed_value
from ..model.columns import ColumnMap
from ..model.condition import Condition
from ..model.fact import Contradiction, Fact
from ..model.knowledge import Agent, Claim, EditionHead, Evidence, Item, Paragraph, Recommendation, Regimen, Source
from ..model.names import Drug, Family, Names, Shorthand, WordList
from ..model.report import Excuse, Heading, ReportWords, Subject
from .check import check_library
from .columns import check_columns, whole_map
from .library import Edition, Library, Words
from .order import in_dependency_order

# Where files may stand; one that stands elsewhere would be read by nobody.
READ = re.compile(
    r"knowledge/((facts|agents|regimens|evidence|sources|claims|codes|columns|names|reports|synth|models|concordance)/[^/]+"
    r"|editions/[^/]+/[^/]+|words/[^/]+/[^/]+(/[^/]+)?)\.yaml\Z"
)
CONDITIONS = ("when", "studied_in")
ItemType = TypeVar("ItemType", bound=Item)
Raw = dict[str, Any]


def build_library(files: dict[str, str], digest: str) -> Library:
    """Build the library from texts; raise `KnowledgeError` with every problem in every file."""
    workshop = Workshop(files)
    library = workshop.library(digest)
    problems = workshop.problems or [workshop.located(problem) for problem in check_library(library)]
    if problems:
        raise KnowledgeError(workshop.first_causes(problems))
    return library


def read_column_map(place: Path, library: Library) -> ColumnMap:
    """A user's own column map. Raises `KnowledgeError` with every problem, each with its line."""
    workshop = Workshop({})
    workshop.heads = library.facts
    try:
        document = read_yaml(read_text(place), str(place))
    except Unreadable as fault:
        raise KnowledgeError([fault.problem]) from None
    found = workshop.items_of(document, ColumnMap)
    if not workshop.problems and len(found) != 1:
        workshop.problems.append(Problem(str(place), "is not one column map.", "Begin it with `id:`."))
    if not workshop.problems:
        workshop.problems += map(workshop.located, check_columns(found[0], library.agents))
    if workshop.problems:
        raise KnowledgeError(workshop.problems)
    return found[0]


class Workshop:
    """Turns texts into items, collecting the problems on the way."""

    def __init__(self, files: dict[str, str]) -> None:
        self.problems: list[Problem] = []
        self.places: dict[str, str] = {}
        self.lost: set[str] = set()  # ids of facts that could not be read
        self.documents: list[Document] = []
        for name, text in files.items():
            if not READ.match(f"knowledge/{name}"):
                self.problems.append(
                    Problem(f"knowledge/{name}", "stands where nothing reads it.", "Move or rename it.")
                )
                continue
            try:
                self.documents.append(read_yaml(text, f"knowledge/{name}"))
            except Unreadable as fault:
                self.problems.append(fault.problem)
                self.lost |= set(re.findall(r"^-? *id: (\w+)", text, re.MULTILINE))
        self.heads = self.fact_heads()

    def library(self, digest: str) -> Library:
        facts, cycles = in_dependency_order(self.items("facts", Fact, skip="contradictions"))
        self.problems += map(self.located, cycles)
        contradictions = self.items("facts/contradictions", Contradiction)
        return Library(
            facts=facts,
            contradictions=tuple(contradictions.values()),
            agents=self.items("agents", Agent),
            regimens=self.items("regimens", Regimen),
            sources=self.items("sources", Source),
            evidence=self.items("evidence", Evidence),
            editions=self.editions(),
            claims=self.items("claims", Claim),
            words=self.words(),
            codes=self.codes(),
            names=self.names(),
            reports=self.reports(),
            columns=self.items("columns", ColumnMap),
            digest=digest,
        )

    def first_causes(self, problems: list[Problem]) -> list[Problem]:
        """Each problem once; that a fact is missing is no news where the fact itself could not be read."""
        echoes = tuple(f"no fact `{name}`" for name in self.lost)
        return [problem for problem in dict.fromkeys(problems) if not any(echo in problem.what for echo in echoes)]

    def located(self, problem: Problem) -> Problem:
        """The problem of an item (`source x`, or several of them) with file and line."""
        owners = problem.where.split(", ")
        if not all(owner in self.places for owner in owners):
            return problem
        where = ", ".join(f"{self.places[owner]} ({owner})" for owner in owners)
        return Problem(where, problem.what, problem.do)

    def under(self, folder: str, skip: str = "\0") -> Iterator[Document]:
        for document in self.documents:
            inside = document.name.startswith(f"knowledge/{folder}")
            if inside and skip not in document.name:
                yield document

    def raw_items(self, document: Document) -> Iterator[tuple[Steps, Raw]]:
        """The items of a file: a list of maps, or one map."""
        data = document.data
        rows: Sequence[tuple[Steps, Any]] = (
            [((index,), row) for index, row in enumerate(data)] if isinstance(data, list) else [((), data)]
        )
        for path, row in rows:
            if isinstance(row, dict):
                yield path, row
            else:
                self.problems.append(
                    Problem(document.where(path), "an item must be a map of keys.", "Begin it with `- id:`.")
                )

    def fact_heads(self) -> dict[str, Fact]:
        """Facts without their rules: enough to check every condition against."""
        heads = {}
        for document in self.under("facts", skip="contradictions"):
            for path, row in self.raw_items(document):
                bare = {key: value for key, value in row.items() if key not in ("derive", "findings", "reads")}
                fact = self.convert(document, path, labelled(bare), Fact)
                if fact:
                    heads[fact.id] = fact
                else:
                    self.lost.add(str(row.get("id")))
        return heads

    def items(self, folder: str, kind: type[ItemType], skip: str = "\0") -> dict[str, ItemType]:
        found: dict[str, ItemType] = {}
        for document in self.under(folder, skip):
            for item in self.items_of(document, kind, found):
                found[item.id] = item
        return found

    def items_of(self, document: Document, kind: type[ItemType], known: Container[str] = ()) -> list[ItemType]:
        """The items of one file, their places noted; an id that is `known` or stands twice is a problem."""
        found: dict[str, ItemType] = {}
        for path, row in self.raw_items(document):
            item = self.convert(document, path, self.prepare(document, path, row, kind), kind)
            if item is None:
                continue
            if item.id in found or item.id in known:
                self.problems.append(Problem(document.where(path), f"the id `{item.id}` stands twice.", "Rename one."))
            found[item.id] = item
            self.places[f"{kind.__name__.removesuffix('Head').lower()} {item.id}"] = document.where(path)
        return list(found.values())

    def convert(self, document: Document, path: Steps, row: Any, kind: type[ItemType]) -> ItemType | None:
        try:
            return msgspec.convert(row, kind, strict=False)
        except msgspec.ValidationError as fault:
            self.problems.append(misfit(document, path, str(fault)))
            return None

    def prepare(self, document: Document, path: Steps, row: Raw, kind: type[Item]) -> Raw:
        """Conditions parsed, yes/no and numbers typed: the row as its struct wants it."""
        if kind is ColumnMap:
            return whole_map(document, path, row, self.heads, self.problems)
        action = row.get("recommend", {})
        obtain = kind is EditionHead or (isinstance(action, dict) and action.get("action") == "obtain")
        ready: Raw = self.parse_conditions(document, path, row, obtain)
        if kind is Fact:
            self.type_fact_values(document, path, ready)
        if isinstance(ready.get("provides"), dict):
            ready["provides"] = self.type_values(document, (*path, "provides"), ready["provides"])
        for number, example in maps_in(ready.get("examples")):
            if isinstance(example.get("given"), dict):
                example["given"] = self.type_values(document, (*path, "examples", number, "given"), example["given"])
        return ready

    def parse_conditions(self, document: Document, path: Steps, value: Any, obtain: bool) -> Any:
        """A copy in which every list of criteria is a `Condition`."""
        if isinstance(value, list):
            return [self.parse_conditions(document, (*path, i), child, obtain) for i, child in enumerate(value)]
        if not isinstance(value, dict):
            return value
        copy: Raw = {}
        for key, child in value.items():
            at = (*path, key)
            if key in CONDITIONS and isinstance(child, list) and child:
                copy[key] = read_condition(
                    child,
                    self.heads,
                    lambda i, at=at: document.where((*at, i)),  # type: ignore[misc]
                    self.problems,
                    may_ask_unknown=obtain,
                )
            elif key in CONDITIONS:
                self.problems.append(
                    Problem(document.where(at), f"`{key}` must be a list of conditions.", "Begin each line with -.")
                )
                copy[key] = Condition()
            else:
                copy[key] = self.parse_conditions(document, at, child, obtain)
        return copy

    def type_fact_values(self, document: Document, path: Steps, row: Raw) -> None:
        row.update(labelled(row))
        head = self.heads.get(str(row.get("id")))
        if head is None:
            return
        for key in ("derive", "findings"):
            for number, line in maps_in(row.get(key)):
                if "give" in line:
                    line["give"] = self.typed(document, (*path, key, number), head, line["give"])
        if isinstance(row.get("reads"), dict):
            row["reads"] = {
                code: self.typed(document, (*path, "reads", code), head, value) for code, value in row["reads"].items()
            }

    def type_values(self, document: Document, path: Steps, given: Raw) -> Raw:
        """Fact -> typed value for a map such as `given`."""
        typed = {}
        for fact, value in given.items():
            if fact not in self.heads:
                what = f"there is no fact `{fact}`."
                self.problems.append(Problem(document.where((*path, fact)), what, nearest(fact, self.heads)))
                continue
            typed[fact] = self.typed(document, (*path, fact), self.heads[fact], value)
        return typed

    def typed(self, document: Document, path: Steps, fact: Fact, value: Any) -> Any:
        try:
            return typed_value(fact, value)
        except NotAValue as fault:
            self.problems.append(Problem(document.where(path), fault.what, fault.do))
            return value

    def editions(self) -> dict[str, Edition]:
        found = {}
        names = sorted({document.name.split("/")[2] for document in self.under("editions/")})
        for name in names:
            heads = self.items(f"editions/{name}/edition.yaml", EditionHead)
            recommendations = self.recommendations(name)
            if list(heads) != [name]:
                self.problems.append(
                    Problem(f"knowledge/editions/{name}/edition.yaml", f"must describe the edition `{name}`.")
                )
            for head in heads.values():
                found[head.id] = Edition(head, recommendations, self.paragraphs(name))
        return found

    def recommendations(self, edition: str) -> tuple[Recommendation, ...]:
        own = [d for d in self.documents if d.name.startswith(f"knowledge/editions/{edition}/")]
        files = [d.name for d in own if d.name.rsplit("/", 1)[1] not in ("edition.yaml", "paragraphs.yaml")]
        items: list[Recommendation] = []
        for name in files:
            items += self.items(name.removeprefix("knowledge/"), Recommendation).values()
        return tuple(items)

    def paragraphs(self, edition: str) -> tuple[Paragraph, ...]:
        found = []
        for document in self.under(f"editions/{edition}/paragraphs.yaml"):
            for path, row in self.raw_items(document):
                try:
                    found.append(msgspec.convert(row, Paragraph, strict=False))
                except msgspec.ValidationError as fault:
                    self.problems.append(misfit(document, path, str(fault)))
        return tuple(found)

    def words(self) -> dict[str, Words]:
        """language -> topic -> id -> text, list of texts, or map of texts; a topic is a file or a folder of files."""
        found: dict[str, Words] = {}
        for document in self.under("words/"):
            language, topic = document.name.removesuffix(".yaml").split("/")[2:4]
            entries = found.setdefault(language, {}).setdefault(topic, {})
            try:
                own = msgspec.convert(document.data, Words.__args__[1], strict=False)  # type: ignore[attr-defined]
                for name in own.keys() & entries.keys():
                    self.problems.append(
                        Problem(document.where((name,)), f"the words of `{name}` stand twice.", "Keep one.")
                    )
                entries.update(own)
            except msgspec.ValidationError as fault:
                self.problems.append(Problem(document.where(steps_of(str(fault).partition(" - at ")[2])), f"{fault}."))
        return found

    def names(self) -> Names:
        return Names(
            drugs=self.items("names/drugs", Drug),
            shorthands=self.items("names/shorthands", Shorthand),
            families=self.items("names/families", Family),
            words=self.items("names/words", WordList),
        )

    def reports(self) -> ReportWords:
        """How written reports say things."""
        terms: dict[str, str] = {}
        for document in self.under("reports/terms"):
            try:
                terms.update(msgspec.convert(document.data, dict[str, str]))
            except msgspec.ValidationError as fault:
                self.problems.append(misfit(document, (), str(fault)))
        return ReportWords(
            self.items("reports/subjects", Subject),
            self.items("reports/excuses", Excuse),
            self.items("reports/headings", Heading),
            terms,
        )

    def codes(self) -> dict[str, dict[str, str]]:
        """Code systems and common values, as coded records name them."""
        found: dict[str, dict[str, str]] = {}
        for document in self.under("codes/"):
            try:
                found.update(msgspec.convert(document.data, dict[str, dict[str, str]]))
            except msgspec.ValidationError as fault:
                self.problems.append(Problem(document.name, f"{fault}."))
        return found


def misfit(document: Document, path: Steps, fault: str) -> Problem:
    """A validation message as a problem: the line, what is wrong there, what to do."""
    what, _, place = fault.partition(" - at ")
    inner = (*path, *steps_of(place))
    unknown = re.match(r"Object contains unknown field `(.+)`", what)
    if unknown:
        key = unknown.group(1)
        where = document.where((*inner, key))
        return Problem(where, f"the key `{key}` has no meaning here.", "Remove it or correct its spelling.")
    absent = re.match(r"Object missing required field `(.+)`", what)
    if absent:
        return Problem(document.where(inner), f"the key `{absent.group(1)}` is missing.", "Add it.")
    return Problem(document.where(inner), f"{what} ({place.strip('`') or 'here'}).", "Correct the value.")


def maps_in(value: Any) -> list[tuple[int, Raw]]:
    """The maps of a list with their numbers; whatever else stands there is refused by its struct."""
    rows = value if isinstance(value, list) else []
    return [(number, row) for number, row in enumerate(rows) if isinstance(row, dict)]


def labelled(row: Raw) -> Raw:
    """`values` given as a list are their own labels."""
    values = row.get("values")
    return {**row, "values": {str(v): str(v) for v in values}} if isinstance(values, list) else row


def steps_of(place: str) -> Steps:
    """A msgspec path such as `$.derive[0].when` as steps."""
    text = place.strip("`$").replace("[", ".").replace("]", "")
    return tuple(int(step) if step.isdigit() else step for step in text.split(".") if step and step != "...")
