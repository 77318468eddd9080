"""A *cannot tell* -> the facts that could settle it, as questions a person can be asked.

In: steps that came out unknown, the facts, and what is known.
Out: fact ids. A derived fact is asked for itself while nothing about it is known; once part of it
is known, the part that is missing is asked for instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..model.condition import Condition, Value
from ..model.fact import Fact
from ..model.guidance import SafetyFinding, Step
from .compiled import facts_of, holds
from .evaluate import evaluate


def needs_of(steps: Iterable[Step], facts: Mapping[str, Fact], values: Mapping[str, Value]) -> tuple[str, ...]:
    """The askable facts behind every unknown part of these steps, each once."""
    return Questions(facts, values).behind(steps)


class Questions:
    """What to ask given certain values; each fact and agent is worked out once."""

    def __init__(self, facts: Mapping[str, Fact], values: Mapping[str, Value]) -> None:
        self.facts = facts
        self.values = values
        self.asked: dict[str, tuple[str, ...]] = {}
        self.findings: dict[str, tuple[SafetyFinding, ...]] = {}
        self.inputs = inputs_among(facts)
        self.partly = dict.fromkeys(values, True)

    def behind(self, steps: Iterable[Step]) -> tuple[str, ...]:
        """The askable facts behind every unknown part of these steps, each once."""
        return self.ask_each(tuple(dict.fromkeys(fact for step in steps for fact in unknown_facts(step))))

    def ask_each(self, unknown: tuple[str, ...]) -> tuple[str, ...]:
        """What to ask for each of these facts, each once."""
        if len(unknown) == 1:
            return self.ask(unknown[0])
        return tuple(dict.fromkeys(asked for fact in unknown for asked in self.ask(fact)))

    def ask(self, fact_id: str) -> tuple[str, ...]:
        """The fact itself, or the missing inputs of a derived fact that is already partly known."""
        if fact_id not in self.asked:
            self.asked[fact_id] = self.work_out(self.facts[fact_id])
        return self.asked[fact_id]

    def work_out(self, fact: Fact) -> tuple[str, ...]:
        instead = fact.asked_as if fact.asked_as not in self.values else None
        itself = (instead or fact.id,)
        if fact.ask_directly:
            return itself
        if fact.abstract and fact.abstract.first_known:
            first = fact.abstract.first_known[0]
            inner = self.ask(first)
            return inner if inner != (first,) else itself
        if not any(self.partly_known(name) for name in self.inputs[fact.id]):
            return itself
        lines = [line for line in (*fact.derive, *fact.findings) if holds(line.when, self.values) is None]
        return self.behind(step for line in lines for step in open_steps(line.when, self.values)) or itself

    def partly_known(self, name: str) -> bool:
        """Whether a fact, or anything that it follows from, is known."""
        if name not in self.partly:
            self.partly[name] = any(self.partly_known(other) for other in self.inputs[name])
        return self.partly[name]


def unknown_facts(step: Step) -> tuple[str, ...]:
    """The facts of the parts that are unknown; what is already decided needs no asking."""
    if step.truth is not None:
        return ()
    if not step.parts:
        return (step.expression.fact,)  # type: ignore[union-attr]
    return tuple(fact for part in step.parts for fact in unknown_facts(part))


KEPT: list[tuple[Mapping[str, Fact], dict[str, tuple[str, ...]]]] = []


def inputs_among(facts: Mapping[str, Fact]) -> dict[str, tuple[str, ...]]:
    """For every fact, those that it follows from. The last few sets of facts are kept: most questions are of one."""
    for given, found in KEPT:
        if given is facts:
            return found
    made = {name: inputs_of(fact) for name, fact in facts.items()}
    KEPT.insert(0, (facts, made))
    del KEPT[4:]
    return made


def inputs_of(fact: Fact) -> tuple[str, ...]:
    """The facts that a fact follows from, each once, in order."""
    named = [name for line in (*fact.derive, *fact.findings) for name in facts_of(line.when)]
    return tuple(dict.fromkeys([*(fact.abstract.first_known if fact.abstract else ()), *named]))


def open_steps(condition: Condition, values: Mapping[str, Value]) -> list[Step]:
    """The first undecided criterion of a line: the next is worth asking only once that one holds."""
    steps = (evaluate(criterion.expression, values) for criterion in condition.criteria)
    return [step for step in steps if step.truth is None][:1]
