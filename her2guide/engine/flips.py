"""A consultation -> the single facts that would change what is offered if their value were another.

In: a chart and an edition. Out: for each fact that advice in force or its safety asks about, the values
that bring up or take away an option; of numbers the nearest such value. It does not say what is likely.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from ..model.condition import Value
from ..model.guidance import Guidance
from .consultation import Consultation, new_conflicts
from .suppose import Supposing
from .trial_values import facts_in_force, limits_in_force, trial_values
from .whatif import Change, option_changes


class Flip(Struct, frozen=True):
    """One fact with another value (`now` is null when it is unknown), and the options gained and lost by it."""

    fact: str
    now: Value | None
    value: Value
    changes: tuple[Change, ...]


def flips(consultation: Consultation) -> tuple[Flip, ...]:
    """Every single change of a fact that changes the set of options, without those that cannot be true."""
    before = consultation.guidance()
    supposing = Supposing(consultation)
    facts, limits = consultation.edition.library.facts, limits_in_force(consultation.edition)
    found: list[Flip] = []
    for name in facts_in_force(consultation.edition):
        tried = list(flips_of(name, trial_values(facts[name], limits), supposing, before))
        found += nearest_of(tried) if facts[name].kind in ("integer", "decimal") else tried
    return tuple(found)


def flips_of(fact: str, values: Iterable[Value], supposing: Supposing, before: Guidance) -> Iterator[Flip]:
    """The values of one fact that change the set of options."""
    now = before.case.values().get(fact)
    for value in values:
        if value == now:
            continue
        case = supposing.case({fact: value})
        if new_conflicts(before.case, case):
            continue
        changes = option_changes(before, supposing.consultation.guidance_for(case))
        set_changes = tuple(change for change in changes if change.kind in ("gained", "lost"))
        if set_changes:
            yield Flip(fact, now, value, set_changes)


def nearest_of(tried: list[Flip]) -> list[Flip]:
    """Of numbers with the same effect the nearest to the present one: the smallest change."""
    found: dict[tuple[tuple[str, str, str], ...], Flip] = {}
    for flip in sorted(tried, key=lambda flip: abs(float(flip.value) - float(flip.now or 0))):
        found.setdefault(tuple((c.kind, c.decision, c.regimen) for c in flip.changes), flip)
    return list(found.values())
