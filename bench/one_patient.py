"""One patient: the cold start of the command line, and advice with its trace.

In: the bundled charts. Out: medians in milliseconds on standard output. Compare figures of one run only.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from os import environ
from pathlib import Path

from her2guide.chart.abstract import abstract
from her2guide.chart.read import read_chart
from her2guide.engine.apply import apply
from her2guide.guide.write import write_guide
from her2guide.library.library import Library
from her2guide.library.read import read_library

CHARTS = sorted((Path(__file__).parent.parent / "examples").glob("*.yaml"))
RUNS = 9


def median_ms(work: Callable[[], object], runs: int, inner: int = 1) -> float:
    """The median over `runs` of the time of one call, in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        for _ in range(inner):
            work()
        times.append((time.perf_counter() - start) / inner * 1e3)
    return statistics.median(times)


def command(*words: str, cache: str | None = None) -> Callable[[], object]:
    place = {**environ, "XDG_CACHE_HOME": cache} if cache else dict(environ)
    line = [sys.executable, "-m", "her2guide", *words]
    return lambda: subprocess.run(line, env=place, check=True, capture_output=True)


def first_start() -> None:
    """The first start of all: no library in the cache."""
    with tempfile.TemporaryDirectory() as empty:
        command("guide", str(CHARTS[0]), cache=empty)()


def show(what: str, milliseconds: float) -> None:
    print(f"{what:<36}{milliseconds:9.3f} ms")


def main() -> None:
    nothing = [sys.executable, "-c", "pass"]
    show("python -c pass", median_ms(lambda: subprocess.run(nothing, check=True), RUNS))
    show("her2guide guide, first start ever", median_ms(first_start, 5))
    command("guide", str(CHARTS[0]))()
    for form in ("text", "html", "pdf"):
        with tempfile.TemporaryDirectory() as folder:
            output = () if form == "text" else ("-o", f"{folder}/guide.{form}")
            show(f"her2guide guide, {form}", median_ms(command("guide", str(CHARTS[0]), *output), RUNS))
    library = read_library()
    for name in library.editions:
        one_edition(library, name)


def one_edition(library: Library, name: str) -> None:
    """Each step of the straight line for each chart."""
    edition = library.edition(name)
    print(f"{name} edition, {len(edition.recommendations)} recommendations in force, in one process:")
    for place in CHARTS:
        chart = read_chart(place, library)
        case = abstract(chart, library.facts, edition.as_of, library)
        guidance = apply(edition, case)
        steps: dict[str, Callable[[], object]] = {
            "read": lambda place=place: read_chart(place, library),
            "abstract": lambda chart=chart: abstract(chart, library.facts, edition.as_of, library),
            "advise with trace": lambda case=case: apply(edition, case),
            "guide as text": lambda guidance=guidance: write_guide(guidance, library=library).text(),
        }
        print(f"  {place.stem}")
        for step, work in steps.items():
            show(f"    {step}", median_ms(work, RUNS, 20))


if __name__ == "__main__":
    main()
