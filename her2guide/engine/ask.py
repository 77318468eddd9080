"""A consultation -> the questions worth asking next, the most decisive first.

In: a chart before an edition, and facts that nobody present can tell. Out: questions, each with what its
answers could change. Each value is tried: a question whose answers all lead to the same is not asked.
It does not know how likely an answer is or how to put the question.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct

from ..model.condition import Value
from ..model.guidance import Guidance
from .consultation import Consultation, new_conflicts
from .trial_values import Limits, limits_in_force, trial_values
from .whatif import Difference, difference

MOST_ANSWERS = 40  # more than any chart lacks


class Question(Struct, frozen=True):
    """A fact to ask for and the decisions, regimens and recommendations that its answers could change.

    `settles`: in how many decisions an answer changes something, on average; 0 when it does so only
    together with the answers to others.
    """

    fact: str
    settles: float
    decisions: tuple[str, ...]
    regimens: tuple[str, ...]
    recommendations: tuple[str, ...]


def questions(consultation: Consultation, cannot_tell: Collection[str] = ()) -> tuple[Question, ...]:
    """Every question that can change an answer, those first whose answers change the most."""
    before = consultation.guidance()
    limits = limits_in_force(consultation.edition)
    missing = [entry.fact for entry in before.missing if entry.fact not in cannot_tell]
    alone = {fact: effects(consultation, before, fact, limits) for fact in missing}
    found = [question(fact, tried) for fact, tried in alone.items() if any(map(reached, tried))]
    ranked = sorted(found, key=lambda asked: -asked.settles)  # stable: the order of what is missing breaks ties
    rest = [fact for fact in missing if not any(map(reached, alone[fact]))]
    return (*ranked, *together(rest, consultation, cannot_tell, limits))


def effects(consultation: Consultation, before: Guidance, fact: str, limits: Limits) -> list[Difference]:
    """What each possible answer changes; an answer that contradicts the record is not possible."""
    guidances = (consultation.answered({fact: value}).guidance() for value in values_of(consultation, fact, limits))
    return [difference(before, after) for after in guidances if not new_conflicts(before.case, after.case)]


def values_of(consultation: Consultation, fact: str, limits: Limits) -> tuple[Value, ...]:
    return trial_values(consultation.edition.library.facts[fact], limits)


def reached(found: Difference) -> set[str]:
    """The decisions in which something changes."""
    return {*(change.decision for change in found.options), *(change.decision for change in found.verdicts)}


def question(fact: str, tried: list[Difference], *, alone: bool = True) -> Question:
    """The question for a fact, with everything that any of its answers changes."""
    options = [change for found in tried for change in found.options]
    verdicts = [change for found in tried for change in found.verdicts]
    return Question(
        fact=fact,
        settles=round(sum(len(reached(found)) for found in tried) / len(tried), 3) if alone else 0,
        decisions=once([*(change.decision for change in options), *(change.decision for change in verdicts)]),
        regimens=once(change.regimen for change in options),
        recommendations=once(change.recommendation for change in verdicts),
    )


def once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def together(
    rest: list[str], consultation: Consultation, cannot_tell: Collection[str], limits: Limits
) -> list[Question]:
    """Of facts that change nothing alone, those that do once all else is answered: two tests before one drug."""
    answers = all_answered(consultation, cannot_tell, limits) if rest else {}
    found = []
    for fact in rest:
        others = consultation.answered({name: value for name, value in answers.items() if name != fact})
        tried = effects(others, others.guidance(), fact, limits)
        if any(map(reached, tried)):
            found.append(question(fact, tried, alone=False))
    return found


def all_answered(consultation: Consultation, cannot_tell: Collection[str], limits: Limits) -> dict[str, Value]:
    """One answer to every question, each the one that leaves the most options open."""
    answers: dict[str, Value] = {}
    guidance = consultation.guidance()
    while len(answers) < MOST_ANSWERS:
        open_facts = [m.fact for m in guidance.missing if m.fact not in answers and m.fact not in cannot_tell]
        if not open_facts:
            break
        values = values_of(consultation, open_facts[0], limits)
        tried = {value: consultation.answered({**answers, open_facts[0]: value}).guidance() for value in values}
        best = max(values, key=lambda value: openness(tried[value]))
        answers[open_facts[0]], guidance = best, tried[best]
    return answers


def openness(guidance: Guidance) -> tuple[int, int, int]:
    """How many agents are not ruled out, fewest checks still to make, fewest verdicts that cannot be told."""
    agents = [agent for option in guidance.options for agent in option.agents]
    checks = sum(1 for agent in agents for finding in agent.findings if finding.kind == "check")
    untold = sum(1 for verdict in guidance.verdicts if verdict.applies is None)
    return (sum(1 for agent in agents if agent.standing != "ruled out"), -checks, -untold)
