"""Charts drawn at random: any facts, days, specimens, sides and treatments, also such as no patient has.

In: a library and a number. Out: charts, the same ones every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from her2guide.library.library import Library
from her2guide.model.chart import Chart, Observation, Specimen, Treatment
from her2guide.model.condition import Value
from her2guide.model.fact import Fact

FIRST = date(2023, 1, 1)
FEW_DAYS = [FIRST + timedelta(days=n) for n in (0, 20, 200, 400, 401, 800, 1200, 1410)]
SITES = ("primary", "node", "metastasis")
SETTINGS = (None, "neoadjuvant", "adjuvant", "metastatic")


def value_of(fact: Fact, draw: Random) -> Value:
    if fact.kind == "yes_no":
        return draw.random() < 0.5
    if fact.kind == "code":
        return draw.choice(sorted(fact.values))
    limits = fact.range
    assert limits
    number = draw.uniform(limits.low, limits.high)
    return round(number) if fact.kind == "integer" else round(number, 1)


def observation(number: int, facts: list[Fact], specimens: list[Specimen], draw: Random) -> Observation:
    fact = draw.choice(facts)
    on = draw.choice([None, *FEW_DAYS])
    since = on - timedelta(days=draw.choice([5, 300])) if on and draw.random() < 0.15 else None
    side = draw.choice(("left", "right")) if draw.random() < 0.05 else None
    specimen = draw.choice(specimens) if fact.tested_with and draw.random() < 0.6 else None
    return Observation(fact.id, value_of(fact, draw), on, f"chart:{number}", since, side, specimen)  # type: ignore[arg-type]


def treatment(number: int, drugs: list[str], draw: Random) -> Treatment:
    start = draw.choice([None, *FEW_DAYS, *FEW_DAYS])
    end = start + timedelta(days=draw.choice([10, 150, 500])) if start and draw.random() < 0.6 else None
    ongoing = end is None and draw.random() < 0.5
    setting = draw.choice(SETTINGS)
    return Treatment(draw.choice(drugs), start, end, setting, f"treated:{number}", ongoing)  # type: ignore[arg-type]


def random_charts(library: Library, count: int) -> Iterator[Chart]:
    """Half of them of facts that follow from no other and so contradict each other less."""
    every = list(library.facts.values())
    loose = [fact for fact in every if not (fact.derive or fact.findings)]
    tested = [fact for fact in every if fact.tested_with]
    drugs = [*library.agents, *sorted(library.names.drugs)]
    for number in range(count):
        draw = Random(number)  # noqa: S311 - nothing secret
        specimens = [
            Specimen(f"S{n}", draw.choice((None, *SITES)), draw.choice((None, *FEW_DAYS)))  # type: ignore[arg-type]
            for n in range(3)
        ]
        facts = draw.choice([every, loose, [*loose, *tested * 3]])
        seen = [observation(n, facts, specimens, draw) for n in range(draw.choice([0, 3, 12, 40, 120]))]
        given = [treatment(n, drugs, draw) for n in range(draw.choice([0, 1, 4, 8]))]
        born = draw.choice([None, date(1970, 6, 15)])
        yield Chart(f"p{number}", "drawn", born, tuple(seen), tuple(given), draw.random() < 0.5)
