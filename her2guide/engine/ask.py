"""A consultation -> the questions worth asking next, the most decisive first.

In: a chart before an edition, and facts that nobody present can tell. Out: questions, each with what its
answers could change. Each value is tried: a question whose answers all lead to the same is not asked.
It does not know how likely an answer is or how to put the question.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from ..model.condition import Value
from ..model.guidance import Guidance
from .consultation import Consultation, new_conflicts
from .trial_values import limits_in_force, trial_values
from .whatif import Difference, difference

MOST_ANSWERS = 60  # more than any chart lacks


class Question(Struct, frozen=True):
    """A fact to ask for and the decisions, regimens and recommendations that its answers could change.

    `settles`: in how many decisions an answer changes an option or makes a recommendation apply, on average
    over the different outcomes. `together`: it changes something only beside the answers to others.
    """

    fact: str
    settles: float
    decisions: tuple[str, ...]
    regimens: tuple[str, ...]
    recommendations: tuple[str, ...]
    together: bool = False


def questions(consultation: Consultation, cannot_tell: Collection[str] = ()) -> tuple[Question, ...]:
    """Every question that can change an answer, those first whose answers change the most."""
    asking = Asking(consultation, cannot_tell)
    alone = {fact: asking.alone(fact) for fact in asking.missing}
    ranked = [question for question in alone.values() if question]
    ranked.sort(key=lambda question: -question.settles)  # stable: the order of what is missing breaks ties
    beside = (asking.beside_others(fact) for fact, question in alone.items() if question is None)
    return (*ranked, *(question for question in beside if question))


class Asking:
    """The trial of answers for one consultation."""

    def __init__(self, consultation: Consultation, cannot_tell: Collection[str]) -> None:
        self.consultation = consultation
        self.cannot_tell = cannot_tell
        self.facts = consultation.edition.library.facts
        self.limits = limits_in_force(consultation.edition)
        self.before = consultation.guidance()
        self.missing = self.open_facts(self.before)
        self.answers: dict[str, Value] | None = None

    def open_facts(self, guidance: Guidance) -> list[str]:
        return [entry.fact for entry in guidance.missing if entry.fact not in self.cannot_tell]

    def alone(self, fact: str) -> Question | None:
        """The question for a fact if an answer to it changes something by itself."""
        return question(fact, self.effects(self.consultation, self.before, fact), together=False)

    def beside_others(self, fact: str) -> Question | None:
        """The question if an answer changes something once another, or all else, is answered: two tests, one drug."""
        if not any(True for _ in self.possible(self.consultation, self.before, fact)):
            return None  # the record rules out every answer
        for others in self.contexts(fact):
            guidance = others.guidance()
            if not new_conflicts(self.before.case, guidance.case):
                found = question(fact, self.effects(others, guidance, fact), together=True)
                if found:
                    return found
        return None

    def effects(self, start: Consultation, before: Guidance, fact: str) -> list[Difference]:
        """The different outcomes of all answers; one that contradicts the record is no answer."""
        tried = (after for _, after in self.possible(start, before, fact))
        return list(dict.fromkeys(difference(before, after) for after in tried))

    def possible(self, start: Consultation, before: Guidance, fact: str) -> Iterator[tuple[Value, Guidance]]:
        """Each answer to a fact that fits the record, with the guidance that follows."""
        for value in trial_values(self.facts[fact], self.limits):
            after = start.answered({fact: value}).guidance()
            if not new_conflicts(before.case, after.case):
                yield value, after

    def contexts(self, fact: str) -> Iterator[Consultation]:
        """The consultation with one answer to a question on the same advice, then with all else answered."""
        for partner in self.partners(fact):
            for value in trial_values(self.facts[partner], self.limits):
                yield self.consultation.answered({partner: value})
        if self.answers is None:
            self.answers = self.all_answered()
        yield self.consultation.answered({name: value for name, value in self.answers.items() if name != fact})

    def partners(self, fact: str) -> list[str]:
        """The other missing facts that the same recommendations wait for."""
        waiting = {entry.fact: {*entry.settles, *entry.checks} for entry in self.before.missing}
        return [other for other in self.missing if other != fact and waiting[other] & waiting[fact]]

    def all_answered(self) -> dict[str, Value]:
        """One answer to every question, each the one that leaves the most options open."""
        answers: dict[str, Value] = {}
        passed_over: set[str] = set()
        guidance = self.before
        while len(answers) < MOST_ANSWERS:
            left = [f for f in self.open_facts(guidance) if f not in answers and f not in passed_over]
            if not left:
                break
            start = self.consultation.answered(answers)
            possible = list(self.possible(start, guidance, left[0]))
            if possible:
                answers[left[0]], guidance = max(possible, key=lambda answer: openness(answer[1]))
            else:
                passed_over.add(left[0])
        return answers


def question(fact: str, outcomes: list[Difference], *, together: bool) -> Question | None:
    """The question for a fact with everything that any of its answers changes; none if that is nothing."""
    options = [change for outcome in outcomes for change in outcome.options]
    verdicts = [change for outcome in outcomes for change in outcome.verdicts]
    if not options and not verdicts:
        return None
    return Question(
        fact=fact,
        settles=0 if together else round(sum(map(decided, outcomes)) / len(outcomes), 3),
        decisions=once([*(change.decision for change in options), *(change.decision for change in verdicts)]),
        regimens=once(change.regimen for change in options),
        recommendations=once(change.recommendation for change in verdicts),
        together=together,
    )


def decided(outcome: Difference) -> int:
    """In how many decisions an option changes or a recommendation comes to apply."""
    applying = {change.decision for change in outcome.verdicts if change.after or change.before}
    return len(applying | {change.decision for change in outcome.options})


def once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def openness(guidance: Guidance) -> tuple[int, int, int]:
    """How many agents are not ruled out, fewest checks still to make, fewest verdicts that cannot be told."""
    agents = [agent for option in guidance.options for agent in option.agents]
    checks = sum(1 for agent in agents for finding in agent.findings if finding.kind == "check")
    untold = sum(1 for verdict in guidance.verdicts if verdict.applies is None)
    return (sum(1 for agent in agents if agent.standing != "ruled out"), -checks, -untold)
