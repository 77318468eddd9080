"""Claims about learning: a fact learned never turns a sure answer into another, and every question can settle one.

In: a world with what is `learned` afterwards. Out: claims about a patient now and later, both consistent.
A better source for the same thing (a pathological T after a clinical one) may say otherwise: that is a correction of
what was known, not learning, and is left out here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from ..language.compiled import facts_of
from ..language.evaluate import atoms_in
from ..model.condition import IsUnknown
from ..model.fact import Fact
from ..model.knowledge import Recommendation
from .advice import Advice
from .circuit import FALSE, TRUE, Bit
from .found import Claim
from .patient import Facts
from .statements import Statements
from .world import Era, Span, World


def no_answer_turns(world: World, _: Statements) -> Iterator[Claim]:
    """No value of a fact, no verdict and no standing of a regimen turns into another by learning."""
    for era, spans in groupby(world.new_in_eras(), lambda span: span.era):
        now, later = era.sound, advice_afterwards(world, era)
        both = (*consistent(world, era), *uncorrected(era.patient.facts.values(), now.facts, later.facts))
        for number, span in enumerate(spans):
            if number == 0:
                yield from values_that_turn(span, now, later, both)
            for item in span.items:
                before, after = now.applies(item), later.applies(item)
                if asks_what_is_unknown(item):
                    says = "it speaks of what is unknown and brings up a treatment"
                    yield Claim((item.id,), says, span, (TRUE if item.recommend.regimen else FALSE,))
                else:
                    yield Claim((item.id,), "it applies, then it does not", span, (*both, before.true, after.false))
                    yield Claim((item.id,), "it does not apply, then it does", span, (*both, before.false, after.true))
            for item, name in span.options():
                bits = (*both, -now.regimen(name).check, later.regimen(name).barred)
                yield Claim((item.id, name), "it is offered without a check, then ruled out", span, bits)


def asks_what_is_unknown(item: Recommendation) -> bool:
    """Whether it is about knowledge itself, and so meant to end with learning."""
    atoms = (atom for criterion in item.when.criteria for atom in atoms_in(criterion.expression))
    return any(isinstance(atom, IsUnknown) for atom in atoms)


def advice_afterwards(world: World, era: Era) -> Advice:
    return Advice(era.sound.library, world.afterwards(era).first)


def consistent(world: World, era: Era) -> tuple[Bit, Bit]:
    return era.patient.consistent, world.afterwards(era).consistent


def uncorrected(facts: Iterable[Fact], now: Facts, later: Facts) -> Iterator[Bit]:
    """No better source says otherwise than the one that a value was taken from."""
    for fact in facts:
        if fact.abstract and fact.abstract.first_known:
            column = later.columns[fact.id]
            for value, bit in now.columns[fact.id].values.items():
                yield -now.circuit.every([bit, column.present, -column.values[value]])


def values_that_turn(span: Span, now: Advice, later: Advice, both: tuple[Bit, ...]) -> Iterator[Claim]:
    for fact, column in now.facts.columns.items():
        for value, bit in column.values.items():
            after = later.facts.columns[fact]
            bits = (*both, bit, after.present, -after.values[value])
            yield Claim((fact, str(value)), "it is known, then it is something else", span, bits)


def every_question_counts(world: World, _: Statements) -> Iterator[Claim]:
    """For each fact that a recommendation names there is a patient for whom learning it alone settles the verdict."""
    circuit = world.circuit
    for era, spans in groupby(world.new_in_eras(), lambda span: span.era):
        now, later = era.sound, advice_afterwards(world, era)
        for span in spans:
            for item in span.items:
                before, after = now.applies(item), later.applies(item)
                settled = [circuit.every([after.true, -before.true]), circuit.every([after.false, -before.false])]
                for fact in facts_of(item.when):
                    others = [column.present for name, column in world.learned.items() if name != fact]
                    bits = (*consistent(world, era), -circuit.some(others), circuit.some(settled))
                    yield Claim((item.id, fact), "no answer to it can change the verdict", span, bits, shown=True)
