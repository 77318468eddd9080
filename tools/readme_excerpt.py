"""The excerpt of a guide that stands in README.md, written from the guide itself."""

from __future__ import annotations

from pathlib import Path

from her2guide.chart.abstract import abstract
from her2guide.chart.read import read_chart
from her2guide.engine.apply import apply
from her2guide.guide.write import write_guide
from her2guide.library.read import read_library

ROOT = Path(__file__).parent.parent
START = "<!-- excerpt: written by `make docs` -->\n"
END = "<!-- end of excerpt -->"
FIRST, LAST = "When the cancer comes back early or grows", "* Trastuzumab"


def page() -> str:
    """README.md with the excerpt as it is now."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}```text\n{excerpt()}\n```\n{END}{after}"


def excerpt() -> str:
    library = read_library()
    edition = library.edition("current", as_of="2026-11-23")
    chart = read_chart(ROOT / "examples" / "relapse-after-trastuzumab.yaml", library)
    guidance = apply(edition, abstract(chart, library.facts, edition.as_of, library))
    text = write_guide(guidance, library=library).text(100)
    return (FIRST + text.partition(FIRST)[2].partition(LAST)[0]).strip()
