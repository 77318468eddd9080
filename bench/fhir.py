"""FHIR to guidance, part by part, and FHIR Bulk Data: milliseconds and megabytes per second.

In: an invented bundle of 171 KB, invented NDJSON, and the real files of HER2GUIDE_DATA where it is set.
Out: processor time, the best of several runs. Compare figures of one run only.
"""

from __future__ import annotations

import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from her2guide.chart.abstract import abstract
from her2guide.chart.fhir import chart_of
from her2guide.chart.fhir_decode import KNOWN, fhir_rows, record_of
from her2guide.chart.read import read_charts
from her2guide.engine.apply import apply
from her2guide.library.library import EditionInForce
from her2guide.library.read import read_library
from tests.chart.fhir_examples import (
    LIVER,
    PATIENT,
    POSITIVE,
    SNOMED,
    Resource,
    bundle,
    condition,
    medication,
    observation,
    site,
    specimen,
)

RUNS = 20
KILOBYTES = 171
PATIENTS = 3_000
NARRATIVE = {
    "status": "generated",
    "div": "<div xmlns='http://www.w3.org/1999/xhtml'>" + "narrative text " * 20 + "</div>",
}


def best_ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times) * 1e3


def record(name: str = "p1", others: int = 0) -> list[Resource]:
    """One patient: a dozen results, a specimen, a metastasis, two drugs, and vital signs that no fact asks for."""
    rows = [
        specimen(site(LIVER)),
        condition("94381002"),
        observation("48676-1", POSITIVE, specimen={"reference": "Specimen/s1"}),
        observation("85337-4", POSITIVE),
        observation("85329-1", {"value": 90, "unit": "%"}),
        observation("10230-1", {"value": 60, "unit": "%"}),
        observation("89247-1", None, valueInteger=1),
        observation("21889-1", {"value": 18, "unit": "mm"}),
        observation("21905-5", (SNOMED, "67673008")),
        observation("21906-3", (SNOMED, "62455006")),
        medication("MedicationRequest", "224905", status="active", intent="order", authoredOn="2025-03-01"),
        medication("MedicationRequest", "1371041", status="active", intent="order", authoredOn="2025-09-01"),
    ]
    rows += [observation("29463-7", {"value": 70, "unit": "kg"}, f"2025-01-{n % 28 + 1:02}") for n in range(others)]
    subject = {"subject": {"reference": f"Patient/{name}"}, "text": NARRATIVE}
    return [{**PATIENT, "id": name, "text": NARRATIVE}, *({**row, **subject} for row in rows)]


def invented() -> str:
    others = 0
    while len(text := bundle(*record(others=others), patient=None)) < KILOBYTES * 1000:
        others += 20
    return text


def parts(name: str, text: str, edition: EditionInForce) -> None:
    """Each step of the line for one record."""
    library = edition.library
    rows = fhir_rows(text, name) or []

    def decode() -> list[Any]:
        return [record_of(row.resource, str(n), row.fullUrl) for n, row in enumerate(fhir_rows(text, name) or [])]

    records = [record_of(row.resource, str(n), row.fullUrl) for n, row in enumerate(rows)]
    chart = chart_of(records, name, library)
    case = abstract(chart, library.facts, edition.as_of, library)
    steps: dict[str, Callable[[], object]] = {
        "json.loads, to compare": lambda: json.loads(text),
        "decode": decode,
        "chart": lambda: chart_of(records, name, library),
        "abstract": lambda: abstract(chart, library.facts, edition.as_of, library),
        "apply": lambda: apply(edition, case),
    }
    found = {step: best_ms(work) for step, work in steps.items()}
    print(f"{name}: {len(text) / 1000:.0f} KB, {len(records)} resources")
    for step, took in found.items():
        print(f"    {step:<24}{took:8.3f} ms")
    whole = sum(took for step, took in found.items() if "compare" not in step)
    print(f"    {'bundle to guidance':<24}{whole:8.3f} ms")


def bulk(folder: Path) -> None:
    """Decoding alone, and every chart."""
    with (folder / "all.ndjson").open("w", encoding="utf-8") as file:
        for number in range(PATIENTS):
            file.writelines(json.dumps(row) + "\n" for row in record(f"p{number}", 20))
    size = (folder / "all.ndjson").stat().st_size / 1e6
    lines = (folder / "all.ndjson").read_bytes().splitlines()
    some = lines[: len(lines) // 4]
    print(f"NDJSON: {size:.0f} MB, {len(lines)} lines, {PATIENTS} patients")
    for name, decode in {"decode": KNOWN.decode, "decode, with place": lambda line: record_of(line, "")}.items():
        took = best_ms(lambda decode=decode: [decode(line) for line in some]) / 1e3  # type: ignore[misc]
        print(f"    {name:<24}{size / 4 / took:8.0f} MB/s")
    start = time.process_time()
    count = sum(1 for _ in read_charts(folder))
    took = time.process_time() - start
    print(f"    {'charts':<24}{size / took:8.0f} MB/s, {count / took:.0f} patients/s")
    print(f"    {'most memory':<24}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        bulk(Path(folder))
    edition = read_library().edition("current")
    parts("invented", invented(), edition)
    named = os.environ.get("HER2GUIDE_DATA")
    for name in ("mcode_trialmatching_patient01", "camino_Maureen") if named else ():
        text = (Path(str(named)) / "fhir" / f"{name}.json").read_text(encoding="utf-8")
        parts(name, text, edition)


if __name__ == "__main__":
    main()
