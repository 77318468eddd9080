"""A table of cases with what was given -> records: one row a patient, columns that are named after facts.

In: CSV, TSV or Parquet with the column `patient` and a column `given.<setting>` for each setting of which all drugs are
recorded. Out: records, whose facts are those known on the day of the decision. docs/concordance.md says what may stand
in a cell. Raises `ChartError` with every cell that cannot be used, up to a limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import get_args

from ..chart.read import is_table
from ..chart.table_file import TableFile, look_at, rows_by
from ..errors import ChartError, Problem, nearest
from ..language.typed import NotAValue, written_value
from ..library.library import Library
from ..model.chart import Chart, Observation, Setting, Treatment
from .concordance_given import Record
from .concordance_knowledge import Questions

GIVEN, GIVEN_ON, REASON = "given.", "given_on.", "reason."
SETTINGS: tuple[Setting, ...] = get_args(Setting)
DAYS = ("decision_date", "recorded_on", "diagnosis_date")  # the first that a row has
KNOWN = (
    *("patient", "site", "synthetic", *DAYS),
    *(prefix + setting for prefix in (GIVEN, GIVEN_ON, REASON) for setting in SETTINGS),
)
NOBODY = "none"
MOST_PROBLEMS = 20


def is_case_table(path: Path, library: Library) -> bool:
    """Whether it is one table with a column of what was given, or whose columns are all known."""
    if path.is_dir() or not is_table(path):
        return False
    header = look_at(path).header
    known = all(name in KNOWN or name in library.facts for name in header)
    return "patient" in header and (known or any(name.startswith(GIVEN) for name in header))


def read_cases(path: Path, library: Library, questions: Questions) -> Iterator[Record]:
    """The records of a table of cases, in order of the patients' ids."""
    table = look_at(path)
    reader = CaseReader(table, library, questions)
    reader.check_header()
    for number, texts in rows_by(table, table.header.index("patient")):
        cells = {name: text.strip() for name, text in zip(table.header, texts, strict=True) if text and text.strip()}
        record = reader.record(f"{table.name} row {number}", cells)
        if len(reader.problems) >= MOST_PROBLEMS:
            break
        if record is not None:
            yield record
    if reader.problems:
        raise ChartError(reader.problems)


class CaseReader:
    """Reads rows, collecting the problems on the way."""

    def __init__(self, table: TableFile, library: Library, questions: Questions) -> None:
        self.table, self.library, self.questions = table, library, questions
        self.problems: list[Problem] = []
        self.patients: set[str] = set()

    def check_header(self) -> None:
        """Every column is a fact, one of the known columns, or about a setting. Raises `ChartError`."""
        found = [
            Problem(
                str(self.table.path), f"the column `{name}` is no fact.", nearest(name, [*KNOWN, *self.library.facts])
            )
            for name in self.table.header
            if name not in KNOWN and name not in self.library.facts
        ]
        if found:
            raise ChartError(found[:MOST_PROBLEMS])

    def record(self, where: str, cells: Mapping[str, str]) -> Record | None:
        """One row; None where something in it cannot be used."""
        before, patient = len(self.problems), cells.get("patient", "")
        if not patient or patient in self.patients:
            self.refuse(where, "patient", f"stands twice: {patient}." if patient else "is empty.", "One row a patient.")
        self.patients.add(patient)
        day = next((self.day(where, name, cells[name]) for name in DAYS if name in cells), None)
        treatments, whole, reasons = [], set[str](), dict[str, str]()
        for setting in SETTINGS:
            start = self.day(where, GIVEN_ON + setting, cells.get(GIVEN_ON + setting)) or day
            agents = self.agents(where, GIVEN + setting, cells.get(GIVEN + setting))
            if agents is not None:
                whole.add(setting)
                treatments += [Treatment(a, start, None, setting, f"{where}, {GIVEN}{setting}") for a in agents]
            if code := self.reason(where, REASON + setting, cells.get(REASON + setting)):
                reasons[setting] = code
        known = min((d for d in (day, *(t.start for t in treatments)) if d), default=None)
        observations = tuple(self.observations(where, cells, known))
        if len(self.problems) > before:
            return None
        chart = Chart(patient, self.table.name, None, observations, tuple(treatments))
        return Record(chart, cells.get("site"), frozenset(whole), reasons)

    def observations(self, where: str, cells: Mapping[str, str], day: date | None) -> Iterator[Observation]:
        for name, text in cells.items():
            fact = self.library.facts.get(name)
            if fact is None:
                continue
            try:
                yield Observation(name, written_value(fact, text), day, f"{where}, {name}")
            except NotAValue as fault:
                self.refuse(where, name, f"cannot be used: {fault.what}", fault.do)

    def agents(self, where: str, column: str, text: str | None) -> tuple[str, ...] | None:
        """The agents of a cell; none where it says so; None where it says nothing."""
        if text is None:
            return None
        names = [name.strip(" '\"") for name in text.strip("[]").replace(",", ";").split(";")]
        found = [name for name in names if name and name != NOBODY]
        known = {**self.library.agents, **self.library.names.drugs}
        for name in found:
            if name not in known:
                self.refuse(where, column, f"there is no agent `{name}`.", nearest(name, known))
        return tuple(dict.fromkeys(found))

    def reason(self, where: str, column: str, text: str | None) -> str | None:
        if text is not None and text not in self.questions.reasons:
            self.refuse(where, column, f"`{text}` is no code.", f"There is: {', '.join(self.questions.reasons)}.")
        return text

    def day(self, where: str, column: str, text: str | None) -> date | None:
        try:
            return date.fromisoformat(text[:10]) if text else None
        except ValueError:
            self.refuse(where, column, f"'{text}' is not a date.", "Write it as 2026-11-23.")
            return None

    def refuse(self, where: str, column: str, what: str, do: str) -> None:
        self.problems.append(Problem(f"{where}, {column}", what, do))
