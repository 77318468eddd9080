"""Records before an edition -> for each patient and question how given and recommended treatment agree.

In: records, the questions of `knowledge/concordance`, an edition and a region. Out: outcomes, cells of cross tables.
A case is cut at the day of its decision; the edition is that in force then, or that of one day for all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from ..chart.abstract import abstract
from ..cohort.concordance import Agents, Finding, Offer, Outcome, Said, compared, within_year
from ..cohort.concordance_given import (
    Given,
    Record,
    chart_at_decision,
    given_for,
    given_group,
    opened_on,
    supposing,
)
from ..cohort.concordance_knowledge import CrossTable, Question, Questions
from ..engine.apply import apply
from ..engine.safety import agent_standing
from ..engine.timeline import days_of_change
from ..language.compiled import facts_of, holds
from ..language.evaluate import evaluate
from ..language.needs import Questions as Asking
from ..language.needs import inputs_among
from ..library.library import EditionInForce, Library
from ..model.case import Case
from ..model.chart import Chart, Treatment
from ..model.condition import Condition
from ..model.guidance import Guidance, Option, Standing
from ..model.knowledge import PLACES, Place


class Basis(Struct, frozen=True):
    """Which edition judges: `by` is one day for all; None is the day of each decision."""

    edition: str
    region: str
    by: date | None = None
    even_if_expired: bool = False


class Task(Struct, frozen=True):
    """One question about one patient, and the first day of the knowledge that judges it."""

    number: int
    record: Record
    question: Question
    given: Given
    days: tuple[date, ...]  # the days of the knowledge, the last the one that counts


class Cell(Struct, frozen=True):
    """One patient in a cross table. `given`: "recorded", "others" (other drugs only) or "none" (no drug at all)."""

    patient: str
    table: str
    truth: bool | None
    given: str
    year: int | None = None
    site: str | None = None
    missing: tuple[str, ...] = ()
    conflicting: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()


class Judge:
    """An edition through time, and what it says to the questions."""

    def __init__(self, library: Library, questions: Questions, basis: Basis) -> None:
        self.library = library
        self.questions = questions
        self.basis = basis
        self.now = library.edition(basis.edition, basis.region, basis.by, even_if_expired=basis.even_if_expired)
        self.first_day = self.now.head.first_day
        self.changes = days_of_change(library, basis.edition, basis.region)
        self.kept: dict[date, EditionInForce] = {}
        self.cases: tuple[Record | None, dict[tuple[date, date, tuple[Treatment, ...]], Case]] = (None, {})
        decisions = {decision.id for decision in self.now.head.decisions}
        self.asked = [q for q in questions.decisions.values() if not decisions.isdisjoint(q.decisions)]

    def outcomes(self, records: Iterable[Record]) -> list[Outcome]:
        """Every question that arises for every record, in the order of the records."""
        tasks, found = list[Task](), dict[int, Outcome]()
        for record in records:
            for question in self.asked:
                given = given_for(question, record.chart, self.questions, self.library)
                if given is not None:
                    days = self.days_of(given)
                    tasks.append(Task(len(tasks), record, question, given, days))
        for task in sorted(tasks, key=lambda task: task.days):  # patients of one time before one edition
            outcome = self.outcome(task)
            if outcome is not None:
                found[task.number] = outcome
        return [found[number] for number in sorted(found)]

    def days_of(self, given: Given) -> tuple[date, ...]:
        """The days on which the knowledge is taken: two where it changed within what a date can mean; none is undated.

        A day stands for the time since the last change before it.
        """
        if given.day is None:
            return ()
        if self.basis.by is not None:
            return (self.basis.by,)
        return tuple(sorted({self.since(given.first or given.day), self.since(given.day)}))

    def since(self, day: date) -> date:
        place = bisect_right(self.changes, day)
        return max(self.changes[place - 1], self.first_day) if place and day >= self.first_day else day

    def edition_on(self, day: date) -> EditionInForce:
        if day not in self.kept:
            basis = self.basis
            self.kept[day] = self.library.edition(basis.edition, basis.region, day, even_if_expired=True)
        return self.kept[day]

    def outcome(self, task: Task) -> Outcome | None:
        """None where the question does not concern the patient."""
        given, question, record = task.given, task.question, task.record
        year = given.day.year if given.day else None
        outcome = Outcome(record.chart.patient, question.id, Finding("cannot tell", "no-day"), year, record.site)
        outcome = replace(outcome, day=given.day, given=given.agents, by_dates=given.by_dates)
        outcome = replace(outcome, reason=record.reasons.get(question.setting))
        if given.day is None or (self.basis.by is None and given.day < self.first_day):
            return self.undated(task, outcome)
        found = [self.judged(task, self.edition_on(day), given.day) for day in task.days if day >= self.first_day]
        last = found[-1]
        finding = within_year(found[0][0], last[0]) if len(task.days) == len(found) else last[0]
        if finding is None:
            return None
        case, said = last[1], last[2]
        offered = best_places(said.offers)
        undecided = tuple(dict.fromkeys(o.regimen for o in said.open if o.regimen not in offered))
        conflicting = conflicting_among(finding.missing, case, self.now.library)
        outcome = replace(outcome, finding=finding, judged_by=self.basis.by or given.day)
        return replace(outcome, conflicting=conflicting, offered=offered, open=undecided)

    def undated(self, task: Task, outcome: Outcome) -> Outcome | None:
        """Without a day, or on one before the edition, nothing is judged; those it does not concern are left out."""
        chart = task.record.chart
        case = abstract(chart, self.now.library.facts, task.given.day or date.today(), self.library)
        concerned = self.concerns(task.question, task.given, case)
        if concerned is False:
            return None
        if task.given.day:
            return replace(outcome, finding=Finding("cannot tell", "before"))
        asking = Asking(self.now.library.facts, case.values())
        missing = unknown_in(task.question.of, asking) if concerned is None else ()
        return replace(outcome, finding=Finding("cannot tell", "scope" if missing else "no-day", missing=missing))

    def concerns(self, question: Question, given: Given, case: Case) -> bool | None:
        if any(self.questions.in_group(name, question.or_given, self.library) for name in given.agents):
            return True
        return holds(question.of, case.values())

    def judged(self, task: Task, edition: EditionInForce, day: date) -> tuple[Finding | None, Case, Said]:
        """The finding before one edition, with the case and what was said that it rests on."""
        question, given = task.question, task.given
        case = self.case_of(task, edition, day)
        concerned = self.concerns(question, given, case)
        if concerned is False:
            return None, case, Said()
        asking = Asking(edition.library.facts, case.values())
        if concerned is None:
            return Finding("cannot tell", "scope", missing=unknown_in(question.of, asking)), case, Said()
        said = self.said_to(question, apply(edition, case, clocks_apart=True), edition)
        said = replace(said, barred=barred_among(given.agents, edition.library, asking))
        if given.lines_unknown:
            return Finding("cannot tell", "lines"), case, said
        whole = task.record.chart.treatments_complete or question.setting in task.record.whole
        deciding = [a for a in given.agents if self.questions.in_group(a, question.deciding, self.library)]
        finding = compared(frozenset(given.agents), said, whole=whole, deciding=frozenset(deciding))
        if finding and finding.rule == "none-offered" and holds(question.of, case.values()) is False:
            finding = replace(finding, rule="outside")
        if given.unplaced and (finding is None or finding.kind not in ("concordant", "alternative", "ruled out")):
            finding = Finding("cannot tell", "setting", agents=given.unplaced)
        return finding, case, said

    def said_to(self, question: Question, guidance: Guidance, edition: EditionInForce) -> Said:
        """What a guidance says to a question: of its decisions, what holds a drug that is compared."""
        items = {e.item.id: e.item for e in edition.recommendations if e.item.decision in question.decisions}
        regimens = {
            name: regimen
            for name, item in items.items()
            if (regimen := item.recommend.regimen) and self.is_compared(question, regimen)
        }
        undecided, against = [], []
        for verdict in guidance.verdicts:
            if verdict.recommendation not in regimens or verdict.applies is False or verdict.action == "obtain":
                continue
            regimen = regimens[verdict.recommendation]
            choices = self.library.regimens[regimen].choices()
            offer = Offer(verdict.recommendation, regimen, verdict.place, choices, needs=verdict.needs)
            if verdict.action == "avoid":
                against += [offer] if verdict.applies else []
            elif verdict.applies is None:
                undecided.append(offer)
        offers = tuple(self.offer_of(option) for option in guidance.options if option.recommendation in regimens)
        return Said(offers, tuple(undecided), tuple(against))

    def is_compared(self, question: Question, regimen: str) -> bool:
        agents = self.library.regimens[regimen].every_agent()
        return any(self.questions.in_group(agent, question.compared, self.library) for agent in agents)

    def offer_of(self, option: Option) -> Offer:
        """An option with the agents of it that are barred, and the safety facts that are missing."""
        barred = frozenset(a.agent for a in option.agents if a.standing == "ruled out")
        needs = [fact for a in option.agents for finding in a.findings for fact in finding.needs]
        unknown = tuple(dict.fromkeys(needs)) if option.standing == "needs check" else ()
        choices = self.library.regimens[option.regimen].choices()
        return Offer(option.recommendation, option.regimen, option.place, choices, option.standing, barred, unknown)

    def case_of(self, task: Task, edition: EditionInForce, day: date) -> Case:
        """The case as it was known at the decision, with what holds then by its nature where the record is silent."""
        chart, question = chart_at_decision(task.record.chart, task.given, day), task.question
        facts = edition.library.facts
        case = self.abstracted(task, chart, edition, day)
        if self.concerns(question, task.given, case) is False:
            return case  # what is known says so; nothing that is supposed where the record is silent changes it
        holding = {**question.supposed, **(question.supposed_if_given if task.given.agents else {})}
        blocked = {name for conflict in case.conflicts for name in conflict.facts}
        unknown = {fact: value for fact, value in holding.items() if fact not in case.known and fact not in blocked}
        return abstract(supposing(chart, unknown, day), facts, day, self.library, edition.as_of) if unknown else case

    def abstracted(self, task: Task, chart: Chart, edition: EditionInForce, day: date) -> Case:
        """The case; several questions about a patient ask for the same, and stand one after the other."""
        if self.cases[0] is not task.record:
            self.cases = (task.record, {})
        key = (day, edition.as_of, chart.treatments)
        if key not in self.cases[1]:
            self.cases[1][key] = abstract(chart, edition.library.facts, day, self.library, edition.as_of)
        return self.cases[1][key]

    def cells(self, records: Iterable[Record], as_of: date) -> Iterator[Cell]:
        """Every patient in every cross table, by all that is recorded up to a day."""
        for record in records:
            chart = record.chart
            case = abstract(chart, self.now.library.facts, as_of, self.library, self.now.as_of)
            for table in self.questions.tables.values():
                yield self.cell(table, record, case)

    def cell(self, table: CrossTable, record: Record, case: Case) -> Cell:
        agents = given_group(table, record.chart, self.questions, self.library)
        truth = holds(table.of, case.values())
        drugs = [t for t in record.chart.treatments if self.library.drug_class(t.agent)]
        missing = conflicting = tuple[str, ...]()
        if truth is None:
            missing = unknown_in(table.of, Asking(self.now.library.facts, case.values()))
            conflicting = conflicting_among(facts_of(table.of), case, self.now.library)
        opened = opened_on(table.dated_by, record.chart)[1]
        given = "recorded" if agents else "others" if drugs else "none"
        year = opened.year if opened else None
        return Cell(record.chart.patient, table.id, truth, given, year, record.site, missing, conflicting, agents)


def unknown_in(condition: Condition, asking: Asking) -> tuple[str, ...]:
    """The facts that could settle a condition."""
    return asking.behind(evaluate(criterion.expression, asking.values) for criterion in condition.criteria)


def conflicting_among(names: Iterable[str], case: Case, library: Library) -> tuple[str, ...]:
    """The facts on which records contradict each other, of these and all that they follow from."""
    clash = {fact for conflict in case.conflicts for fact in conflict.facts}
    inputs, behind, open_ = inputs_among(library.facts), set[str](), list(names)
    while clash and open_:
        name = open_.pop()
        if name not in behind:
            behind.add(name)
            open_ += inputs[name]
    return tuple(sorted(clash & behind))


def best_places(offers: Iterable[Offer]) -> dict[str, tuple[Place, Standing]]:
    """Each regimen once, at its best place."""
    found: dict[str, tuple[Place, Standing]] = {}
    for offer in sorted(offers, key=lambda offer: PLACES.index(offer.place)):
        if offer.standing:
            found.setdefault(offer.regimen, (offer.place, offer.standing))
    return found


def barred_among(given: Iterable[str], library: Library, asking: Asking) -> Agents:
    """The given agents that a safety rule bars for this patient."""
    known = [library.agents[name] for name in given if name in library.agents]
    return frozenset(a.id for a in known if agent_standing(a, library, asking).standing == "ruled out")
