"""Claims about rules themselves: each can fire, none recommends what another advises against, none leaves a dead end.

In: a world and its statements. Out: claims, span by span; the circuit answers each different one once.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from ..library.library import Library
from .circuit import FALSE, TRUE, Bit
from .found import Claim
from .statements import Scope, Statements
from .world import Span, World


def no_dead_rule(world: World, __: Statements) -> Iterator[Claim]:
    """Each recommendation, each safety rule and each line of a fact fires for some consistent patient."""
    for span in world.new_in_eras():
        sound, consistent = span.era.sound, span.era.patient.consistent
        for item in span.items:
            bits = (consistent, sound.applies(item).true)
            yield Claim((item.id,), "it can never apply", span, bits, shown=True)
        for _, regimen in span.options():
            for name in world.library.regimens[regimen].every_agent():
                agent = world.library.agents[name]
                for number, rule in enumerate((*agent.never_when, *agent.caution_when), 1):
                    bits = (consistent, sound.facts.condition(rule.when).true)
                    yield Claim((name, f"rule {number}"), f"it can never hold: {rule.because}", span, bits, shown=True)
        yield from no_dead_line(span)


def dates_in_time(world: World, _: Statements) -> Iterator[Claim]:
    """Each recommendation is in force on some day, and no day of it lies outside the time of the edition."""
    head, span = world.edition.head, next(world.spans())
    for item in world.edition.recommendations:
        days = {day for dated in item.in_force.values() for day in dated}
        in_time = days and min(days) >= head.first_day and max(days) <= head.review_by
        says = f"a day lies before {head.first_day} or after {head.review_by}"
        yield Claim((item.id, "days"), says, span, (FALSE if in_time else TRUE,))


def no_dead_line(span: Span) -> Iterator[Claim]:
    patient = span.era.patient
    for fact in patient.facts.values():
        decided = patient.decided(fact.derive, patient.first)
        found = ((line.give, patient.first.condition(line.when).true) for line in fact.findings)
        for number, (value, bit) in enumerate((*decided, *found), 1):
            bits = (patient.consistent, bit)
            yield Claim((fact.id, f"line {number}"), f"it can never give {value}", span, bits, shown=True)


def none_opposed(world: World, _: Statements) -> Iterator[Claim]:
    """No treatment is an option while another recommendation in force advises against it, unless one gives way."""
    for span in world.spans():
        sound, consistent = span.era.sound, span.era.patient.consistent
        against = [
            (i, treatments(i.recommend.regimen, world.library)) for i in span.items if i.recommend.action == "avoid"
        ]
        for item, regimen in span.options():
            for avoid, avoided in against:
                if avoided & treatments(regimen, world.library):
                    up = (sound.brought_up(item, span.takers), -sound.regimen(regimen).barred)
                    says = f"{item.id} brings up what {avoid.id} advises against"
                    yield Claim((avoid.id, item.decision), says, span, (consistent, sound.applies(avoid).true, *up))


def treatments(regimen: str | None, library: Library) -> set[frozenset[str]]:
    """The sets of agents that a regimen can mean."""
    return {frozenset(chosen) for chosen in product(*library.regimens[regimen].choices())} if regimen else set()


def no_dead_end(world: World, statements: Statements) -> Iterator[Claim]:
    """For every consistent patient in a scope something applies and is not ruled out, or cannot be told yet."""
    for span in world.spans():
        for scope in statements.scopes.values():
            decided = {d.id for d in world.edition.head.decisions} & {*scope.decisions}
            if decided and span.since >= scope.since:
                inside = span.era.sound.facts.condition(scope.condition).true
                answered = span.era.sound.circuit.some(answers(span, scope))
                bits = (span.era.patient.consistent, inside, -answered)
                yield Claim((scope.id,), "nothing applies, and nothing that is missing could change that", span, bits)


def answers(span: Span, scope: Scope) -> Iterator[Bit]:
    sound = span.era.sound
    for item in span.items:
        if item.decision in scope.decisions and item.recommend.action != "avoid":
            rails, regimen = sound.applies(item), item.recommend.option()
            yield sound.circuit.unknown(rails)
            if regimen:
                up = sound.brought_up(item, span.takers)
                yield sound.circuit.every([up, -sound.regimen(regimen).barred])
            else:
                yield rails.true
