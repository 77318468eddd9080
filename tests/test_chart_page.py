"""docs/chart.md: current, complete, and what it shows can be read."""

from __future__ import annotations

import re
from collections.abc import Callable

from her2guide.library.library import Library
from her2guide.model.chart import Chart
from tests.conftest import ROOT
from tools import chart_page


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "chart.md").read_text(encoding="utf-8") == chart_page.page(), "run `make docs`"


def test_every_fact_has_its_row_with_what_may_be_written(library: Library) -> None:
    tables = chart_page.page().split("\n## Facts\n")[1].split("\n## FHIR records\n")[0]
    rows = {line.split("`")[1]: line for line in tables.splitlines() if line.startswith("| `")}
    assert set(rows) == set(library.facts)
    for fact in library.facts.values():
        row = rows[fact.id]
        assert all(f"`{value}`" in row for value in fact.values), fact.id
        assert fact.title in row
        assert not fact.unit or fact.unit in row
        assert len(re.findall(r"(?<!\\)\|", row)) == 6


def test_every_code_that_is_read_is_listed(library: Library) -> None:
    codes = chart_page.page().split("\n## FHIR records\n")[1]
    for fact in library.facts.values():
        assert all(code in codes for listed in fact.codes.values() for code in listed), fact.id


def test_every_block_of_the_page_is_a_chart(chart: Callable[[str], Chart]) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", chart_page.page(), re.DOTALL)
    assert len(blocks) == 3
    complete, tissue, treatments = blocks
    specimens = [o.specimen for o in chart(f"patient: {{id: test}}\n{tissue}").observations if o.specimen]
    assert [(s.site, s.part) for s in specimens] == [("primary", ""), ("metastasis", "liver")]
    assert len(chart(complete).observations) > 15
    read = chart(f"patient: {{id: test}}\n{treatments}")
    assert [(t.agent, t.ongoing) for t in read.treatments] == [("trastuzumab", False), ("anastrozole", True)]
