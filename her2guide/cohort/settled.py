"""Recorded columns -> what is known of every fact that follows from them, written into a plan.

In: facts in dependency order and which of them are recorded. Out: slots for each fact. The meaning is that of
`language.settle` for records of one day: answers that differ leave their fact unknown, and what a contradiction
withdraws stays out of it, row by row. It gives no reasons: the interpreter does, one patient at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from ..model.condition import Expression, Value
from ..model.fact import Contradiction, Derivation, Fact
from .columns import NUMBERS
from .conditions import Codes, Conditions, Figures, Known
from .plan import EVERYTHING, NOTHING, Input, Plan, Slot

Answer = Mapping[Value, Slot]  # values with the rows in which something says so; no row in two


def settle_facts(
    facts: Iterable[Fact], recorded: Collection[str], contradictions: Iterable[Contradiction], plan: Plan,
    rank: Mapping[Expression, int],
) -> Conditions:  # fmt: skip
    """Write down the settling of every fact; the facts of contradictions are less what is withdrawn of them."""
    known: dict[str, Known] = {}
    found = Conditions(plan, known, rank)
    in_doubt = {name for rule in contradictions for name in rule.facts}
    for fact in facts:
        withdrawn = plan.input(Input("withdrawn", fact.id)) if fact.id in in_doubt else NOTHING
        settle = figures if fact.kind in NUMBERS else codes
        settled = settle(fact, fact.id in recorded, found, withdrawn)
        if (settled.present, settled.unsure) != (NOTHING, NOTHING):
            known[fact.id] = settled
    return found


def codes(fact: Fact, recorded: bool, found: Conditions, withdrawn: Slot) -> Codes:
    """The values on which everything that answers the fact's question agrees."""
    plan = found.plan
    answers = [answer for answer in (*taken(fact, found), decided(fact.derive, found)) if answer]
    answers += [{line.give: found.condition(line.when).true} for line in fact.findings]
    if recorded:
        possible: list[Value] = [True, False] if fact.kind == "yes_no" else list(fact.values)
        answers.append({value: plan.input(Input("value", fact.id, value)) for value in possible})
        if len(answers) == 1 and withdrawn == NOTHING:
            return Codes(answers[0], plan.input(Input("present", fact.id)))
    values = {v: plan.union(answer.get(v, NOTHING) for answer in answers) for answer in answers for v in answer}
    once, twice = NOTHING, NOTHING
    for slot in values.values():
        twice = plan.either(twice, plan.both(once, slot)) if len(answers) > 1 else NOTHING
        once = plan.either(once, slot)
    unsure = plan.either(twice, withdrawn)
    sure = {value: plan.less(slot, unsure) for value, slot in values.items()}
    return Codes(sure, plan.less(once, unsure), unsure)


def taken(fact: Fact, found: Conditions) -> Iterable[Answer]:
    """From the first source that is known; one that contradicts itself is not passed by for the next."""
    plan, rest, answer = found.plan, EVERYTHING, dict[Value, Slot]()
    for name in fact.abstract.first_known if fact.abstract else ():
        source = found.known.get(name)
        if isinstance(source, Codes):
            for value, slot in source.values.items():
                answer[value] = plan.either(answer.get(value, NOTHING), plan.both(slot, rest))
        if source:
            rest = plan.less(rest, plan.either(source.present, source.unsure))
    yield answer


def decided(lines: Sequence[Derivation], found: Conditions) -> Answer:
    """A decision list: a line that holds gives its value where all earlier lines that give another are false."""
    plan, answer = found.plan, dict[Value, Slot]()
    false: list[tuple[Value, Slot]] = []
    for line in lines:
        rails = found.condition(line.when)
        clear = EVERYTHING
        for value, slot in false:
            clear = clear if value == line.give else plan.both(clear, slot)
        answer[line.give] = plan.either(answer.get(line.give, NOTHING), plan.both(clear, rails.true))
        false.append((line.give, rails.false))
    return answer


def figures(fact: Fact, recorded: bool, found: Conditions, withdrawn: Slot) -> Figures:
    """A number as recorded, taken over, or given by a line; where two differ it is unknown."""
    plan = found.plan
    answers: list[tuple[str | float, Slot]] = []
    if recorded:
        answers.append((fact.id, plan.input(Input("present", fact.id))))
    rest = EVERYTHING
    for name in fact.abstract.first_known if fact.abstract else ():
        source = found.known.get(name)
        if isinstance(source, Figures):
            answers += [(origin, plan.both(slot, rest)) for origin, slot in source.parts.items()]
            rest = plan.less(rest, plan.either(source.present, source.unsure))
    answers += [(float(value), slot) for value, slot in decided(fact.derive, found).items()]
    answers += [(float(line.give), found.condition(line.when).true) for line in fact.findings]
    return agreed(answers, plan, withdrawn, whole=fact.kind == "integer")


def agreed(answers: Sequence[tuple[str | float, Slot]], plan: Plan, withdrawn: Slot, *, whole: bool) -> Figures:
    present, unsure = NOTHING, withdrawn
    first: dict[str | float, Slot] = {}
    for number, (origin, slot) in enumerate(answers):
        for other, rows in answers[:number]:
            met = plan.both(rows, slot)
            unsure = plan.either(unsure, plan.less(met, equal(origin, other, plan)))
        first[origin] = plan.either(first.get(origin, NOTHING), plan.less(slot, present))
        present = plan.either(present, slot)
    parts = {origin: plan.less(slot, unsure) for origin, slot in first.items()}
    return Figures(parts, plan.less(present, unsure), whole, unsure)


def equal(one: str | float, other: str | float, plan: Plan) -> Slot:
    """Where numbers of two origins, both known, are the same."""
    if isinstance(one, str) and isinstance(other, str):
        return EVERYTHING if one == other else plan.input(Input("same", one, other))
    if isinstance(one, str) or isinstance(other, str):
        column, number = (one, other) if isinstance(one, str) else (str(other), one)
        return plan.input(Input("=", column, number))
    return EVERYTHING if one == other else NOTHING
