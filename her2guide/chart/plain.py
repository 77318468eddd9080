"""The plain chart form (docs/chart.md) -> `Chart`.

In: a document with `patient`, `records` (facts by date) and `treatments`.
Out: a chart, or every problem with its line. Unknown facts are left out by the writer, never guessed.
"""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar, get_args

from msgspec.structs import replace

from ..documents import Document, Steps
from ..errors import ChartError, Problem, nearest
from ..language.typed import YES_NO, NotAValue, typed_value
from ..library.library import Library
from ..model.chart import Chart, Observation, Setting, Side, Site, Specimen, Treatment
from .birth import before_birth
from .names import AgentNames

Word = TypeVar("Word", bound=str)
SETTINGS: dict[str, Setting] = {setting: setting for setting in get_args(Setting)}
PATIENT_KEYS = ("id", "born", "sex")
TREATMENT_KEYS = ("agent", "setting", "start", "end", "ongoing", "side")
TOP_KEYS = ("patient", "records", "treatments", "treatments_complete")
TISSUE_KEYS = ("specimen", "site", "part", "taken")
RECORD_KEYS = ("on", "report", "side", *TISSUE_KEYS)
SITES: dict[str, Site] = {site: site for site in get_args(Site)}
SIDES: dict[str, Side] = {side: side for side in get_args(Side)}


def read_plain(document: Document, library: Library) -> Chart:
    """Read a plain chart. Raises `ChartError` with every problem found."""
    reader = PlainReader(document, library)
    chart = reader.chart()
    if reader.problems:
        raise ChartError(reader.problems)
    return chart


class PlainReader:
    def __init__(self, document: Document, library: Library) -> None:
        self.document = document
        self.library = library
        self.names = AgentNames(library)
        self.problems: list[Problem] = []
        self.today = date.today()

    def refuse(self, path: Steps, what: str, do: str = "") -> None:
        self.problems.append(Problem(self.document.where(path), what, do))

    def chart(self) -> Chart:
        data = self.document.data
        if not isinstance(data, dict) or "patient" not in data:
            self.refuse(
                (), "is not a chart.", "A chart has the keys patient, records and treatments; see docs/chart.md."
            )
            return Chart("", self.document.name)
        self.only_keys((), data, TOP_KEYS)
        patient = self.map_at(("patient",), data["patient"], PATIENT_KEYS)
        born = self.day(("patient", "born"), patient.get("born"))
        observations = self.observations(data.get("records"), patient)
        treatments = self.treatments(data.get("treatments"))
        self.problems += before_birth(born, observations, treatments)
        return Chart(
            patient=self.name(("patient", "id"), patient.get("id")),
            source=self.document.name,
            born=born,
            observations=tuple(observations),
            treatments=tuple(treatments),
            treatments_complete=self.yes(("treatments_complete",), data.get("treatments_complete")),
        )

    def name(self, path: Steps, value: Any) -> str:
        if value is not None and not isinstance(value, str | int):
            self.refuse(path, "an id must be plain text.", "Write a short name or number.")
        return "" if value is None else str(value)

    def map_at(self, path: Steps, value: Any, keys: tuple[str, ...] | None) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.refuse(path, "must be a map of keys and values.")
            return {}
        if keys:
            self.only_keys(path, value, keys)
        return value

    def rows_at(self, path: Steps, value: Any) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(path, "must be a list; begin each entry with `-`.")
            return []
        return value

    def only_keys(self, path: Steps, value: dict[str, Any], keys: tuple[str, ...]) -> None:
        for key in value:
            if key not in keys:
                self.refuse(
                    (*path, key),
                    f"the key `{key}` is not known here.",
                    nearest(key, keys) or f"Known: {', '.join(keys)}.",
                )

    def day(self, path: Steps, value: Any) -> date | None:
        if value is None:
            return None
        try:
            day = date.fromisoformat(value)
        except (TypeError, ValueError):
            self.refuse(path, f"'{value}' is not a date.", "Write it as 2026-11-23.")
            return None
        if day > self.today:
            self.refuse(path, f"{day} lies in the future.", "Correct the date, or leave out what has not happened yet.")
        return day

    def yes(self, path: Steps, value: Any) -> bool:
        word = value.strip().lower() if isinstance(value, str) else value
        known = word in (None, "unknown") or (isinstance(word, bool | str) and word in YES_NO)
        if not known:
            self.refuse(path, f"'{value}' is neither yes nor no.", "Write yes or no.")
        return known and bool(YES_NO.get(word))

    def observations(self, rows: Any, patient: dict[str, Any]) -> list[Observation]:
        found = []
        if patient.get("sex") is not None:
            found += self.observation(("patient", "sex"), "sex", patient["sex"], None)
        for index, row in enumerate(self.rows_at(("records",), rows)):
            path: Steps = ("records", index)
            entry = self.map_at(path, row, None)
            on = self.day((*path, "on"), entry.get("on"))
            side = self.word((*path, "side"), entry.get("side"), SIDES)
            specimen = self.specimen(path, entry, on)
            for fact, value in entry.items():
                if fact not in RECORD_KEYS and value is not None:
                    seen = self.observation((*path, fact), fact, value, on)
                    found += [replace(o, side=side, specimen=specimen) for o in seen]
        return found

    def specimen(self, path: Steps, entry: dict[str, Any], on: date | None) -> Specimen | None:
        """The tissue of a record: its name, or where it has none its site, part and day."""
        if not any(entry.get(key) for key in TISSUE_KEYS):
            return None
        site = self.word((*path, "site"), entry.get("site"), SITES)
        part, name = (self.name((*path, key), entry.get(key)) for key in ("part", "specimen"))
        taken = self.day((*path, "taken"), entry.get("taken")) or on
        told = " ".join(str(word) for word in (entry.get("side"), site, part, taken) if word)
        return Specimen(name or told, site, taken, part)

    def observation(self, path: Steps, name: str, raw: Any, on: date | None) -> list[Observation]:
        fact = self.library.facts.get(name)
        if fact is None:
            self.refuse(
                path,
                f"there is no fact `{name}`.",
                nearest(name, self.library.facts) or "`her2guide facts` lists them.",
            )
            return []
        unit = None
        if isinstance(raw, dict):
            self.only_keys(path, raw, ("value", "unit"))
            raw, unit = raw.get("value"), raw.get("unit")
            if unit is not None and not isinstance(unit, str):
                self.refuse((*path, "unit"), "a unit must be text.", "Write it as `unit: mm`.")
                return []
        if isinstance(raw, str) and raw.strip().lower() == "unknown":
            return []
        try:
            value = typed_value(fact, raw, unit)
        except NotAValue as fault:
            self.refuse(path, fault.what, fault.do)
            return []
        return [Observation(name, value, on, self.document.where(path))]

    def treatments(self, rows: Any) -> list[Treatment]:
        found = []
        for index, row in enumerate(self.rows_at(("treatments",), rows)):
            path: Steps = ("treatments", index)
            entry = self.map_at(path, row, TREATMENT_KEYS)
            name = str(entry.get("agent", ""))
            agent = self.names.drug(name)
            if agent is None:
                self.refuse((*path, "agent"), f"there is no agent `{name}`.", self.names.nearest(name))
                continue
            start, end = (self.day((*path, key), entry.get(key)) for key in ("start", "end"))
            if start and end and end < start:
                self.refuse((*path, "end"), f"ends on {end}, before it starts on {start}.", "Correct the dates.")
            setting = self.word((*path, "setting"), entry.get("setting"), SETTINGS)
            side = self.word((*path, "side"), entry.get("side"), SIDES)
            ongoing = self.yes((*path, "ongoing"), entry.get("ongoing"))
            if end and ongoing:
                self.refuse((*path, "end"), "has an end and is said to be ongoing.", "Keep one of them.")
            found.append(Treatment(agent, start, end, setting, self.document.where(path), ongoing, side))
        return found

    def word(self, path: Steps, value: Any, words: dict[str, Word]) -> Word | None:
        """One of the words that may stand here."""
        found = words.get(value) if isinstance(value, str) else None
        if value is not None and found is None:
            self.refuse(path, f"'{value}' is not a {path[-1]}.", f"Use {', '.join(words)}.")
        return found
