"""Every patient of METABRIC, MSK and TCGA, where HER2GUIDE_DATA names the folder that holds them: chart, case, row.

The kernel says of a finished case what the interpreter says of it; and of what was recorded alone, what the
interpreter says once everything that follows is settled.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from her2guide.chart.abstract import abstract
from her2guide.chart.table import read_table
from her2guide.engine.apply import apply
from her2guide.library.library import Library
from tests.conftest import TODAY

from .test_kernel import interpreted, told_by_interpreter, told_by_kernel

TABLES = [
    (["metabric_clinical.tsv"], 1256),
    (["msk_breast_2018_clinical.tsv"], 834),
    (["tcga_brca_patient.tsv", "tcga_brca_drug.tsv"], 555),
]


@pytest.mark.parametrize(("names", "patients"), TABLES)
def test_every_patient(real_data: Path, library: Library, names: list[str], patients: int) -> None:
    first, *others = [real_data / "cohorts" / name for name in names]
    edition = library.edition("current", "us", TODAY)
    charts = read_table(first, library, None, others)
    cases = [abstract(chart, library.facts, TODAY, library) for chart in charts]
    assert len(cases) == patients
    for case, told in zip(
        cases, told_by_kernel(edition, [case.values() for case in cases], finished=True), strict=True
    ):
        assert told == told_by_interpreter(edition, case.values(), apply(edition, case)), case.patient
    stated = [{name: k.value for name, k in case.known.items() if k.origin.kind != "derived"} for case in cases]
    for case, given, told in zip(cases, stated, told_by_kernel(edition, stated), strict=True):
        assert told == told_by_interpreter(edition, *interpreted(edition, given)), case.patient
