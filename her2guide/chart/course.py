"""Dates of treatments -> their setting and the lines of therapy.

In: treatments, the days on which the record shows spread or none, the limits of `knowledge/codes`.
Out: treatments with a setting where the dates tell it, with the rule; lines in order of time.
It does not know why a treatment was changed: one drug swapped for another of some classes begins no line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from ..library.library import Library
from ..model.chart import Observation, Setting, Treatment
from .months import add_months


class Line(Struct, frozen=True):
    """One line of therapy for advanced disease. `classes`: the drug classes given in it."""

    start: date
    treatments: tuple[Treatment, ...]
    classes: frozenset[str]

    def ended(self, day: date) -> bool | None:
        """Whether nothing of it is going on any more; None when an end is not recorded."""
        if any(t.ongoing or (t.end and t.end > day) for t in self.treatments):
            return False
        return True if all(t.end for t in self.treatments) else None


def in_their_setting(
    treatments: Sequence[Treatment], observations: Sequence[Observation], library: Library
) -> list[Treatment]:
    """The treatments, each with the setting that its dates tell where the record states none."""
    limits = library.codes.get("abstraction", {})
    operations = limits.get("operations", "").split()
    days = [t.start for t in treatments if t.agent in operations and t.start]
    operated = min(days) if days and all(t.start for t in treatments if t.agent in operations) else None
    spread = min(shown("spread", observations, library), default=None)
    not_spread = bool(shown("not_spread", observations, library))
    found = []
    for treatment in treatments:
        kind = library.agents[treatment.agent].kind if treatment.agent in library.agents else "drug"
        if treatment.setting or not treatment.start or kind not in ("drug", "radiation"):
            found.append(treatment)
            continue
        early = not_spread or bool(spread and treatment.start < spread)
        setting, rule = told(treatment.start, operated, spread, early, int(limits["early_months"]))
        found.append(replace(treatment, setting=setting, rule=rule))
    return found


def told(
    start: date, operated: date | None, spread: date | None, early: bool, months: int
) -> tuple[Setting | None, str]:
    """The setting that a start tells, with the rule in words."""
    if spread and start >= spread:
        return "metastatic", f"it starts on {start}, spread is recorded since {spread}"
    if not (operated and early):
        return None, ""
    if start < operated <= add_months(start, months):
        return "neoadjuvant", f"it starts on {start}, before the operation of {operated}"
    if operated <= start <= add_months(operated, months):
        return "adjuvant", f"it starts on {start}, within {months} months of the operation of {operated}"
    return None, ""


def shown(what: str, observations: Iterable[Observation], library: Library) -> list[date]:
    """The days on which the record shows it."""
    values = library.codes.get(what, {})
    return [o.on for o in observations if o.on and values.get(o.fact) == o.value]


def lines_of(treatments: Iterable[Treatment], library: Library) -> tuple[Line, ...] | None:
    """The lines of therapy for advanced disease; None where a date or setting that matters is missing."""
    roles = {name: names.split() for name, names in library.codes["line_classes"].items()}
    counted = [t for t in treatments if library.drug_class(t.agent) in (*roles["drivers"], *roles["companions"])]
    if any(t.setting is None or (t.setting == "metastatic" and t.start is None) for t in counted):
        return None
    within = timedelta(days=int(library.codes["abstraction"]["line_days"]))
    lines: list[Line] = []
    for start, batch in batches([t for t in counted if t.setting == "metastatic"], within):
        last = lines[-1] if lines else None
        if last and not any(begins(t, last, start, within, roles, library) for t in batch):
            lines[-1] = line_from(last.start, [*last.treatments, *batch], library)
        else:
            kept = [t for t in last.treatments if goes_on(t, start)] if last else []
            lines.append(line_from(start, [*kept, *batch], library))
    return tuple(lines)


def line_from(start: date, treatments: Sequence[Treatment], library: Library) -> Line:
    return Line(start, tuple(treatments), frozenset(library.drug_class(t.agent) for t in treatments))


def batches(treatments: Iterable[Treatment], within: timedelta) -> list[tuple[date, list[Treatment]]]:
    """Treatments that started together, in order of time."""
    found: list[tuple[date, list[Treatment]]] = []
    for treatment in sorted(treatments, key=lambda t: t.start or date.min):
        start = treatment.start or date.min
        if found and start <= found[-1][0] + within:
            found[-1][1].append(treatment)
        else:
            found.append((start, [treatment]))
    return found


def begins(
    treatment: Treatment, line: Line, start: date, within: timedelta, roles: Mapping[str, list[str]], library: Library
) -> bool:
    """Whether a treatment begins a new line: a drug that the line does not hold, unless it joins or is a swap."""
    kind = library.drug_class(treatment.agent)
    if any(t.agent == treatment.agent for t in line.treatments):
        return False
    if kind in roles["companions"]:
        return line.ended(start) is True or line.classes <= set(roles["companions"])
    same = [t for t in line.treatments if library.drug_class(t.agent) == kind]
    return not (kind in roles["swapped"] and any(goes_on(t, start - within) for t in same))


def goes_on(treatment: Treatment, day: date) -> bool:
    """Whether it is still given on a day, as far as the record tells."""
    return treatment.end is None or treatment.end >= day
