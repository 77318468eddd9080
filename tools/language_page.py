"""The tables of the specification -> docs/language.md, the manual of the condition language.

In: tests/language/*.yaml. Out: Markdown for a guideline author. Every line of a table is a test as well.
"""

from __future__ import annotations

import re
from typing import Any

from her2guide.model.fact import Fact
from tests.language.specification import FACT_FILES, FOLDER, Row, chapters, example_library

HEAD = """\
# The condition language

<!-- Generated from tests/language/*.yaml by `make docs`. Every line of every table is a test. -->

This is how recommendations, derived facts and safety rules say for whom they hold: in short lines such as

```yaml
when:
  - colour = 'red'
  - size > 20 OR small
  - NOT fit
```

Each line asks about facts, and all lines must hold. The examples below use a few invented facts, so that the
rules can be seen without medicine; the real facts stand in `knowledge/facts/`. After every change run
`her2guide lint`: it names each fault with its file and line.
"""
KINDS = {"yes_no": "yes/no", "code": "coded value", "integer": "whole number", "decimal": "number"}
COLUMNS = {
    "write": "Write",
    "fact": "Fact",
    "value": "Value",
    "unit": "Unit",
    "given": "Given",
    "gives": "Gives",
    "asks": "Asks for",
    "says": "Is said as",
    "reads": "Is read as",
    "refused": "Refused, because",
    "conflict": "Contradiction",
}


def page() -> str:
    """The whole manual."""
    parts = [HEAD, contents(), example_facts()]
    parts += [chapter_text(number, chapter) for number, chapter in enumerate(chapters(), 1)]
    return "\n".join(parts)


def contents() -> str:
    titles = [(number, chapter["title"]) for number, chapter in enumerate(chapters(), 1)]
    return "".join(f"{number}. [{title}](#{anchor(number, title)})\n" for number, title in titles)


def anchor(number: int, title: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", f"{number}. {title}".lower()).replace(" ", "-")


def example_facts() -> str:
    """The facts that are asked for directly, as a table; derived ones are shown where they are explained."""
    plain = [fact for fact in example_library().facts.values() if not (fact.derive or fact.findings or fact.abstract)]
    lines = ["## The facts of the examples\n", "| Fact | Kind | Values |", "| --- | --- | --- |"]
    lines += [f"| `{fact.id}` | {KINDS[fact.kind]} | {values_cell(fact)} |" for fact in plain]
    return "\n".join(lines) + "\n"


def values_cell(fact: Fact) -> str:
    if fact.range:
        return f"{fact.range.low:g} to {fact.range.high:g} {fact.unit}"
    return ", ".join(fact.values)


def chapter_text(number: int, chapter: dict[str, Any]) -> str:
    parts = [f"## {number}. {chapter['title']}\n", f"{chapter['intro']}\n"]
    parts += [section_text(section) for section in chapter["sections"]]
    return "\n".join(parts)


def section_text(section: dict[str, Any]) -> str:
    parts = [f"### {section['title']}\n"]
    if "text" in section:
        parts.append(f"{section['text']}\n")
    shown = [section[key] for key in ("fact",) if key in section] + section.get("contradictions", [])
    parts += [f"```yaml\n{definition(name)}```\n" for name in shown]
    parts.append(table(section["rows"]))
    return "\n".join(parts)


def definition(name: str) -> str:
    """An item as it stands in its file, without what does not matter here."""
    text = "\n".join((FOLDER / file).read_text(encoding="utf-8") for file in FACT_FILES)
    item = next(part for part in re.split(r"\n(?=- id: )", text) if part.startswith(f"- id: {name}\n"))
    lines = [line for line in item.strip().splitlines() if not re.match(r"  (topic|values|unit|range):", line)]
    return "\n".join(lines) + "\n"


def table(rows: list[Row]) -> str:
    """A table with the columns that any of its rows fills."""
    columns = [key for key in COLUMNS if any(key in row for row in rows)]
    lines = [
        f"| {' | '.join(COLUMNS[key] for key in columns)} |",
        f"| {' | '.join('---' for _ in columns)} |",
        *(f"| {' | '.join(cell(key, row) for key in columns)} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def cell(key: str, row: Row) -> str:
    value = row.get(key, "")
    if key == "given":
        return ", ".join(f"{fact}: {shown}" for fact, shown in value.items()) or "nothing"
    if key == "write":
        return written_cell(row)
    if key == "asks":
        return ", ".join(code(fact) for fact in value) or "nothing"
    if key in ("fact", "value") and key in row:
        return code(str(value))
    if key == "says":
        return escaped(f'"{value}"')
    return escaped(str(value))


def written_cell(row: Row) -> str:
    lines = row["write"] if isinstance(row["write"], list) else [row["write"]]
    shown = "<br>".join(code(str(line)) for line in lines) or "(no line)"
    return f"{code(row['repeat'].strip())} {row['times']} times, then {shown}" if "repeat" in row else shown


def code(text: str) -> str:
    return f"`{escaped(text)}`" if text else "(empty line)"


def escaped(text: str) -> str:
    """A bar would end the cell, even inside code."""
    return text.replace("|", "\\|")
