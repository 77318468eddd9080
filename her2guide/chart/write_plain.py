"""A chart -> the plain chart form (docs/chart.md), which the reader of plain charts reads again.

In: a chart from any reader. Out: YAML text. A date known only to the month is written as the last day it
can mean. What the reader passed over, and where each record stood, is not written.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import yaml

from ..model.chart import Chart, Observation, Treatment
from ..model.condition import Value

Row = dict[Any, Any]


class Word(str):
    """A word that YAML would quote, as it takes it for a truth value: `on`, `yes`, `no`."""


class Writer(yaml.SafeDumper):
    """Writes words as they stand, and every date out: the reader knows no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


Writer.add_representer(Word, lambda writer, word: writer.represent_scalar("tag:yaml.org,2002:bool", str(word)))
ON, YES, NO = Word("on"), Word("yes"), Word("no")


def plain_text(chart: Chart) -> str:
    """The chart as YAML, its records by date."""
    patient = {"id": chart.patient, "born": None if chart.born_not_before else chart.born}
    form = {
        "patient": {key: value for key, value in patient.items() if value},
        "records": records(chart.observations),
        "treatments": [treatment_row(treatment) for treatment in chart.treatments],
        "treatments_complete": written(chart.treatments_complete),
    }
    return yaml.dump(form, Dumper=Writer, sort_keys=False, allow_unicode=True, width=120)


def records(observations: tuple[Observation, ...]) -> list[Row]:
    """One entry for each date and specimen, those without a date first; a second for answers that differ."""
    rows: list[Row] = []
    for observation in sorted(observations, key=lambda o: o.on or date.min):
        value = written(observation.value)
        head = record_head(observation)
        row = next((r for r in rows if same_head(r, head) and r.get(observation.fact, value) == value), None)
        if row is None:
            row = head
            rows.append(row)
        row[observation.fact] = value
    return rows


def record_head(observation: Observation) -> Row:
    """When, on which side and in what tissue it was seen."""
    tissue = observation.specimen
    head: Row = {ON: observation.on, "side": observation.side}
    if tissue:
        taken = tissue.taken if tissue.taken != observation.on else None
        head |= {"specimen": tissue.id, "site": tissue.site, "part": tissue.part, "taken": taken}
    return {key: value for key, value in head.items() if value}


def same_head(row: Row, head: Row) -> bool:
    return all(row.get(key) == head.get(key) for key in (ON, "side", "specimen"))


def treatment_row(treatment: Treatment) -> Row:
    row = {
        "agent": treatment.agent,
        "setting": treatment.setting,
        "start": treatment.start,
        "end": treatment.end,
        "side": treatment.side,
        "ongoing": YES if treatment.ongoing and not treatment.end else None,
    }
    return {key: value for key, value in row.items() if value}


def written(value: Value) -> Value:
    """Yes and no as words; all else as it is."""
    return (YES if value else NO) if isinstance(value, bool) else value
