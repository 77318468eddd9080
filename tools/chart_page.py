"""The fact dictionary and an example -> docs/chart.md, the manual of the plain chart form.

In: the library and examples/. Out: Markdown for a person who does not program.
"""

from __future__ import annotations

from pathlib import Path

from her2guide.chart.fhir import PAST
from her2guide.chart.fhir_structs import KINDS
from her2guide.library.library import Library
from her2guide.library.read import read_library
from her2guide.model.fact import Fact

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = "examples/early-triple-positive.yaml"

HEAD = """\
# Writing a chart

<!-- Generated from knowledge/facts and examples/ by `make docs`. -->

A chart is a text file in which you write down what the medical records say. You need no program for it, only a
text editor. Save it with the ending `.yaml`, and check it with

```
her2guide abstract my-chart.yaml
```

This lists everything that was understood, with the line where it stands. Anything that cannot be used is named
with its line and what to write instead. `her2guide` also reads records in FHIR form; see [below](#fhir-records).

## A complete example

The person in this chart is invented.

```yaml
{example}```

## The parts

| Part | What to write |
|---|---|
| `patient` | `id`: any short name, need not be real. `born`: the date of birth. `sex`: `female` or `male`. |
| `records` | One entry for each report or visit, with its date after `on:` and the facts it states. |
| `treatments` | One entry for each drug, operation or course of radiation that was given. |
| `treatments_complete` | `yes` only if the list of treatments is complete. |

Only `patient` is needed. `id`, `born` and `sex` may be left out as well.

**Form.** Each entry of a list begins with `-`. The lines of an entry stand exactly below each other, indented by
spaces, never by tabs. A fact and its value are separated by a colon and a space. What follows `#` is a note for
yourself and is not read. `report:` says in your words where an entry comes from.

**Dates** are written as year, month, day: `2026-11-23`. A date in the future or before birth is refused. An entry
may do without a date; it then counts only if no dated entry answers the same question.

**What is not known is left out.** You may also write `unknown`. Never guess: a fact that is missing becomes a
question for the visit, but a wrong one leads to wrong options.

**The newest entry counts.** If two entries of the same day give different values, or one without a day differs from
the newest, all are shown to you, and the fact is taken as unknown until you correct it.

**A value can be too old.** Some facts change with time: an LVEF counts for six months, a blood count for two, and so
on (the table below names them). After that the fact is unknown until it is seen again, and the old value is shown.

**Which tissue.** A report of a biopsy or an operation may say what it looked at:

```yaml
records:
  - {{on: 2021-03-02, side: left, site: primary, her2_ihc: 2+}}
  - {{on: 2026-10-05, site: metastasis, part: liver, specimen: S26-77, her2_ihc: 3+}}
```

- `side`: the breast, `left` or `right`. Of two cancers, one on each side, `--side` chooses the one that is meant.
- `site`: `primary` (the tumour in the breast), `node` or `metastasis`; `part`: which, in your words.
- `specimen`: its number in the report. `taken`: the day it was taken, where that differs from `on`.

Tests of different specimens are never read together. The newest specimen tested counts; of several of one day a
metastasis goes before a node, a node before the primary. A result that changed from one specimen to the next is shown.
Without these words tests are taken for one specimen as long as no more than {gap} days lie between them.

**Units.** A number without a unit is in the unit of the table below. Another one is written with its unit:
`tumour_size: {{value: 2.6, unit: cm}}`.

**Yes and no** are written as `yes` and `no`.

**What follows from other facts** need not be written: `er_percent: 90` is enough to know the status of that
receptor. You may write the status instead if the report gives only that.

## Treatments

```yaml
treatments:
  - {{agent: trastuzumab, setting: adjuvant, start: 2025-01-13, end: 2026-01-12}}
  - {{agent: anastrozole, setting: adjuvant, start: 2026-02-01, ongoing: yes}}
treatments_complete: yes
```

- `agent`: the name or brand of the drug, operation or radiation; `her2guide book` lists those that are known best,
  other drugs (epirubicin, metformin) may be named too. Write the drugs of a combination as one entry each.
- `setting`: why it was given: {settings}. Leave it out if you do not know; where the dates of an operation and of
  the first metastasis tell it, it is worked out and its rule shown.
- `side`: the side of an operation.
- `start` and `end`: the first and the last day. `ongoing: yes` while it is being given.
- `treatments_complete: yes` says that nothing else was given. Only then is a treatment that is not listed taken
  as never given; otherwise it is unknown. Lines of therapy are then counted from the dates.

## Facts

"""

FHIR = """\

## FHIR records

Instead of a plain chart you can give a file in FHIR form, as hospitals export it: a Bundle, a list of resources, or
a single resource (R4; older medication orders are read as well), for one patient. This is what is read of it:

| Resource | What is read |
|---|---|
| Patient | id, gender, date of birth |
| Observation | code, value (coded, quantity with unit, text, whole number, yes/no), components, status, date |
| Observation | specimen, body site, focus; a member of a panel has those of the panel, unless its own |
| Specimen | body site, type, day of collection and related diagnosis: primary, node or metastasis, and the side |
| Condition | code, body site with side, clinical and verification status, date of onset or of recording |
| BodyStructure | where a tumour is and the diagnosis that it belongs to |
| Procedure | code, status, date or period, body site with side, intent |
| {medications} | code or name of the drug, also contained or referred to; status and intent, date or period |
| {medications}, Procedure | why it is given: neoadjuvant, adjuvant, palliative |

Codes of these systems are known: {systems}. The facts that a code answers stand in the table below.

Every other resource and every code that no fact asks for is passed over, and `her2guide abstract` lists each one
with the reason. So are

- records with any other status than these: {statuses};
- diagnoses that are past: {past}, or that have an end;
- values with a bound (`< 50`), without a unit, in an unknown unit or outside the possible range;
- dates of the future. A date without a day (`2026-03`) counts from its last day, and must agree with others of that
  month.

What a record is about decides which cancer it belongs to: a result about another diagnosis is passed over, and so is
one that names both breasts. A file that holds records of two patients is refused; for many patients give NDJSON (FHIR
Bulk Data) to `read_charts`. The code lists as SQL-on-FHIR views: [fhir-views](fhir-views).
FHIR does not say that a list of treatments is complete, so
a treatment that is not in the file stays unknown.

| Fact | Codes |
|---|---|
"""
SETTINGS = "`neoadjuvant` (before an operation), `adjuvant` (after it) or `metastatic` (the cancer has spread)"


def page() -> str:
    """The whole manual."""
    library = read_library()
    example = (ROOT / EXAMPLE).read_text(encoding="utf-8")
    topics = dict.fromkeys(fact.topic for fact in ordered(library))
    tables = [topic_table(topic, library) for topic in topics]
    return (
        HEAD.format(example=example, settings=SETTINGS, gap=library.codes["abstraction"]["same_specimen_days"])
        + "\n".join(tables)
        + fhir_part(library)
    )


def ordered(library: Library) -> list[Fact]:
    """Facts as they stand in the files: by topic, those that are simply recorded before the derived ones."""
    facts = sorted(library.facts.values(), key=lambda fact: fact.id)
    return sorted(facts, key=lambda fact: (fact.topic, bool(fact.derive or fact.findings)))


def topic_table(topic: str, library: Library) -> str:
    rows = [fact_row(fact) for fact in ordered(library) if fact.topic == topic]
    head = [
        f"### {topic.capitalize()}",
        "",
        "| Fact | What it is | Write | Unit | Counts for |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


def fact_row(fact: Fact) -> str:
    return f"| `{fact.id}` | {cell(fact.title)} | {cell(written(fact))} | {units(fact)} | {counts_for(fact)} |"


def counts_for(fact: Fact) -> str:
    aging = fact.good_for
    if not aging:
        return ""
    only = " if " + " or ".join(f"`{value}`" for value in aging.values) if aging.values else ""
    return f"{aging.months} months{only}"


def written(fact: Fact) -> str:
    """What may be written and what it means: a question could be answered the wrong way round."""
    if fact.kind in ("yes_no", "code"):
        named = fact.values.items() if isinstance(fact.values, dict) else [(value, value) for value in fact.values]
        return ", ".join(f"`{value}`" + ("" if label == value else f" ({label})") for value, label in named)
    kind = "a whole number" if fact.kind == "integer" else "a number"
    return f"{kind}, {fact.range.low:g} to {fact.range.high:g}" if fact.range else kind


def units(fact: Fact) -> str:
    others = [unit for unit in fact.units if unit != fact.unit and unit[:1].isalpha()]
    return cell(f"{fact.unit or ''}{', or ' + ', '.join(others) if others else ''}")


def cell(text: str) -> str:
    """Text that stays in its cell of a table."""
    return " ".join(text.replace("|", "\\|").split())


def fhir_part(library: Library) -> str:
    named = {"medications": ", ".join(kind for kind in KINDS if kind.startswith("Medication") and kind != "Medication")}
    named["systems"] = ", ".join(f"`{system}`" for system in library.codes["systems"])
    named["past"] = ", ".join(sorted(PAST))
    named["statuses"] = "; ".join(f"{kind} {states}" for kind, states in library.codes["statuses"].items())
    rows = [code_row(fact) for fact in ordered(library) if fact.codes]
    return FHIR.format(**named) + "\n".join(rows) + "\n"


def code_row(fact: Fact) -> str:
    coded = "; ".join(f"{system.upper()} {', '.join(codes)}" for system, codes in fact.codes.items())
    return f"| `{fact.id}` | {coded} |"
