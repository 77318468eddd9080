"""knowledge/models/predict.yaml -> the coefficients of PREDICT Breast, every number typed.

In: the YAML file. Out: a frozen `Model` with its versions. It computes nothing.
Source of the numbers: R package predictv30r 0.3.2, University of Cambridge, MIT licence.
"""

from __future__ import annotations

from functools import cache
from math import log
from typing import Literal

import msgspec
from msgspec import Struct

from ..documents import Unreadable, read_text, read_yaml
from ..errors import KnowledgeError, Problem, RequestError
from ..library.read import knowledge_folder

Span = tuple[float, float]


class Terms(Struct, frozen=True, forbid_unknown_fields=True):
    """The index of one hazard: for death of breast cancer by ER status, or of other causes.

    `her2_positive`, `her2_negative`: one number for all years, or one for each.
    """

    age: Span
    baseline: tuple[float, float, float]
    age_mean: Span = (0.0, 0.0)
    size: float = 0.0
    size_mean: float = 0.0
    nodes: float = 0.0
    nodes_mean: float = 0.0
    grade: float = 0.0
    screen: float = 0.0
    year: float = 0.0
    her2_positive: tuple[float, ...] = (0.0,)
    her2_negative: tuple[float, ...] = (0.0,)
    ki67_positive: float = 0.0
    ki67_negative: float = 0.0
    pr_positive: float = 0.0
    pr_negative: float = 0.0


class Equations(Struct, frozen=True, forbid_unknown_fields=True):
    er_positive: Terms
    er_negative: Terms
    other_causes: Terms


class Effects(Struct, frozen=True, forbid_unknown_fields=True):
    """On the hazard of death of breast cancer: a ratio for radiotherapy, logarithms of ratios for the rest."""

    radiotherapy: float
    hormone: float
    chemotherapy: dict[int, float]
    trastuzumab: float
    bisphosphonate: float


class OtherEffects(Struct, frozen=True, forbid_unknown_fields=True):
    chemotherapy: float
    smoker: float
    smokers: float


class Radiotherapy(Struct, frozen=True, forbid_unknown_fields=True):
    share: float
    heart_gy: float


class Rebase(Struct, frozen=True, forbid_unknown_fields=True):
    """From a population treated as usual to patients with surgery alone."""

    er_positive: float
    er_negative: float
    other_causes: float


class Version(Struct, frozen=True, forbid_unknown_fields=True):
    equations: Literal[2017, 2023]
    late_hormone: float
    heart: float = 1.0
    by_arm: bool = True
    rebase: Rebase | None = None
    older: bool = False
    unknown_grade_counts_high: bool = False


class Unknown(Struct, frozen=True, forbid_unknown_fields=True):
    screen: float
    grade: float


class Domain(Struct, frozen=True, forbid_unknown_fields=True):
    """The lowest and the highest value of each number."""

    age: Span
    size_mm: Span
    nodes: Span
    heart_gy: Span


class Model(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
    source: str
    newest: str
    caution: str
    caution_source: str
    year: int
    unknown: Unknown
    domain: Domain
    equations: dict[int, Equations]
    effects: Effects
    other_effects: OtherEffects
    given_radiotherapy: Radiotherapy
    versions: dict[str, Version]

    def version(self, name: str | None) -> Version:
        """A version by its number, the newest if none. Raises `RequestError`."""
        found = self.versions.get(name or self.newest)
        if found is None:
            have = ", ".join(self.versions)
            raise RequestError([Problem("--version", f"there is no version `{name}`.", f"There is: {have}.")])
        return found

    def rebase(self, version: Version) -> Rebase:
        """As the version gives it, or from the share of patients who had radiotherapy."""
        if version.rebase:
            return version.rebase
        if version.older:
            return Rebase(0.0, 0.0, 0.0)
        given = self.given_radiotherapy
        breast = -log(1 - given.share + given.share * self.effects.radiotherapy)
        return Rebase(breast, breast, -log(1 - given.share + given.share * version.heart**given.heart_gy))


@cache
def read_predict() -> Model:
    """The model as it stands in the knowledge. Raises `KnowledgeError`."""
    name = "knowledge/models/predict.yaml"
    try:
        document = read_yaml(read_text(knowledge_folder() / "models" / "predict.yaml"), name)
        return msgspec.convert(document.data, Model, strict=False)
    except Unreadable as fault:
        raise KnowledgeError([fault.problem]) from None
    except msgspec.ValidationError as fault:
        raise KnowledgeError([Problem(name, f"{fault}.", "Correct it.")]) from None
