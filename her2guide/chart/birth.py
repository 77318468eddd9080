"""Records against the date of birth: nothing of a patient is older than the patient.

In: the date of birth and what was read. Out: a problem for each place with an earlier day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ..errors import Problem
from ..model.chart import Observation, Treatment


def before_birth(
    born: date | None, observations: Iterable[Observation], treatments: Iterable[Treatment]
) -> list[Problem]:
    """A problem for each record, or end of a treatment, that lies before the date of birth."""
    dated = [(o.where, o.on) for o in observations]
    dated += [(t.where, day) for t in treatments for day in (t.start, t.end)]
    return [
        Problem(where, f"{day} lies before the date of birth, {born}.", "Correct the date.")
        for where, day in dict.fromkeys(dated)
        if born and day and day < born
    ]
