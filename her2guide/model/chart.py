"""The chart: all dated, coded records of one patient as read, with where each was found.

In: what a reader in `chart` understood of a record. Out: many rows, nothing decided.
It does not know which value counts: abstraction decides that.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from .condition import Value

Setting = Literal["neoadjuvant", "adjuvant", "metastatic"]
Site = Literal["primary", "node", "metastasis"]
Side = Literal["left", "right"]


class Specimen(Struct, frozen=True):
    """A piece of tissue. `id` is its name in the record; `taken` the day it was taken, if recorded."""

    id: str
    site: Site | None = None
    taken: date | None = None
    part: str = ""


class Observation(Struct, frozen=True):
    """One answer to one fact's question, with its date and place in the record.

    Where the record gives only a month or a year, `on` is the last day it can mean and `not_before` the first.
    `side`: the breast that it is about; `specimen`: the tissue that it was seen in.
    """

    fact: str
    value: Value
    on: date | None
    where: str
    not_before: date | None = None
    side: Side | None = None
    specimen: Specimen | None = None


class Treatment(Struct, frozen=True):
    """One agent as given. `end` is None while it is going on or when it is not known.

    `rule`: how the setting was told, where the record does not state it.
    """

    agent: str
    start: date | None
    end: date | None
    setting: Setting | None
    where: str
    ongoing: bool = False
    side: Side | None = None
    rule: str = ""


class Unread(Struct, frozen=True):
    """Something in the record that was passed over, and why."""

    where: str
    what: str
    why: str


class Chart(Struct, frozen=True):
    """Everything that was read. `treatments_complete`: the record says that nothing else was given.

    `cancers`: the breasts of which the record states a cancer. Where the record gives only the year or month of
    birth, `born` is the last day it can mean and `born_not_before` the first.
    """

    patient: str
    source: str
    born: date | None = None
    observations: tuple[Observation, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    treatments_complete: bool = False
    unread: tuple[Unread, ...] = ()
    cancers: tuple[Side, ...] = ()
    born_not_before: date | None = None
