"""A chart and the changes of its advice -> the course of the patient in words, in the order of time.

In: a consultation, and the advice as it changed. Out: what the picture (`course_svg`) shows and its text says alike.
What has no day stands apart, never at a guessed place. It draws nothing and weighs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct

from ..chart.abstract import alone
from ..chart.course import lines_of
from ..chart.definitions import Group
from ..chart.seen import Seen, seen_on
from ..chart.specimens import Sample
from ..documents import printable
from ..engine.consultation import Consultation
from ..engine.timeline import Timeline
from ..language.settle import show
from ..library.library import Library, facts_on
from ..model.chart import Observation, Treatment
from ..model.fact import Fact
from .timeline import bars
from .words import Voice

CHANGED = "(changed)"
NOTHING_FIRST = "No option is a first choice, as far as the record tells."
ADVICE = "What goes first by the knowledge of each day, for the patient as known on"


class Mark(Struct, frozen=True):
    """Something of one day. `changed`: it says otherwise than the one before it."""

    day: date
    lines: tuple[str, ...]
    changed: bool = False


class Span(Struct, frozen=True):
    """Something that lasted. `end` is None where it is going on or not recorded; `ongoing` tells which."""

    group: str
    title: str
    start: date
    end: date | None
    ongoing: bool = False

    def days(self) -> str:
        return f"{self.start} to {self.end or ('today, going on' if self.ongoing else 'an end not recorded')}"


class Section(Struct, frozen=True):
    """One heading of the course with what stands under it, or what is said where that is nothing."""

    heading: str
    marks: tuple[Mark, ...] = ()
    spans: tuple[Span, ...] = ()
    none: str = ""


class Measured(Struct, frozen=True):
    """The values of one fact by day, with its unit and the levels that matter."""

    heading: str
    unit: str
    values: tuple[tuple[date, float], ...]
    levels: tuple[float, ...]


class Course(Struct, frozen=True):
    """The course of a patient over a span. `undated`: what has no day, each as a sentence."""

    title: str
    start: date
    end: date
    sections: tuple[Section, ...]
    measured: Measured
    advice: Section
    undated: tuple[str, ...]


def first_day(consultation: Consultation) -> date | None:
    """The first day of the chart that a picture would show, so that the advice can be asked for from there."""
    days = [day for seen in [seen_for(consultation)] for day in days_of(seen)]
    return min(days, default=None)


def seen_for(consultation: Consultation) -> Seen:
    library = consultation.edition.library
    facts = facts_on(library.facts, consultation.edition.as_of)
    return seen_on(consultation.chart, facts, consultation.seen_on, consultation.side, library)


def days_of(seen: Seen) -> Iterator[date]:
    """Every day of a specimen, a treatment, a measurement or an event."""
    yield from (sample.day for found in seen.samples.values() for sample in found if sample.day)
    yield from (t.start for t in seen.treatments if t.start)
    yield from (o.on for o in (*measured_in(seen), *events(seen)) if o.on)


def course_of(consultation: Consultation, advice: Timeline) -> Course:
    """The course up to the day up to which records count."""
    seen, end = seen_for(consultation), consultation.seen_on
    start = min(days_of(seen), default=end)
    marks, loose = specimens(seen)
    named = printable(f"Course of {consultation.chart.patient or 'the patient'}")
    sections = (Section("Specimens", marks), *treated(seen), Section("Return or growth", growth(seen)))
    return Course(named, start, end, sections, measured(seen), advised(advice, seen, start), undated(seen, loose))


def treated(seen: Seen) -> tuple[Section, Section]:
    """Operations as marks, all other treatments as spans."""
    agents = seen.library.agents
    operations = [t for t in seen.treatments if t.agent in agents and agents[t.agent].kind == "surgery"]
    given = [t for t in seen.treatments if t not in operations]
    marks = [Mark(t.start, (agents[t.agent].title,)) for t in operations if t.start]
    return Section("Operations", in_order(marks)), Section("Treatments", spans=tuple(spans(given, seen.library)))


def growth(seen: Seen) -> tuple[Mark, ...]:
    return in_order(Mark(o.on, (title(o, seen.library),)) for o in events(seen) if o.on)


def undated(seen: Seen, loose: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Everything that has no day, each as a sentence."""
    library = seen.library
    told = [
        *(f"specimen: {'; '.join(lines)}" for lines in loose),
        *(f"treatment: {agent_title(t, library)}{until(t)}" for t in seen.treatments if not t.start),
        *(f"event: {title(o, library)}" for o in events(seen) if not o.on),
        *(title(o, library) for o in measured_in(seen) if not o.on),
    ]
    return tuple(dict.fromkeys(map(printable, told)))


def advised(advice: Timeline, seen: Seen, start: date) -> Section:
    """What goes first in the days of the course; knowledge that ends before them is not drawn."""
    name = f"{ADVICE} {seen.day}: {advice.edition} edition, {advice.region}"
    if advice.end < start:
        return Section(name, none=f"The knowledge asked for, of {advice.end}, is older than the record.")
    return Section(name, spans=tuple(preferred(advice, seen.library)), none=NOTHING_FIRST)


def in_order(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    return tuple(sorted(dict.fromkeys(marks), key=lambda mark: (mark.day, mark.lines)))


def title(observation: Observation, library: Library) -> str:
    """The fact; with its value where that is not yes."""
    named = library.facts[observation.fact].title
    return named if observation.value is True else f"{named}: {show(observation.value)}"


def agent_title(treatment: Treatment, library: Library) -> str:
    return library.drug_title(treatment.agent)


def until(treatment: Treatment) -> str:
    return f" until {treatment.end}" if treatment.end else ""


def specimens(seen: Seen) -> tuple[tuple[Mark, ...], list[tuple[str, ...]]]:
    """Each specimen with what its tests say, a change from the one before flagged; those without a day apart."""
    facts = seen.library.facts
    told: dict[tuple[str, date | None], list[str]] = {}
    names: dict[tuple[str, date | None], str] = {}
    changed = set()
    before: dict[str, str] = {}
    pairs = [(sample, group) for group, found in seen.samples.items() for sample in found]
    for sample, _ in sorted(pairs, key=lambda pair: pair[0].day or date.max):
        key = (sample.specimen.id if sample.specimen else "", sample.day)
        names.setdefault(key, printable(sample.name()))
        for fact, value in results(sample, facts):
            flag = sample.day is not None and fact.watched and before.get(fact.id, value) != value
            changed |= {key} if flag else set()
            before[fact.id] = value
            told.setdefault(key, []).append(f"{fact.title}: {value}" + (f" {CHANGED}" if flag else ""))
    marks = [Mark(key[1], (names[key], *lines), key in changed) for key, lines in told.items() if key[1]]
    return in_order(marks), [(names[key], *lines) for key, lines in told.items() if not key[1]]


def results(sample: Sample, facts: dict[str, Fact]) -> list[tuple[Fact, str]]:
    """What the tests of a sample settle of the watched facts; where they settle none, the tests themselves."""
    known = alone(sample.tests, Group(facts, facts[sample.tests[0].fact].tested_with))
    settled = [(facts[name], show(found.value)) for name, found in known.items() if facts[name].watched]
    return settled or [(facts[o.fact], show(o.value)) for o in dict.fromkeys(sample.tests)]


def events(seen: Seen) -> Iterator[Observation]:
    """The yes of each fact that is an event, and the first record of spread."""
    named, spread = seen.library.codes["course"]["events"].split(), seen.library.codes["spread"]
    yield from (o for o in seen.observations if o.fact in named and o.value is True)
    spreads = [o for o in seen.observations if spread.get(o.fact) == o.value]
    yield from sorted(spreads, key=lambda o: o.on or date.max)[:1]


def measured_in(seen: Seen) -> list[Observation]:
    return [o for o in seen.observations if o.fact == seen.library.codes["course"]["measured"]]


def measured(seen: Seen) -> Measured:
    how = seen.library.codes["course"]
    fact = seen.library.facts[how["measured"]]
    values = sorted({(o.on, float(o.value)) for o in measured_in(seen) if o.on})
    return Measured(fact.title, fact.unit or "", tuple(values), tuple(float(level) for level in how["levels"].split()))


def spans(given: Sequence[Treatment], library: Library) -> Iterator[Span]:
    """Treatments by line where the lines can be told, else by setting, in order of time."""
    lines = lines_of(given, library) or ()
    numbers = {id(t): n for n, line in reversed(list(enumerate(lines, 1))) for t in line.treatments}
    for t in sorted(given, key=lambda t: (t.start or date.max, t.agent)):
        if t.start:
            group = f"line {numbers[id(t)]}" if id(t) in numbers else t.setting or "setting not recorded"
            yield Span(group, agent_title(t, library), t.start, t.end, t.ongoing)


def preferred(advice: Timeline, library: Library) -> Iterator[Span]:
    """What goes first for each decision, from day to day, for the patient as known at the end."""
    voice = Voice(library, "en")
    for bar in sorted(bars(advice), key=lambda bar: (bar.decision, bar.start)):
        if bar.place == "preferred":
            group = voice.text("decisions", bar.decision, "heading") or bar.decision
            yield Span(group, library.regimens[bar.regimen].title, bar.start, bar.end)


def course_text(course: Course) -> str:
    """The course in the order of time, under the headings of the picture."""
    lines = [f"{course.title}, {course.start} to {course.end}"]
    for section in course.sections:
        lines += heading(section.heading, [*map(mark_text, section.marks), *spans_text(section.spans)])
    found = course.measured
    lines += heading(found.heading, [f"  {day}  {value:g} {found.unit}".rstrip() for day, value in found.values])
    lines += heading(course.advice.heading, [*spans_text(course.advice.spans)] or [f"  {course.advice.none}"])
    lines += heading("Without a day", [f"  {told}" for told in course.undated])
    return "\n".join(lines) + "\n"


def heading(name: str, rows: Sequence[str]) -> list[str]:
    return ["", name, *rows] if rows else []


def mark_text(mark: Mark) -> str:
    return f"  {mark.day}  {'; '.join(mark.lines)}"


def spans_text(found: Sequence[Span]) -> Iterator[str]:
    for group in dict.fromkeys(span.group for span in found):
        yield f"  {group}"
        yield from (f"    {span.title}: {span.days()}" for span in found if span.group == group)
