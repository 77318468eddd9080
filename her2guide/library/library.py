"""The library and its editions as objects: look-ups by id, and what is in force when and where.

In: everything that was read from knowledge/. Out: facts, agents, evidence by id; an edition as of
a date in a region, or the reason why it cannot answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from ..errors import Problem, RequestError, nearest
from ..model.columns import ColumnMap
from ..model.fact import Contradiction, Derivation, Fact
from ..model.knowledge import Agent, Claim, EditionHead, Evidence, Paragraph, Place, Recommendation, Regimen, Source
from ..model.names import Names
from ..model.report import ReportWords

Entry = str | tuple[str, ...] | dict[str, str | tuple[str, ...] | dict[str, str]]
Words = dict[str, dict[str, Entry]]


class Edition(Struct, frozen=True):
    """One published, immutable set of recommendations."""

    head: EditionHead
    recommendations: tuple[Recommendation, ...]
    paragraphs: tuple[Paragraph, ...] = ()


class Library(Struct, frozen=True):
    """Everything under knowledge/. `facts` stand in dependency order; `digest` names the content."""

    facts: dict[str, Fact]
    contradictions: tuple[Contradiction, ...]
    agents: dict[str, Agent]
    regimens: dict[str, Regimen]
    sources: dict[str, Source]
    evidence: dict[str, Evidence]
    editions: dict[str, Edition]
    claims: dict[str, Claim]
    words: dict[str, Words]
    codes: dict[str, dict[str, str]]
    names: Names
    reports: ReportWords
    columns: dict[str, ColumnMap]
    digest: str

    def drug_class(self, drug: str) -> str:
        """The class of an agent, or of a drug that is none; empty where it has none."""
        agent, other = self.agents.get(drug), self.names.drugs.get(drug)
        return (agent.drug_class if agent else other.drug_class if other else None) or ""

    def drug_classes(self) -> set[str]:
        return {self.drug_class(name) for name in (*self.agents, *self.names.drugs)} - {""}

    def asked_classes(self) -> set[str]:
        """The drug classes that a fact names, and those that can be a line of therapy."""
        asked = [fact.abstract for fact in self.facts.values() if fact.abstract]
        parts = [part for how in asked for part in (how.treated, how.months, how.lines) if part]
        named = {name for part in parts for name in part.classes}
        return named.union(*(names.split() for names in self.codes.get("line_classes", {}).values()))

    def drug_title(self, drug: str) -> str:
        return self.agents[drug].title if drug in self.agents else drug.replace("-", " ")

    def edition(
        self, name: str, region: str = "us", as_of: str | date | None = None, *, even_if_expired: bool = False
    ) -> EditionInForce:
        """The recommendations of an edition in force in a region as of a date (today if none)."""
        if name not in self.editions:
            hint = nearest(name, self.editions) or f"There is: {', '.join(self.editions)}."
            raise RequestError([Problem("--edition", f"there is no edition `{name}`.", hint)])
        day = read_day(as_of)
        edition = self.editions[name]
        read_on = max(day, date.today())  # old knowledge is old to its reader, whatever day is asked for
        check_answerable(edition.head, region, day, read_on, even_if_expired)
        placed = tuple(
            InForce(item, place)
            for item in edition.recommendations
            for place in (place_on(item, region, day),)
            if place
        )
        then = replace(self, facts=facts_on(self.facts, day))
        return EditionInForce(edition.head, region, day, placed, then, notices(edition.head, read_on))


class InForce(Struct, frozen=True):
    """A recommendation and its place on the day and in the region asked for."""

    item: Recommendation
    place: Place


class EditionInForce(Struct, frozen=True):
    """An edition cut to a region and a date: what `apply` works with."""

    head: EditionHead
    region: str
    as_of: date
    recommendations: tuple[InForce, ...]
    library: Library
    notices: tuple[str, ...] = ()


def read_day(as_of: str | date | None, asked: str = "--as-of") -> date:
    """A calendar day from text (YYYY-MM-DD); today when nothing was given. Raises `RequestError`."""
    if as_of is None:
        return date.today()
    if isinstance(as_of, date):
        return date(as_of.year, as_of.month, as_of.day)
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise RequestError([Problem(asked, f"'{as_of}' is not a date.", "Write it as 2026-11-23.")]) from None


def check_answerable(head: EditionHead, region: str, day: date, read_on: date, even_if_expired: bool) -> None:
    """An edition answers only for its regions and from its first day until it expires."""
    problems = []
    if region not in head.regions:
        known = ", ".join(head.regions)
        problems.append(
            Problem("--region", f"the {head.id} edition does not cover '{region}'.", f"It covers: {known}.")
        )
    if day < head.first_day:
        problems.append(
            Problem("--as-of", f"the {head.id} edition cannot answer for {day}.", f"It starts on {head.first_day}.")
        )
    if head.expires and read_on > head.expires and not even_if_expired:
        problems.append(
            Problem(
                "--as-of",
                f"the {head.id} edition expired on {head.expires}.",
                "Use --even-if-expired to see it anyway.",
            )
        )
    if problems:
        raise RequestError(problems)


def notices(head: EditionHead, read_on: date) -> tuple[str, ...]:
    """Ids of the banners (words/*/notices.yaml) that this edition needs for one who reads it on a day."""
    found = [f"edition-{head.id}"]
    if read_on > head.review_by:
        found.append("review-overdue")
    if head.expires and read_on > head.expires:
        found.append("expired")
    return tuple(found)


def place_on(item: Recommendation, region: str, day: date) -> Place | None:
    """The place that holds on a day: the entry with the latest date not after it."""
    dated = item.in_force.get(region, {})  # type: ignore[call-overload]
    reached = [start for start in dated if start <= day]
    place = dated[max(reached)] if reached else "withdrawn"
    return None if place == "withdrawn" else place  # type: ignore[return-value]


def facts_on(facts: Mapping[str, Fact], day: date) -> dict[str, Fact]:
    """The facts as they were defined on a day: without the lines that did not count yet or no longer."""

    def counts(line: Derivation) -> bool:
        return (line.since is None or line.since <= day) and (line.until is None or day < line.until)

    def cut(fact: Fact) -> Fact:
        lines = {name: tuple(filter(counts, getattr(fact, name))) for name in ("derive", "findings")}
        return replace(fact, **lines) if lines != {"derive": fact.derive, "findings": fact.findings} else fact

    return {name: cut(fact) for name, fact in facts.items()}


def published_by(evidence: Evidence, day: date) -> bool:
    """Whether a result was public on a day: what is dated to the month counts from the next, and so for years."""
    said, on = evidence.published, day.isoformat()
    return said < on[: len(said)] or said == on
