"""The solver says of a patient what the interpreter says: values, conflicts, verdicts, standings.

Random partial cases, many of them contradictory, over the whole current edition on several days.
"""

from __future__ import annotations

import os
import random
from datetime import date
from functools import lru_cache

import pytest
import z3

from her2guide.language.settle import Settling
from her2guide.library.library import EditionInForce
from her2guide.library.read import read_library
from her2guide.model.case import Case, Known, Origin
from her2guide.engine.apply import apply
from her2guide.model.condition import Value
from her2guide.proof.advice import Advice, Levels
from her2guide.proof.circuit import Bit, Circuit
from her2guide.proof.domain import Domains, domains_of
from her2guide.proof.patient import Facts, Patient

TRIED = int(os.environ.get("HER2GUIDE_CASES", "2000"))
EDITIONS = [("current", "us", "2026-11-23"), ("current", "eu", "2017-06-01"), ("current", "us", "2010-01-01"),
            ("article", "us", "2026-11-23")]  # fmt: skip


@lru_cache
def domains() -> Domains:
    return domains_of(read_library())


def drawn(draw: random.Random) -> dict[str, Value]:
    """A case of which some, most or nearly nothing is known; half of them say little that follows from other facts."""
    facts = read_library().facts
    share, bare = draw.choice((0.02, 0.1, 0.3, 0.6)), draw.random() < 0.5
    names = [f.id for f in facts.values() if not (bare and (f.derive or f.findings)) and draw.random() < share]
    return {name: value_of(name, draw) for name in names}


def value_of(name: str, draw: random.Random) -> Value:
    """Any value of a fact, not only those of its domain: a domain must stand for all."""
    fact = read_library().facts[name]
    if fact.range is None or draw.random() < 0.5:
        return draw.choice(domains()[name].values)
    if fact.kind == "integer":
        return draw.randint(int(fact.range.low), int(fact.range.high))
    return round(draw.uniform(fact.range.low, fact.range.high), 2)


class Solved:
    """What the solver says of one patient after another."""

    def __init__(self, edition: EditionInForce) -> None:
        library = edition.library
        self.circuit = Circuit()
        self.patient = Patient(self.circuit, "p", library.facts, library.contradictions, domains())
        self.facts = self.patient.settled()
        advice = Advice(library, self.facts)
        items = [entry.item for entry in edition.recommendations]
        self.verdicts = {item.id: advice.applies(item) for item in items}
        self.options: dict[str, tuple[Bit, Levels]] = {
            item.id: (advice.brought_up(item, items), advice.regimen(item.recommend.regimen))
            for item in items
            if item.recommend.regimen and item.recommend.action not in ("avoid", "obtain")
        }

    def look_at(self, given: dict[str, Value]) -> None:
        same = {name: domains()[name].alike(value) for name, value in given.items()}
        bits = ((bit, same.get(f) == v) for f, c in self.patient.recorded.items() for v, bit in c.values.items())
        model = self.circuit.model(*(bit if said else z3.Not(bit) for bit, said in bits))
        assert model is not None
        self.model = model

    def says(self, bit: Bit) -> bool:
        return z3.is_true(self.model.eval(bit, model_completion=True))

    def values(self, facts: Facts) -> dict[str, Value]:
        return {f: v for f, column in facts.columns.items() for v, bit in column.values.items() if self.says(bit)}

    def truths(self) -> dict[str, bool | None]:
        return {name: True if self.says(r.true) else False if self.says(r.false) else None
                for name, r in self.verdicts.items()}  # fmt: skip

    def standings(self) -> dict[str, str]:
        names = ("ruled out", "needs check", "offered with caution", "offered")
        shown = {name: levels for name, (up, levels) in self.options.items() if self.says(up)}
        return {
            name: next(said for said, bit in zip(names, (*reversed(levels), z3.BoolVal(True)), strict=True) if self.says(bit))
            for name, levels in shown.items()
        }


@pytest.mark.parametrize(("name", "region", "day"), EDITIONS)
def test_solver_and_interpreter_agree(name: str, region: str, day: str) -> None:
    edition = read_library().edition(name, region, date.fromisoformat(day))
    solved, settling = Solved(edition), Settling(edition.library.facts.values())
    draw = random.Random(f"proof {name} {region} {day}")  # noqa: S311 - drawn anew alike each time
    contradictory = 0
    for _ in range(TRIED // len(EDITIONS)):
        given = drawn(draw)
        known = {fact: Known(value, Origin("recorded")) for fact, value in given.items()}
        settled = settling.settle(known, edition.library.contradictions)
        contradictory += bool(settled.conflicts)
        case = Case("drawn", edition.as_of, settled.known, settled.conflicts)
        guidance = apply(edition, case)
        solved.look_at(given)
        assert solved.values(solved.facts) == {f: domains()[f].alike(v) for f, v in case.values().items()}, given
        assert solved.says(solved.patient.consistent) is not bool(settled.conflicts), given
        assert solved.truths() == {v.recommendation: v.applies for v in guidance.verdicts}, given
        assert solved.standings() == {o.recommendation: o.standing for o in guidance.options}, given
    assert contradictory > 0, "cases without contradictions try only half"
