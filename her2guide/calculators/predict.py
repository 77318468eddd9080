"""PREDICT Breast, versions 2.1 to 3.2: survival after surgery of early breast cancer, with and without treatments.

In: columns of patients, one number each, and an arm: which of the chosen treatments are given. Out: for each patient
and each of 15 years the share alive, dead of breast cancer, dead of other causes (0 to 1).
Source: the published equations as in R package predictv30r 0.3.2 (MIT). It is not the official tool, knows no
pertuzumab, T-DM1 or treatment before surgery, and feeds no recommendation.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ..errors import Problem, RequestError
from .predict_model import Model, Terms, Version, read_predict

Numbers = NDArray[np.float64]
YEARS = 15
UNKNOWN = -1.0  # of detection, grade, HER2, Ki-67 and PR; `read` of a table makes it of an empty cell
ARM = re.compile(r"s|r?(h(?:10)?)?c?t?b?")
LATE = np.array([0.0] * 10 + [1.0] * 5)


class Patients(Struct, frozen=True):
    """Columns of one length. Statuses: 1 yes or positive, 0 no or negative, `UNKNOWN` where allowed.

    `age` in years at diagnosis; `size_mm` of the invasive tumour; `grade` 1 to 3; `nodes` positive, 0.5 for
    micrometastases alone; `ki67`: 1 above 10 %; `chemotherapy`: generation 0, 2 or 3; `heart_gy`: mean dose.
    """

    age: Numbers
    screen: Numbers
    size_mm: Numbers
    grade: Numbers
    nodes: Numbers
    er: Numbers
    her2: Numbers
    ki67: Numbers
    pr: Numbers
    chemotherapy: Numbers
    hormone: Numbers
    trastuzumab: Numbers
    bisphosphonate: Numbers
    radiotherapy: Numbers
    heart_gy: Numbers
    smoker: Numbers


class Course(NamedTuple):
    """Shares by patient and year (n x 15): alive; dead of breast cancer; of other causes; breast cancer alone."""

    alive: Numbers
    breast: Numbers
    other: Numbers
    net_breast: Numbers


class Predict:
    """A version of the model over some patients; what all arms share is worked out once."""

    def __init__(self, patients: Patients, version: str | None = None, year: float | None = None) -> None:
        self.model: Model = read_predict()
        self.version: Version = self.model.version(version)
        self.patients = patients
        equations = self.model.equations[self.version.equations]
        since = (self.model.year if year is None else year) - 2000
        rebase = self.model.rebase(self.version)
        positive = patients.er == 1
        signed = [
            breast_index(patients, terms, self.version, self.model, er=er) + terms.year * since + shift
            for terms, er, shift in (
                (equations.er_positive, True, rebase.er_positive),
                (equations.er_negative, False, rebase.er_negative),
            )
        ]
        self.breast_index = np.where(positive[:, None], *signed)
        self.other_index = other_index(patients, equations.other_causes, self.version)
        self.other_index += equations.other_causes.year * since + rebase.other_causes
        if not self.version.older:
            self.other_index += smoking(patients, self.model)
        newer = self.version.equations == 2023  # noqa: PLR2004 - the equations are named by their year
        self.breast_baseline = np.where(
            positive[:, None],
            er_positive_baseline(equations.er_positive, newer=newer),
            er_negative_baseline(equations.er_negative, newer=newer),
        )
        self.other_baseline = other_baseline(equations.other_causes, newer=newer)

    def course(self, arm: str, from_year: int = 0) -> Course:
        """The course with the treatments of an arm: letters in the order r, h or h10, c, t, b, or `s` for surgery.

        `from_year`: for those alive then. A treatment that a patient is not given adds nothing.
        """
        breast, other = self.effects(letters(arm))
        breast_hazard = self.breast_baseline * np.exp(self.breast_index + breast)
        other_hazard = self.other_baseline * np.exp(self.other_index + other)[:, None]
        breast_hazard[:, :from_year] = 0.0
        other_hazard[:, :from_year] = 0.0
        return course_of(breast_hazard, other_hazard)

    def effects(self, given: set[str]) -> tuple[Numbers, Numbers]:
        """The logarithms of the hazard ratios of an arm: for breast cancer (n x 15) and for other causes (n)."""
        patients, effects = self.patients, self.model.effects
        breast, other = np.zeros((len(patients.age), YEARS)), np.zeros(len(patients.age))
        chemotherapy = np.select(
            [patients.chemotherapy == generation for generation in effects.chemotherapy],
            list(effects.chemotherapy.values()),
            0.0,
        )
        hormone = (patients.hormone == 1) & (patients.er == 1)
        alike = {
            "r": (patients.radiotherapy == 1) * np.log(effects.radiotherapy) * (not self.version.older),
            "h": hormone * effects.hormone,
            "c": chemotherapy,
            "t": ((patients.trastuzumab == 1) & (patients.her2 == 1)) * effects.trastuzumab,
            "b": (patients.bisphosphonate == 1) * effects.bisphosphonate,
        }
        for letter in given & alike.keys():
            breast += alike[letter][:, None]
        if "10" in given:
            breast += (hormone * self.version.late_hormone)[:, None] * LATE
        if self.version.older:
            return breast, other
        if "r" in given or not self.version.by_arm:
            other += (patients.radiotherapy == 1) * patients.heart_gy * np.log(self.version.heart)
        if "c" in given or not self.version.by_arm:
            other += (patients.chemotherapy > 0) * np.log(self.model.other_effects.chemotherapy)
        return breast, other


def letters(arm: str) -> set[str]:
    """`rh10ct` -> r, h, 10, c, t. Raises `RequestError` for what is no arm."""
    if not arm or not ARM.fullmatch(arm):
        raise RequestError([Problem("arm", f"`{arm}` is none.", "Write s, or letters in the order r h (h10) c t b.")])
    return {*arm.replace("10", ""), *(["10"] if "10" in arm else [])}


def breast_index(patients: Patients, terms: Terms, version: Version, model: Model, *, er: bool) -> Numbers:
    """The index of death of breast cancer (n x 15) by the terms of one ER status, whichever the patients have."""
    screen = np.where(patients.screen == UNKNOWN, model.unknown.screen, patients.screen)
    grade = np.where(patients.grade == UNKNOWN, model.unknown.grade, patients.grade)
    age, size, nodes = newer_terms(patients, er=er)
    if version.equations == 2017:  # noqa: PLR2004 - the equations are named by their year
        age, size, nodes = older_terms(patients, terms, er=er)
        if not er:
            high = grade >= 2 if version.unknown_grade_counts_high else np.isin(patients.grade, (2, 3))  # noqa: PLR2004
            grade = high.astype(float)
    index = age @ np.array(terms.age) + terms.size * size + terms.nodes * nodes + terms.grade * grade
    index = index + terms.screen * screen
    index = index + by_status(patients.ki67, terms.ki67_positive, terms.ki67_negative)
    if not version.older:
        index = index + by_status(patients.pr, terms.pr_positive, terms.pr_negative)
    her2 = (patients.her2 == 1)[:, None] * np.broadcast_to(terms.her2_positive, (1, YEARS))
    her2 = her2 + (patients.her2 == 0)[:, None] * np.broadcast_to(terms.her2_negative, (1, YEARS))
    total: Numbers = index[:, None] + her2
    return total


def newer_terms(patients: Patients, *, er: bool) -> tuple[Numbers, Numbers, Numbers]:
    """Age (two terms), size and nodes of the equations of 2023."""
    x = (patients.age - 24) / 100
    age = np.column_stack([x**-0.5, x**2] if er else [x, x * np.log(x)])
    size = 1 - np.exp(-patients.size_mm / 20) if er else np.log(patients.size_mm)
    return age, size, np.log(patients.nodes + 1)


def older_terms(patients: Patients, terms: Terms, *, er: bool) -> tuple[Numbers, Numbers, Numbers]:
    """The same of the equations of 2017, each from its mean."""
    a = patients.age / 10
    age = np.column_stack([a**-2, a**-2 * np.log(a)] if er else [patients.age, np.zeros_like(a)])
    size = np.log(patients.size_mm / 100) if er else np.sqrt(patients.size_mm / 100)
    nodes = np.log((patients.nodes + 1) / 10)
    return age - np.array(terms.age_mean), size - terms.size_mean, nodes - terms.nodes_mean


def by_status(status: Numbers, positive: float, negative: float) -> Numbers:
    return np.select([status == 1, status == 0], [positive, negative], 0.0)


def other_index(patients: Patients, terms: Terms, version: Version) -> Numbers:
    if version.equations == 2017:  # noqa: PLR2004 - the equations are named by their year
        older: Numbers = terms.age[0] * ((patients.age / 10) ** 2 - terms.age_mean[0])
        return older
    x = (patients.age - 24) / 100
    newer: Numbers = terms.age[0] * x**3 + terms.age[1] * x**3 * np.log(x)
    return newer


def smoking(patients: Patients, model: Model) -> Numbers:
    other = model.other_effects
    mean = 1 - other.smokers + other.smokers * other.smoker
    smoker, others = np.log(other.smoker / mean), -np.log(mean)
    return np.select([patients.smoker == 1], [smoker], others)


def yearly(cumulative: Numbers) -> Numbers:
    """What a cumulative hazard adds in each year."""
    added: Numbers = np.diff(cumulative, prepend=0.0)
    return added


def er_positive_baseline(terms: Terms, *, newer: bool) -> Numbers:
    t = np.arange(1, YEARS + 1) / (10 if newer else 1)
    one, root, with_log = terms.baseline
    return yearly(np.exp(one + root * t**-0.5 + with_log * t**-0.5 * np.log(t)))


def er_negative_baseline(terms: Terms, *, newer: bool) -> Numbers:
    t = np.arange(1, YEARS + 1) / (10 if newer else 1)
    one, first, second = terms.baseline
    if newer:
        return yearly(np.exp(one + first / t + second * np.log(t) / t))
    return yearly(np.exp(one + first / t**2 + second / t))


def other_baseline(terms: Terms, *, newer: bool) -> Numbers:
    t = np.arange(1, YEARS + 1) / (10 if newer else 1)
    one, with_log, last = terms.baseline
    return yearly(np.exp(one + with_log * np.log(t) + last * (t if newer else np.sqrt(t))))


def course_of(breast_hazard: Numbers, other_hazard: Numbers) -> Course:
    """Two yearly hazards (n x 15) -> the course: deaths of a year are split as the two risks of that year."""
    net_breast = 1 - np.exp(-np.cumsum(breast_hazard, axis=1))
    net_other = 1 - np.exp(-np.cumsum(other_hazard, axis=1))
    alive = (1 - net_breast) * (1 - net_other)
    breast, other = (np.diff(net, axis=1, prepend=0.0) for net in (net_breast, net_other))
    died = -np.diff(alive, axis=1, prepend=1.0)
    share = np.divide(breast, breast + other, out=np.zeros_like(breast), where=(breast + other) > 0)
    of_breast = np.cumsum(share * died, axis=1)
    return Course(alive, of_breast, 1 - alive - of_breast, net_breast)
