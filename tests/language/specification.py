"""The tables of the specification: chapters, sections and rows, and the neutral facts they are about.

In: the YAML files of this folder. Out: plain data; each row is one test and one line of docs/language.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from her2guide.documents import read_yaml
from her2guide.library.build import build_library
from her2guide.library.library import Library

FOLDER = Path(__file__).parent
Row = dict[str, Any]


def chapters() -> list[dict[str, Any]]:
    """Every chapter in the order of its number."""
    paths = sorted(FOLDER.glob("[0-9]*.yaml"), key=lambda path: int(path.name.split("-")[0]))
    return [read_yaml(path.read_text(encoding="utf-8"), path.name).data for path in paths]


def rows() -> Iterator[tuple[str, dict[str, Any], Row]]:
    """Every row with a readable name and its section."""
    for number, chapter in enumerate(chapters(), 1):
        for section in chapter["sections"]:
            for row in section["rows"]:
                yield f"{number} {section['title']}: {name_of(section, row)}", section, row


def name_of(section: dict[str, Any], row: Row) -> str:
    """What is written (or the fact), and what is given."""
    lines = row.get("write", row.get("fact", section.get("fact")))
    text = " / ".join(lines) if isinstance(lines, list) else str(lines)
    given = [f"{name}: {value}" for name, value in row.get("given", {}).items()]
    value = [str(row[key]) for key in ("value", "unit") if key in row]
    return " ".join([text, *([f"({', '.join(given)})"] if given else value)])


def written(row: Row) -> list[Any]:
    """The lines of a condition as written."""
    lines = row["write"] if isinstance(row["write"], list) else [row["write"]]
    return [row["repeat"] * row["times"] + line for line in lines] if "repeat" in row else lines


@cache
def example_library() -> Library:
    """The neutral facts, through the loader that reads the real ones."""
    files = {f"facts/{name}": (FOLDER / name).read_text(encoding="utf-8") for name in FACT_FILES}
    return build_library(files, "specification")


FACT_FILES = ("facts.yaml", "contradictions.yaml")
