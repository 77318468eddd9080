"""The circuit says of a patient what the interpreter says: values, conflicts, verdicts, standings.

Random partial cases, many of them contradictory, over the whole current edition on several days. The circuit is worked
out here for many patients at once; that the solver reads it as it is meant is tried on some of them.
`HER2GUIDE_CASES` tries more.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import pytest

from her2guide.engine.apply import apply
from her2guide.language.settle import Settling
from her2guide.library.library import EditionInForce
from her2guide.library.read import read_library
from her2guide.model.case import Case, Known, Origin
from her2guide.model.condition import Value
from her2guide.model.guidance import BEST_FIRST, Guidance
from her2guide.proof.advice import Advice, Levels
from her2guide.proof.circuit import Bit, Circuit
from her2guide.proof.domain import Domains, domains_of
from her2guide.proof.patient import Column, Patient, open_record

SOLVED = 10  # of each thousand
TRIED = int(os.environ.get("HER2GUIDE_CASES", "2000"))
Given = dict[str, Value]
EDITIONS = [("current", "us", "2026-11-23"), ("current", "eu", "2017-06-01"), ("current", "us", "2010-01-01"),
            ("article", "us", "2026-11-23")]  # fmt: skip


@lru_cache
def domains() -> Domains:
    return domains_of(read_library())


def drawn(draw: random.Random) -> Given:
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


class Encoded:
    """An edition as a circuit, and the bits that must be set for a patient if the interpreter is right."""

    def __init__(self, edition: EditionInForce) -> None:
        library = edition.library
        self.circuit = Circuit()
        record = open_record(self.circuit, domains())
        self.patient = Patient(self.circuit, record, library.facts, library.contradictions)
        self.facts = self.patient.settled()
        advice = Advice(library, self.facts)
        items = [entry.item for entry in edition.recommendations]
        self.verdicts = {item.id: advice.applies(item) for item in items}
        self.options: dict[str, tuple[Bit, Levels]] = {
            item.id: (advice.brought_up(item, items), advice.regimen(item.recommend.regimen))
            for item in items
            if item.recommend.regimen and item.recommend.action not in ("avoid", "obtain")
        }

    def recorded(self, given: Given) -> list[Bit]:
        return columns_say(self.patient.recorded, given)

    def expected(self, case: Case, guidance: Guidance) -> list[Bit]:
        expected = [said(self.patient.consistent, not case.conflicts), *columns_say(self.facts.columns, case.values())]
        for verdict in guidance.verdicts:
            rails = self.verdicts[verdict.recommendation]
            expected += [said(rails.true, verdict.applies is True), said(rails.false, verdict.applies is False)]
        standing = {option.recommendation: BEST_FIRST.index(option.standing) for option in guidance.options}
        for name, (brought_up, levels) in self.options.items():
            expected.append(said(brought_up, name in standing))
            if name in standing:
                expected += [said(bit, standing[name] >= level) for level, bit in enumerate(levels, 1)]
        return expected


def worked_out(circuit: Circuit, records: list[list[Bit]]) -> list[int]:
    """For each bit of the circuit a whole number whose n-th binary digit is its value for the n-th record."""
    every = (1 << len(records)) - 1
    rows = [0, every] + [0] * (len(circuit.parts) - 2)
    for number, record in enumerate(records):
        for bit in record:
            rows[abs(bit)] |= (bit > 0) << number
    for bit, parts in enumerate(circuit.parts):
        if parts and bit not in parts:
            rows[bit] = every
            for part in parts:
                rows[bit] &= rows[part] if part > 0 else ~rows[-part]
    return rows


def said(bit: Bit, so: bool) -> Bit:
    return bit if so else -bit


def columns_say(columns: Mapping[str, Column], given: Given) -> list[Bit]:
    same = {name: domains()[name].alike(value) for name, value in given.items()}
    return [said(bit, same.get(f) == v) for f, column in columns.items() for v, bit in column.values.items()]


@pytest.mark.parametrize(("name", "region", "day"), EDITIONS)
def test_circuit_and_interpreter_agree(name: str, region: str, day: str) -> None:
    edition = read_library().edition(name, region, date.fromisoformat(day))
    encoded, settling = Encoded(edition), Settling(edition.library.facts.values())
    draw = random.Random(f"proof {name} {region} {day}")  # noqa: S311 - drawn anew alike each time
    left, contradictory = TRIED // len(EDITIONS), 0
    while left > 0:
        cases = [drawn(draw) for _ in range(min(left, 1000))]
        left -= len(cases)
        rows = worked_out(encoded.circuit, [encoded.recorded(given) for given in cases])
        for number, given in enumerate(cases):
            known = {fact: Known(value, Origin("recorded")) for fact, value in given.items()}
            settled = settling.settle(known, edition.library.contradictions)
            contradictory += bool(settled.conflicts)
            case = Case("drawn", edition.as_of, settled.known, settled.conflicts)
            expected = encoded.expected(case, apply(edition, case))
            wrong = [bit for bit in expected if (rows[abs(bit)] >> number & 1) != (bit > 0)]
            assert not wrong, given
            if number < SOLVED:
                assert encoded.circuit.check([*encoded.recorded(given), *expected]), given
    assert contradictory > 0, "cases without contradictions try only half"


def test_what_is_wrong_is_impossible() -> None:
    edition = read_library().edition("article", "us", date(2026, 11, 23))
    encoded = Encoded(edition)
    case = Case("empty", edition.as_of, {})
    expected = encoded.expected(case, apply(edition, case))
    assert encoded.circuit.check([*encoded.recorded({}), *expected])
    for bit in expected[::50]:
        assert not encoded.circuit.check([*encoded.recorded({}), -bit])
