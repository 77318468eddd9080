"""Writes the generated pages of docs/, or with --check says which are stale.

In: the test tables of the language, the fact dictionary, the hazards, a guide, the structs.
Out: README.md, docs/language.md, docs/chart.md, docs/hazards.md, docs/schemas/, docs/fhir-views/.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

from her2guide.chart.fhir_views import views
from her2guide.cli.json_out import SCHEMAS, schema_text
from her2guide.library.read import read_library

from . import chart_page, hazards_page, language_page, readme_excerpt

VIEWS = {name: json.dumps(view, indent=2) + "\n" for name, view in views(read_library()).items()}
ROOT = Path(__file__).parent.parent
PAGES = {
    "README.md": readme_excerpt.page,
    "docs/language.md": language_page.page,
    "docs/chart.md": chart_page.page,
    "docs/hazards.md": hazards_page.page,
    **{f"docs/schemas/{name}.json": partial(schema_text, name, read_library()) for name in SCHEMAS},
    **{f"docs/fhir-views/{name}.json": partial(VIEWS.__getitem__, name) for name in VIEWS},
}


def main() -> int:
    stale = [name for name, page in PAGES.items() if current(name) != page()]
    if "--check" in sys.argv:
        for name in stale:
            print(f"{name} is stale: run `make docs`")
        return 1 if stale else 0
    for name in stale:
        (ROOT / name).parent.mkdir(exist_ok=True)
        (ROOT / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"wrote {name}")
    return 0


def current(name: str) -> str:
    place = ROOT / name
    return place.read_text(encoding="utf-8") if place.exists() else ""


if __name__ == "__main__":
    raise SystemExit(main())
