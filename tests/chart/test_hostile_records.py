"""Damaged records of every kind as they lie on a disk: charts or a sentence, in time, whatever was done to them.

Seeded mutations of text: cut, doubled, moved, overwritten with what programs trip over. `make test` tries a part;
`make hostile` tries ten thousand (HER2GUIDE_HOSTILE). What a plain chart does not name is never known of it.
"""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from her2guide.chart.abstract import abstract
from her2guide.chart.read import read_charts
from her2guide.chart.report.read import read_report
from her2guide.chart.table import read_table
from her2guide.errors import Her2guideError
from her2guide.library.build import read_column_map
from her2guide.library.library import Library
from her2guide.library.read import read_library
from tests.conftest import ROOT, TODAY

from .fhir_examples import PATIENT, POSITIVE, concept, condition, medication, observation

TRIED = int(os.environ.get("HER2GUIDE_HOSTILE", "1000"))
SECONDS = 20  # no record may take this long, on the slowest machine
RESOURCES = [
    PATIENT,
    observation("48676-1", POSITIVE, effectiveDateTime="2026-01-05"),
    observation("10230-1", {"value": 60, "unit": "%"}, effectivePeriod={"start": "2026-01-01"}),
    condition("94222008", verificationStatus=concept("x", "confirmed"), clinicalStatus="active"),
    medication("MedicationStatement", "224905", status="active", effectivePeriod={"end": "2026"}),
]
BUNDLE = json.dumps({"resourceType": "Bundle", "entry": [{"resource": resource} for resource in RESOURCES]}, indent=1)
NDJSON = "".join(json.dumps(resource) + "\n" for resource in RESOURCES)
SIGNS = ["\0", "\ufeff", "}", '"', "'", "\r", ",,,,", ";", "\t", "\u202e", "- ", ": ", "\\", "\U0001f600", "*", "#"]
NUMBERS = ["NaN", "1e999", "-0", "9999-99-99", "0000-00-00", "2026-02-30", "9" * 400]
WORDS = ["null", "unknown", "yes", "&a *a", "!!python/object:x", "=1+1", "<script>", "'; DROP TABLE t; --", "%s%n"]
TRIPS = [*SIGNS, *NUMBERS, *WORDS, "[" * 400, "{" * 400]


def whole_records() -> list[tuple[str, str]]:
    """(ending, text) of the records that are damaged."""
    charts = [(place.suffix, place.read_text("utf-8")) for place in sorted((ROOT / "examples").glob("*.yaml"))]
    texts = sorted((ROOT / "tests/chart/reports/development").glob("*.txt"))[:12]
    table = (ROOT / "examples/tables/clinic.csv").read_text("utf-8")
    columns = "Patient ID", "ER status measured by IHC", "HER2 status measured by SNP6", "Lymph nodes examined positive"
    rows = ((*columns, "Tumor Size"), ("MB-1", "Positve", "GAIN", "2", "22"), ("MB-2", "Negative", "NEUTRAL", "0", "9"))
    metabric = "".join("\t".join(row) + "\n" for row in rows)
    return [
        *charts,
        (".json", BUNDLE),
        (".ndjson", NDJSON),
        (".csv", table),
        (".tsv", metabric),
        *((".txt", place.read_text("utf-8")) for place in texts),
    ]


RECORDS = whole_records()
MAP = read_column_map(ROOT / "examples/tables/clinic.yaml", read_library())


def damaged(text: str, draw: random.Random) -> str:
    for _ in range(draw.choice((1, 1, 2, 5))):
        start = draw.randrange(len(text) + 1)
        end = min(len(text), start + draw.choice((0, 1, 3, 20, 200)))
        kind = draw.randrange(6)
        if kind == 0:
            text = text[:start] + text[end:]
        elif kind == 1:
            text = text[:end] + text[start:]
        elif kind == 2:
            text = text[:start] + draw.choice(TRIPS) + text[end:]
        elif kind == 3:
            other = draw.choice(RECORDS)[1]
            text = text[:start] + other[: draw.randrange(400)] + text[end:]
        elif kind == 4:
            text = text[:start] + text[start:end][::-1] + text[end:]
        else:
            text = text[:start] + "".join(chr(draw.randrange(1, 0x500)) for _ in text[start:end]) + text[end:]
    return text


@contextmanager
def in_time(what: str) -> Iterator[None]:
    def too_long(*_: object) -> None:
        pytest.fail(f"it takes more than {SECONDS} seconds: {what}")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def read(place: Path, text: str, library: Library) -> str:
    """What came of it, in a word; anything else that happens fails the test."""
    try:
        if place.suffix == ".txt":
            return f"{len(read_report(place, library).proposals) > 0} proposals"
        charts = read_table(place, library, MAP) if place.suffix == ".csv" else read_charts(place, library)
        for chart in charts:
            case = abstract(chart, library.facts, TODAY, library)
            if place.suffix == ".yaml":
                named = {o.fact for o in chart.observations}
                assert all(fact in text for fact in named), f"{named} of a chart that does not name them"
            assert all(o.where for o in chart.observations), "a value without its place"
            assert not {fact for c in case.conflicts for fact in c.facts} & set(case.known), "known and in conflict"
    except Her2guideError as fault:
        assert all(problem.where and problem.what for problem in fault.problems)
        return "refused"
    return "read"


@pytest.mark.parametrize("part", range(10))
def test_a_damaged_record_is_read_or_refused(library: Library, tmp_path: Path, part: int) -> None:
    draw = random.Random(f"hostile {part}")  # noqa: S311 - drawn anew alike each time
    came: dict[str, int] = {}
    for number in range(TRIED // 10):
        ending, text = draw.choice(RECORDS)
        made = damaged(text, draw)
        place = tmp_path / f"{number}{ending}"
        place.write_bytes(made.encode("utf-8", "surrogatepass"))
        with in_time(f"part {part}, number {number}"):
            outcome = read(place, made, library)
        came[outcome] = came.get(outcome, 0) + 1
    assert len(came) > 1, f"damage that always ends alike tries nothing: {came}"


def test_the_records_are_read_when_nothing_is_done_to_them(library: Library, tmp_path: Path) -> None:
    for number, (ending, text) in enumerate(RECORDS):
        place = tmp_path / f"whole-{number}{ending}"
        place.write_text(text, encoding="utf-8")
        assert read(place, text, library) in ("read", "True proposals"), f"{ending}: {text[:80]}"
