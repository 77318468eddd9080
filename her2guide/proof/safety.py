"""Claims about what is offered: nothing barred, nothing unchecked, nothing that an invariant forbids.

In: a world and its statements. Out: claims about bars for every record at all, contradictory ones included, and about
invariants for every consistent one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import product

from ..language.compiled import facts_of
from ..language.settle import Settling
from ..library.library import Library
from ..model.case import Known, Origin
from ..model.condition import Value
from ..model.knowledge import Recommendation, Regimen
from .advice import Advice
from .circuit import FALSE, TRUE, Bit
from .found import Claim
from .statements import Invariant, Statements
from .world import Span, World

LAST_DAY = 1000  # of a schedule without an end


def none_barred(world: World, _: Statements) -> Iterator[Claim]:
    """No agent is given where one of its bars holds, nor unchecked where one cannot be told.

    A bar that names what the regimen provides is read with that. Every option is possible for somebody.
    """
    for span in world.new_in_eras():
        any_record, sound = span.era.any, span.era.sound
        for item, name in span.options():
            regimen = world.library.regimens[name]
            yield from provided_by_its_agents(span, regimen, world.library)
            for agent in regimen.every_agent():
                yield from bars_of(span, Giving(any_record, item, regimen, agent))
            up = (span.era.patient.consistent, sound.applies(item).true, -sound.regimen(name).check)
            yield Claim((item.id,), "nobody to whom it applies can have its regimen", span, up, shown=True)


class Giving:
    """An agent as an option gives it, to any patient."""

    def __init__(self, advice: Advice, item: Recommendation, regimen: Regimen, agent: str) -> None:
        self.advice, self.item, self.regimen, self.agent = advice, item, regimen, agent
        levels, own = advice.regimen(regimen.id), advice.given_with(regimen).agent(agent)
        self.at_all: Bit = advice.circuit.every([advice.applies(item).true, -levels.barred, -own.barred])
        self.unchecked: Bit = advice.circuit.every([advice.applies(item).true, -levels.check, -own.check])


def bars_of(span: Span, given: Giving) -> Iterator[Claim]:
    """Each bar is read anew without what the regimen provides, unless it names just that."""
    agent, facts, provided = given.advice.library.agents[given.agent], given.advice.facts, given.regimen.provides
    about = (given.item.id, given.agent)
    for rule in agent.never_when:
        if provided.keys().isdisjoint(facts_of(rule.when)):
            truth = facts.condition(rule.when)
            yield Claim(about, f"it is given although {rule.because}", span, (given.at_all, truth.true))
            untold = facts.circuit.unknown(truth)
            yield Claim(about, f"it is given unchecked: {rule.because}", span, (given.unchecked, untold))
    for fact in agent.know_before:
        missing = -facts.columns[fact].present
        yield Claim(about, f"it is given unchecked: {fact} is not known", span, (given.unchecked, missing))


def provided_by_its_agents(span: Span, regimen: Regimen, library: Library) -> Iterator[Claim]:
    """What a regimen provides follows from giving one of its agents."""
    settling = Settling(span.era.patient.facts.values())
    for fact, value in regimen.provides.items():
        gives = [
            all(follows_from(agent, settling, library).get(fact) == value for agent in choice)
            for choice in regimen.choices()
        ]
        says = f"{fact} does not follow from any of its agents"
        yield Claim((regimen.id, fact), says, span, (FALSE if any(gives) else TRUE,))


def follows_from(agent: str, settling: Settling, library: Library) -> dict[str, Value]:
    """What is known of a patient of whom it is only known that this agent is being given."""
    named = {agent, library.drug_class(agent)}
    recorded = {}
    for question in settling.questions:
        how = question.fact.abstract and question.fact.abstract.treated
        if how and how.setting is None and how.state != "ended" and named & {*how.agents, *how.classes}:
            recorded[question.name] = Known(value=True, origin=Origin("recorded"))
    return {fact: known.value for fact, known in settling.settle(recorded).known.items()}


def invariants(world: World, statements: Statements) -> Iterator[Claim]:
    """Every invariant, for every option that gives one of its drugs; once for those to which an option gives way."""
    seen: set[tuple[object, ...]] = set()
    for span in world.spans():
        for item, name in span.options():
            takers = tuple(other.id for other in span.takers if item.id in other.in_place_of)
            if (span.era.since, item.id, takers) not in seen:
                seen.add((span.era.since, item.id, takers))
                yield from invariant_of_option(span, item, world.library.regimens[name], statements)


def invariant_of_option(span: Span, item: Recommendation, regimen: Regimen, statements: Statements) -> Iterator[Claim]:
    given = {agent: Giving(span.era.sound, item, regimen, agent) for agent in regimen.every_agent()}
    for invariant in statements.invariants.values():
        if not invariant.decisions or item.decision in invariant.decisions:
            for agent in sorted(given.keys() & statements.drugs(invariant.drugs)):
                if not lifted(regimen, agent, invariant, statements):
                    yield from invariant_claims(span, invariant, given[agent])


def lifted(regimen: Regimen, agent: str, invariant: Invariant, statements: Statements) -> bool:
    """Whether the regimen surely gives what lifts the invariant."""
    lifting = statements.drugs(invariant.unless_with)
    return any(set(choice) <= lifting for choice in regimen.choices() if agent not in choice)


def invariant_claims(span: Span, invariant: Invariant, given: Giving) -> Iterator[Claim]:
    facts = given.advice.facts
    truth = facts.condition(invariant.condition)
    always = (span.era.patient.consistent, given.advice.brought_up(given.item, span.takers))
    against: list[tuple[Bit, Bit]] = []
    if invariant.never:
        against.append((given.at_all, truth.true))
    if invariant.only:
        against.append((given.at_all, -truth.true))
    if invariant.asked:
        against.append((given.unchecked, -truth.false))
    against += [(given.unchecked, -facts.columns[fact].present) for fact in invariant.known]
    for bits in against:
        yield Claim((invariant.id, given.item.id), invariant.says, span, (*always, *bits))


def kept_apart(world: World, statements: Statements) -> Iterator[Claim]:
    """No regimen that is an option gives two classes on the same days, by its schedule."""
    first = next(world.spans())
    offered = {name for item in world.edition.recommendations if (name := item.recommend.option())}
    for invariant in statements.invariants.values():
        for name in sorted(offered) if invariant.apart_from else ():
            regimen = world.library.regimens[name]
            both = name not in invariant.in_turn and shares_a_day(regimen, invariant, statements)
            yield Claim((invariant.id, regimen.id), invariant.says, first, (TRUE if both else FALSE,))


def shares_a_day(regimen: Regimen, invariant: Invariant, statements: Statements) -> bool:
    ones, others = statements.drugs(invariant.drugs), statements.drugs(invariant.apart_from)
    pairs = ((one, other) for one, other in product(regimen.choices(), repeat=2) if one is not other)
    return any(days(regimen, ones & {*one}) & days(regimen, others & {*other}) for one, other in pairs)


def days(regimen: Regimen, drugs: Collection[str]) -> set[int]:
    """The days from the first dose of these drugs to the end of their last cycle; every day without a schedule."""
    phases = [phase for phase in regimen.schedule if not {*drugs}.isdisjoint(phase.agents)]
    ends = [(p.from_day, p.from_day + p.cycle_days * p.cycles if p.cycles else LAST_DAY) for p in phases]
    if drugs and not phases:
        ends = [(1, LAST_DAY)]
    return {day for first, end in ends for day in range(first, end)}
