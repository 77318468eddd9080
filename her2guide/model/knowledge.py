"""The nouns of the knowledge: facts, agents, regimens, evidence, sources, recommendations.

In: one YAML item of `knowledge/` per struct, unknown keys refused.
Out: frozen structs that read like the file they came from.
They do not know where they were read or whether the ids they name exist: `library` checks that.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

from msgspec import Struct, field

from .condition import Condition, Value

Region = Literal["us", "eu"]
Place = Literal["preferred", "alternative", "later"]
PLACES: tuple[Place, ...] = get_args(Place)  # the usual ones first
DatedPlace = Place | Literal["withdrawn"]
Action = Literal["offer", "consider", "discuss", "avoid", "obtain"]


class Item(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Anything in the knowledge that has an id."""

    id: str


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Anything in the knowledge that belongs to an item."""


class Checked(Part, frozen=True, kw_only=True):
    """When a statement was looked up, and in what."""

    on: date
    against: str


class Source(Item, frozen=True, kw_only=True):
    """One bibliographic record. `published` is YYYY, YYYY-MM or YYYY-MM-DD; `short` is what clinicians call it."""

    title: str
    short: str | None = None
    kind: Literal["article", "review", "guideline", "label", "agency", "registry", "book", "page"]
    authors: str
    published_in: str
    published: str | None = None
    doi: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    url: str | None = None
    note: str | None = None
    checked: Checked | None = None
    unverified: str | None = None


class Ratio(Part, frozen=True, kw_only=True):
    """A relative effect with its 95 % confidence interval (or the `level` given)."""

    measure: Literal["HR", "RR", "OR"]
    value: float
    low: float | None = None
    high: float | None = None
    level: int = 95


class Figures(Part, frozen=True, kw_only=True):
    """The two arms in absolute terms: `unit` of the outcome, `at` which time."""

    unit: Literal["percent", "months"]
    compared: float
    against: float | None = None
    at: str | None = None


class Evidence(Item, frozen=True, kw_only=True):
    """One result of one study: who, what against what, which outcome, how large.

    `when`: the patients whom a result of a part of the study is about; to others it is not shown.
    """

    study: str
    design: Literal["meta-analysis", "randomised", "single-arm", "observational", "review", "guideline", "label"]
    population: str
    when: Condition = Condition()
    people: int | None = None
    compared: str
    against: str | None = None
    outcome: str
    ratio: Ratio | None = None
    figures: Figures | None = None
    finding: str
    nct: str | None = None
    published: str
    source: str
    checked: Checked | None = None
    unverified: str | None = None


class SafetyRule(Part, frozen=True, kw_only=True):
    """A state of the patient in which an agent is barred or needs care."""

    when: Condition
    because: str
    source: str | None = None


class Check(Part, frozen=True, kw_only=True):
    """What is measured during treatment, and how often.

    For a calendar: `at_start` of the regimen and before the first dose of the agent, before `each_dose`, and
    every so many days from that first dose to the end of the regimen.
    """

    what: str
    how_often: str
    at_start: bool = False
    each_dose: bool = False
    every_days: int | None = None


class Approval(Part, frozen=True, kw_only=True):
    """A licensed use and the date from which it holds."""

    on: date
    use: str
    source: str


class Agent(Item, frozen=True, kw_only=True):
    """A drug, operation, radiation or supportive measure, with everything that makes it safe."""

    title: str
    kind: Literal["drug", "surgery", "radiation", "supportive"]
    drug_class: str | None = None
    brands: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dose: str | None = None
    never_when: tuple[SafetyRule, ...] = ()
    caution_when: tuple[SafetyRule, ...] = ()
    know_before: tuple[str, ...] = ()
    boxed_warnings: tuple[str, ...] = ()
    monitoring: tuple[Check, ...] = ()
    contraception: str | None = None
    approvals: dict[Region, tuple[Approval, ...]] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    note: str | None = None


class Phase(Part, frozen=True, kw_only=True):
    """A stretch of a regimen: these agents on these days of each cycle.

    Where one of several agents is given, a schedule names the one that it is about.

    `from_day`: the day of the regimen on which it begins, counted from 1. `cycles`: how many, or until the
    treatment stops helping. `lasts`: days of each dose, more than 1 for tablets.
    """

    agents: tuple[str, ...]
    from_day: int = 1
    on_days: tuple[int, ...] = (1,)
    cycle_days: int
    cycles: int | None = None
    lasts: int = 1


class Regimen(Item, frozen=True, kw_only=True):
    """A treatment as given: agents that go together; a list inside the list means one of them.

    `provides` are facts that hold because the regimen is given (ovarian suppression, say).
    """

    title: str
    agents: tuple[str | tuple[str, ...], ...]
    given: str | None = None
    schedule: tuple[Phase, ...] = ()
    provides: dict[str, Value] = field(default_factory=dict)
    sources: tuple[str, ...] = ()

    def choices(self) -> tuple[tuple[str, ...], ...]:
        """For each part of the regimen, the agents of which one is given."""
        return tuple((entry,) if isinstance(entry, str) else entry for entry in self.agents)

    def every_agent(self) -> tuple[str, ...]:
        """Every agent that the regimen can hold."""
        return tuple(name for choice in self.choices() for name in choice)


class Passage(Part, frozen=True, kw_only=True):
    """A place in the text that an edition encodes."""

    section: str
    paragraph: int


class Advice(Part, frozen=True, kw_only=True):
    """What a recommendation says to do: a regimen to weigh, or facts to obtain."""

    action: Action
    regimen: str | None = None
    facts: tuple[str, ...] = ()

    def option(self) -> str | None:
        """The regimen that it brings up as an option; *avoid* and *obtain* bring none up."""
        return None if self.action in ("avoid", "obtain") else self.regimen


class Example(Part, frozen=True, kw_only=True):
    """A case and the verdict the author expects, written beside the rule."""

    name: str
    given: dict[str, Value]
    as_of: date | None = None
    expect: Literal["applies", "does not apply", "cannot tell"]
    needs: tuple[str, ...] = ()


class Review(Part, frozen=True, kw_only=True):
    """When the item was last read, and what came of it."""

    on: date
    status: Literal["checked", "under review", "as said"]


class Recommendation(Item, frozen=True, kw_only=True):
    """Condition + action + place + strength + certainty + evidence, dated per region.

    `studied_in`: who was in the trial, where that is narrower than `when`. `grades`: source id -> the
    publisher's own grade. A place of `withdrawn` ends a recommendation; it keeps its id and file.
    `in_place_of`: recommendations whose option gives way to this one wherever this one applies.
    """

    title: str
    decision: str
    said: tuple[Passage, ...] = ()
    when: Condition
    recommend: Advice
    in_force: dict[Region, dict[date, DatedPlace]]
    studied_in: Condition = Condition()
    in_place_of: tuple[str, ...] = ()
    strength: Literal["strong", "conditional", "not graded"]
    certainty: Literal["high", "moderate", "low", "very low", "not graded"]
    evidence: tuple[str, ...] = ()
    grades: dict[str, str] = field(default_factory=dict)
    basis: str | None = None
    reviewed: Review
    note: str | None = None
    examples: tuple[Example, ...] = ()


class Decision(Item, frozen=True, kw_only=True):
    """The question that a set of recommendations answers; `topic` names it alike in every edition.

    `intro` opens its chapter of the book: which question, for whom, in what order, where the neighbours stand.
    """

    title: str
    topic: str | None = None
    intro: str | None = None


class Remark(Part, frozen=True, kw_only=True):
    """A fact, a banner or a set of questions to show, for the patients whom its condition names."""

    show: str
    when: Condition = Condition()


class EditionHead(Item, frozen=True, kw_only=True):
    """An edition's own card: since when it can answer, and until when it should be trusted.

    `summary` are the facts that open a guide, in order; `remarks` its banners, `questions` its sets
    of questions, each for the patients whom its condition names.
    """

    title: str
    describes: str
    first_day: date
    review_by: date
    expires: date | None = None
    regions: tuple[Region, ...]
    sources: tuple[str, ...] = ()
    summary: tuple[Remark, ...] = ()
    remarks: tuple[Remark, ...] = ()
    questions: tuple[Remark, ...] = ()
    decisions: tuple[Decision, ...]


class Claim(Item, frozen=True, kw_only=True):
    """One claim of an article, audited as of a date."""

    said: tuple[Passage, ...]
    statement: str
    verdict: Literal["supported", "imprecise", "outdated", "contested", "wrong"]
    since: str | None = None
    because: str
    now: str | None = None
    recommendations: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    audited: date


class Statement(Part, frozen=True, kw_only=True):
    """One statement of a paragraph and every item of the knowledge that it became."""

    says: str
    became: tuple[str, ...]


class Paragraph(Part, frozen=True, kw_only=True):
    """A paragraph of the encoded text: place, digest of its words, its statements."""

    section: str
    paragraph: int
    digest: tuple[str, ...]
    statements: tuple[Statement, ...] = ()
    passed_over: str | None = None
