"""Two guidances of one edition -> what changed: options gained, lost, standing or placed differently; verdicts.

In: guidance before and after, or a consultation and supposed values. Out: the changes, and what of the
record does not fit. An option that safety rules out counts as lost. It does not say what is likely.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from ..model.case import Conflict
from ..model.condition import Value
from ..model.guidance import Guidance, Standing
from ..model.knowledge import PLACES, Place
from .consultation import Consultation, new_conflicts
from .suppose import SetAside, Supposing

Kind = Literal["gained", "lost", "standing", "place"]


class Placed(Struct, frozen=True):
    """How a regimen stands for a decision: its best place, and the recommendation that gives it."""

    place: Place
    standing: Standing
    recommendation: str


class Change(Struct, frozen=True):
    """One option that differs; `before` or `after` is null where the regimen is not brought up at all."""

    kind: Kind
    decision: str
    regimen: str
    before: Placed | None
    after: Placed | None


class VerdictChange(Struct, frozen=True):
    """One recommendation whose verdict differs; null is *cannot tell*."""

    recommendation: str
    decision: str
    before: bool | None
    after: bool | None


class Difference(Struct, frozen=True):
    options: tuple[Change, ...]
    verdicts: tuple[VerdictChange, ...]


class WhatIf(Struct, frozen=True):
    """What follows from supposed values (null: unknown), beside what is `known` of these facts now.

    `set_aside`: what the record says otherwise; `conflicts`: what cannot be true together, and is left unknown.
    """

    supposed: dict[str, Value | None]
    known: dict[str, Value]
    difference: Difference
    set_aside: tuple[SetAside, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def whatif(consultation: Consultation, supposed: Mapping[str, Value | None]) -> WhatIf:
    """What changes when facts have other values than the record says."""
    before = consultation.guidance()
    supposing = Supposing(consultation)
    case = supposing.case(supposed)
    values = before.case.values()
    return WhatIf(
        supposed=dict(supposed),
        known={fact: values[fact] for fact in supposed if fact in values},
        difference=difference(before, consultation.guidance_for(case)),
        set_aside=supposing.set_aside(before.case, case, supposed),
        conflicts=new_conflicts(before.case, case),
    )


def difference(before: Guidance, after: Guidance) -> Difference:
    return Difference(option_changes(before, after), verdict_changes(before, after))


def option_changes(before: Guidance, after: Guidance) -> tuple[Change, ...]:
    """Every option that differs, in the order of the recommendations."""
    old, new = placed(before), placed(after)
    changes: list[Change] = []
    for key in dict.fromkeys([*old, *new]):
        first, second = old.get(key), new.get(key)
        changes += [Change(kind, *key, first, second) for kind in kinds_of(first, second)]
    return tuple(changes)


def placed(guidance: Guidance) -> dict[tuple[str, str], Placed]:
    """Each regimen of a decision once, at its best place."""
    found: dict[tuple[str, str], Placed] = {}
    for option in sorted(guidance.options, key=lambda option: PLACES.index(option.place)):
        key = (option.decision, option.regimen)
        found.setdefault(key, Placed(option.place, option.standing, option.recommendation))
    return found


def kinds_of(before: Placed | None, after: Placed | None) -> tuple[Kind, ...]:
    """In which ways an option changed; one that was or is ruled out can only be gained or lost."""
    first, second = offered(before), offered(after)
    if before is None or after is None or first != second:
        return () if first == second else ("gained",) if second else ("lost",)
    kinds: list[Kind] = []
    if before.standing != after.standing:
        kinds.append("standing")
    if first and before.place != after.place:
        kinds.append("place")
    return tuple(kinds)


def offered(option: Placed | None) -> bool:
    return option is not None and option.standing != "ruled out"


def verdict_changes(before: Guidance, after: Guidance) -> tuple[VerdictChange, ...]:
    return tuple(
        VerdictChange(old.recommendation, old.decision, old.applies, new.applies)
        for old, new in zip(before.verdicts, after.verdicts, strict=True)
        if old.applies != new.applies
    )
