"""The reference engine of CQL, given the definitions as CQL, answers as the interpreter does: unknown is null.

Needs node, and the translator and the engine in bench/cql (`npm ci --prefix bench/cql`).
"""

from __future__ import annotations

import random
from datetime import date

import pytest

from bench.cohort_cql import can_run, cql_run
from her2guide.cohort.cql import cql_text, literal
from her2guide.cohort.definitions import Choice, Defined, Definition, Given, Negated, Recorded, define
from her2guide.library.read import read_library
from her2guide.model.condition import Compare, IsUnknown, OneOf

from .test_kernel import drawn, interpreted

CASES = 300


@pytest.mark.skipif(not can_run(), reason="node or bench/cql/node_modules is missing")
def test_the_engine_of_cql_and_the_interpreter_agree() -> None:
    edition = read_library().edition("current", "us", date(2026, 11, 23))
    defined = define(edition, edition.library.facts)
    draw = random.Random("cql")  # noqa: S311 - drawn anew alike each time
    cases = [drawn(draw) for _ in range(CASES)]
    asked = [*defined.applies.values(), *defined.standings.values()]
    run = cql_run(defined, cases, asked, edition.library.digest)
    names = [*defined.applies, *(f"option {name}" for name in defined.standings)]
    for case, answers in zip(cases, run.answers, strict=True):
        guidance = interpreted(edition, case)[1]
        expected = {verdict.recommendation: verdict.applies for verdict in guidance.verdicts}
        standings = {option.recommendation: option.standing for option in guidance.options}
        expected |= {f"option {name}": standings.get(name) for name in defined.standings}  # type: ignore[misc]
        assert dict(zip(names, answers, strict=True)) == expected, case


def test_the_text_of_each_kind_of_definition() -> None:
    line = (Negated(IsUnknown("it's")), Given("a"))
    some = (
        Definition("it's", "code", Recorded("it's")),
        Definition("part", "yes_no", OneOf("it's", ("a", 'b"'))),
        Definition("other", "yes_no", Compare("it's", "<>", "a")),
        Definition("value", "code", Choice((line,))),
    )
    text = cql_text(Defined(some, {}, {}, {}), "rules", "1")
    assert text.split("\n\n") == [
        "library \"rules\" version '1'",
        'parameter "recorded.it\\\'s" String',
        "context Unfiltered",
        'define "it\\\'s":\n  "recorded.it\\\'s"',
        'define "part":\n  ("it\\\'s" = \'a\' or "it\\\'s" = \'b\\"\')',
        'define "other":\n  ("it\\\'s" != \'a\')',
        'define "value":\n  case\n    when (not ("it\\\'s" is null)) then \'a\'\n    else null as String\n  end\n',
    ]
    assert [literal(value) for value in (True, 3, 2.5)] == ["true", "3", "2.5"]
