"""The case: value or unknown of each fact for one patient as of a date, each with its origin.

In: what abstraction settled. Out: one row. A fact that is absent is unknown.
Nothing here refers back to itself, so the garbage collector need not look (`gc=False`): there are thousands a patient.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from .chart import Unread
from .condition import Value


class Origin(Struct, frozen=True, gc=False):
    """Where a value came from: places in the record, or the facts and the rule it follows from."""

    kind: Literal["recorded", "computed", "derived"]
    where: tuple[str, ...] = ()
    on: date | None = None
    facts: tuple[str, ...] = ()
    rule: str = ""


class Known(Struct, frozen=True, gc=False):
    value: Value
    origin: Origin


class Conflict(Struct, frozen=True, gc=False):
    """Records that cannot all be true. The facts named stay unknown until it is resolved."""

    facts: tuple[str, ...]
    says: str
    where: tuple[str, ...] = ()


class Outdated(Struct, frozen=True, gc=False):
    """A recorded value that is too old to count: its fact is unknown until it is seen again."""

    fact: str
    value: Value
    on: date
    good_for_months: int
    where: tuple[str, ...] = ()


class Change(Struct, frozen=True, gc=False):
    """A newer specimen that says otherwise than an older one: the newer counts. Days are None where not recorded."""

    fact: str
    before: Value
    before_on: date | None
    after: Value
    after_on: date | None
    says: str
    where: tuple[str, ...] = ()


class Case(Struct, frozen=True, gc=False):
    """One patient, one date. `known` holds no entry for an unknown fact."""

    patient: str
    as_of: date
    known: dict[str, Known]
    conflicts: tuple[Conflict, ...] = ()
    unread: tuple[Unread, ...] = ()
    outdated: tuple[Outdated, ...] = ()
    changes: tuple[Change, ...] = ()

    def values(self) -> dict[str, Value]:
        """Fact id -> value, for the known facts only."""
        return {fact: known.value for fact, known in self.known.items()}
