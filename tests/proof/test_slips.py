"""Slips of an author, each applied to the library as it was read: the family named beside it finds every one.

A family that caught none of its slips would prove nothing. Each slip is tried on the recommendations that it can touch.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from msgspec.structs import replace

from her2guide.language.parse import read_expression
from her2guide.library.library import Library
from her2guide.model.condition import Condition, Criterion
from her2guide.model.knowledge import Agent, Recommendation, SafetyRule
from her2guide.proof.statements import Family, read_statements
from her2guide.proof.verify import FAMILIES, claims
from her2guide.proof.world import World

DAY = date(2026, 11, 23)
Slip = Callable[[Library], Library]


def rewritten(condition: Condition, old: str, new: str | None, facts: Library) -> Condition:
    """One criterion read anew, or left out; a slip that names none is a slip of this file."""
    found = [criterion for criterion in condition.criteria if criterion.text == old]
    assert found, f"no criterion `{old}` in {[c.text for c in condition.criteria]}"
    lines = [c.text if c.text != old else new for c in condition.criteria]
    return condition_of([line for line in lines if line is not None], facts)


def condition_of(lines: list[str], library: Library) -> Condition:
    read = (read_expression(line, library.facts, may_ask_unknown=True) for line in lines)
    return Condition(tuple(Criterion(line, tree, "slip") for line, tree in zip(lines, read, strict=True)))


def edit_items(change: Callable[[Recommendation, Library], Recommendation], *, of: str) -> Slip:
    """A change of the recommendations whose id begins so; only their decisions are kept."""

    def slip(library: Library) -> Library:
        edition = library.editions["current"]
        decisions = {item.decision for item in edition.recommendations if item.id.startswith(of)}
        kept = [item for item in edition.recommendations if item.decision in decisions]
        items = tuple(change(item, library) if item.id.startswith(of) else item for item in kept)
        return replace(library, editions={**library.editions, "current": replace(edition, recommendations=items)})

    return slip


def rule(item: str, old: str, new: str | None) -> Slip:
    """A criterion of a recommendation written otherwise, or forgotten."""
    return edit_items(lambda r, library: replace(r, when=rewritten(r.when, old, new, library)), of=item)


def every_rule(decision: str, old: str, new: str) -> Slip:
    """A criterion written otherwise in all recommendations of a decision that have it."""

    def change(item: Recommendation, library: Library) -> Recommendation:
        has = item.decision == decision and any(criterion.text == old for criterion in item.when.criteria)
        return replace(item, when=rewritten(item.when, old, new, library)) if has else item

    return edit_items(change, of="mbc-")


def bar(agent: str, old: str, new: str | None) -> Slip:
    """A bar of an agent written otherwise, or dropped."""

    def changed(library: Library) -> Agent:
        rules: list[SafetyRule] = []
        found = False
        for own in library.agents[agent].never_when:
            if any(criterion.text == old for criterion in own.when.criteria):
                found = True
                if new is not None:
                    rules.append(replace(own, when=rewritten(own.when, old, new, library)))
            else:
                rules.append(own)
        assert found, f"no bar `{old}`"
        return replace(library.agents[agent], never_when=tuple(rules))

    return lambda library: replace(library, agents={**library.agents, agent: changed(library)})


def agent(name: str, **change: object) -> Slip:
    return lambda library: replace(library, agents={**library.agents, name: replace(library.agents[name], **change)})


def regimen(name: str, **change: object) -> Slip:
    return lambda library: replace(
        library, regimens={**library.regimens, name: replace(library.regimens[name], **change)}
    )


def regimen_of(item: str, name: str) -> Slip:
    """A recommendation that names another regimen."""
    return edit_items(lambda r, _: replace(r, recommend=replace(r.recommend, regimen=name)), of=item)


def days_of(item: str, **in_force: dict[date, str]) -> Slip:
    return edit_items(lambda r, _: replace(r, in_force=in_force), of=item)


def line_moved(fact: str, place: int, to: int) -> Slip:
    def slip(library: Library) -> Library:
        lines = list(library.facts[fact].derive)
        lines.insert(to, lines.pop(place))
        return replace(library, facts={**library.facts, fact: replace(library.facts[fact], derive=tuple(lines))})

    return slip


def joined_bar(agent_id: str, first: str, joined: str) -> Slip:
    """The lines of a bar written as one, with OR where AND was meant."""

    def slip(library: Library) -> Library:
        own = library.agents[agent_id]
        rules = tuple(
            replace(r, when=condition_of([joined], library)) if r.when.criteria[0].text == first else r
            for r in own.never_when
        )
        return replace(library, agents={**library.agents, agent_id: replace(own, never_when=rules)})

    return slip


def overlapping(library: Library) -> Library:
    """The antibodies of a sequence begin in the first week instead of after the anthracycline."""
    own = library.regimens["ddac-thp"]
    phases = tuple(replace(phase, from_day=1) for phase in own.schedule)
    return regimen("ddac-thp", schedule=phases)(library)


SLIPS: dict[str, tuple[Family, Slip]] = {
    "a threshold 5 too low": ("invariant", bar("trastuzumab-emtansine", "lvef < 45", "lvef < 40")),
    "a threshold off by one": (
        "invariant",
        bar("capecitabine", "creatinine_clearance < 30", "creatinine_clearance < 29"),
    ),
    "an operator turned round": ("invariant", bar("trastuzumab", "lvef < 40", "lvef > 40")),
    "a contraindication dropped": ("invariant", bar("neratinib", "pregnant", None)),
    "the bar of another agent": (
        "invariant",
        bar("pertuzumab", "anthracycline_at_the_same_time", "strong_cyp3a_inducer"),
    ),
    "a code swapped": ("invariant", bar("capecitabine", "dpd_deficiency = 'complete'", "dpd_deficiency = 'partial'")),
    "the past for the present": (
        "invariant",
        bar("trastuzumab-deruxtecan", "lung_inflammation = 'current'", "lung_inflammation = 'past'"),
    ),
    "NOT forgotten": ("invariant", bar("letrozole", "NOT ovarian_suppression", "ovarian_suppression")),
    "a fact to know first dropped": ("invariant", agent("zoledronic-acid", know_before=("creatinine_clearance",))),
    "HER2 forgotten": ("invariant", rule("mbc-second-line-t-dm1", "her2_status = 'positive'", None)),
    "HER2 swapped": ("invariant", rule("neo-tchp", "her2_status = 'positive'", "her2_status = 'negative'")),
    "receptors forgotten": ("invariant", rule("et-postmenopausal-ai", "hr_status = 'positive'", None)),
    "drugs at once that follow each other": ("invariant", overlapping),
    "a range one too wide": (
        "opposed",
        rule("axilla-no-dissection-lumpectomy", "positive_nodes BETWEEN 1 AND 2", "positive_nodes BETWEEN 1 AND 3"),
    ),
    "the wrong regimen named": ("opposed", regimen_of("et-men-ai-gnrh", "aromatase-inhibitor")),
    "> for >=": ("complete", every_rule("mbc-later-line", "line_of_therapy >= 3", "line_of_therapy > 3")),
    "> for =": ("complete", every_rule("mbc-second-line", "line_of_therapy = 2", "line_of_therapy > 2")),
    "OR where AND was meant in a bar": ("barred", joined_bar("goserelin", "pregnant", "pregnant OR NOT pregnant")),
    "what none of its agents provides": ("barred", regimen("t-dm1", provides={"heart_failure": False})),
    "criteria that exclude each other": (
        "dead",
        rule("early-pcr", "neoadjuvant_status = 'completed'", "neoadjuvant_status = 'not_given'"),
    ),
    "a day in the wrong century": ("dead", days_of("mbc-second-line-t-dm1", us={date(2103, 2, 22): "preferred"})),
    "a line that an earlier one covers": ("dead", line_moved("anatomic_stage", 5, 0)),
    "a question without effect": (
        "question",
        rule("mbc-second-line-t-dm1", "advanced_disease", "advanced_disease AND (advanced_disease OR progressing)"),
    ),
    "unknown taken for no": (
        "monotone",
        rule("neo-tchp", "breast_surgery = 'none'", "breast_surgery = 'none' OR breast_surgery IS UNKNOWN"),
    ),
}


def caught(library: Library, family: Family, original: Library) -> bool:
    """Whether a claim of the family fails that is not known to."""
    statements = read_statements(original)
    world = World(library, "current", statements.conditions(), DAY)
    new = [claim for claim in claims(family, world, statements) if not statements.knows(family, claim.about)]
    circuit = world.circuit
    never = circuit.some(circuit.every(claim.bits) for claim in new if not claim.shown)
    return circuit.possible(never) or any(not circuit.possible(*claim.bits) for claim in new if claim.shown)


@pytest.mark.parametrize("name", SLIPS)
def test_every_slip_is_caught(library: Library, name: str) -> None:
    family, slip = SLIPS[name]
    assert caught(slip(library), family, library), f"{family} missed: {name}"


@pytest.mark.parametrize("family", ["invariant", "opposed", "complete", "barred", "dead"])
def test_without_a_slip_nothing_is_new(library: Library, family: Family) -> None:
    assert not caught(library, family, library)


def test_there_is_a_slip_for_every_family() -> None:
    assert {family for family, _ in SLIPS.values()} == set(FAMILIES)
    assert len(SLIPS) >= 17
