"""The text of a FHIR file -> its resources, each decoded straight into its struct.

In: JSON: a Bundle, a list of resources, one resource. Out: a record for each, also for what cannot be decoded.
It does not know what any of them means. Elements that no struct names are skipped, not built.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from ..documents import Unreadable, read_json
from ..errors import ChartError
from .fhir_structs import KINDS, Known, Resource

NOTHING = Raw()


class Record(Struct, frozen=True, gc=False):
    """One resource with its place; `item` is None for a kind that is not used, or with a `fault`."""

    where: str
    kind: str
    raw: Raw | bytes
    item: Resource | None
    url: str = ""
    fault: str = ""


class Entry(Struct, frozen=True, gc=False, omit_defaults=True):
    """What can stand in an entry of a Bundle; what is not read is kept as it is."""

    fullUrl: str | None = None
    resource: Raw = NOTHING
    search: Raw = NOTHING
    request: Raw = NOTHING
    response: Raw = NOTHING
    link: Raw = NOTHING


class Loose(Struct, frozen=True, gc=False):
    """A resource of which nothing is sure."""

    resourceType: Raw = NOTHING
    id: Raw = NOTHING
    entry: Raw = NOTHING


class Named(Struct, frozen=True, gc=False):
    """A resource of a kind that is not used."""

    resourceType: str = ""
    id: str = ""


class Head(Struct, frozen=True, gc=False, omit_defaults=True):
    """What can stand in a Bundle, in the order in which it mostly does."""

    resourceType: str | None = None
    id: str | None = None
    meta: Raw = NOTHING
    identifier: Raw = NOTHING
    type: Raw = NOTHING
    timestamp: Raw = NOTHING
    total: Raw = NOTHING
    link: Raw = NOTHING
    entry: Sequence[Entry] = ()
    signature: Raw = NOTHING


KNOWN = msgspec.json.Decoder(Known)
HEAD = msgspec.json.Decoder(Head | list[Raw])
NAMED = msgspec.json.Decoder(Named)
NOT_JSON = (msgspec.DecodeError, RecursionError)  # a ValidationError is a DecodeError too
LOOSE = msgspec.json.Decoder(Loose)
ENTRY = msgspec.json.Decoder(Entry)
FRAME = msgspec.json.Decoder(dict[str, Raw])
ENTRIES = msgspec.json.Decoder(list[dict[str, Raw]])
RAWS = msgspec.json.Decoder(list[Raw])


def fhir_rows(text: str, source: str) -> list[Entry] | None:
    """Every resource of a file, still as text; None where the file is not FHIR, or no JSON at all.

    Raises `Unreadable` where a key stands twice around the resources: decoding keeps one and drops the other.
    """
    raw = text.encode()
    try:
        found = HEAD.decode(raw)
    except msgspec.ValidationError:
        rows = loose_rows(raw)
    except NOT_JSON:
        return None
    else:
        if isinstance(found, list):  # it has no keys of its own
            return [Entry(None, row) for row in found] if found and is_resource(found[0]) else None
        if found.resourceType is None:
            return None
        rows = list(found.entry) if found.resourceType == "Bundle" else [Entry(None, Raw(raw))]
        if is_whole(raw, found):
            return rows
    if rows is not None:
        refuse_repeated_frame_keys(raw, source)
    return rows


def is_resource(raw: Raw) -> bool:
    try:
        return bool(bytes(LOOSE.decode(raw).resourceType))
    except NOT_JSON:
        return False


def loose_rows(raw: bytes) -> list[Entry] | None:
    """The same for a file whose frame has slips: what stands in a list of entries is still read."""
    try:
        found = LOOSE.decode(raw)
    except NOT_JSON:
        return None
    if bytes(found.resourceType) != b'"Bundle"':
        return [Entry(None, Raw(raw))] if bytes(found.resourceType) else None
    try:
        return [loose_entry(row) for row in RAWS.decode(found.entry)]
    except NOT_JSON:
        return []


def loose_entry(raw: Raw) -> Entry:
    try:
        return ENTRY.decode(raw)
    except NOT_JSON:
        return Entry(None, raw)


def record_of(raw: Raw | bytes, place: str, url: str | None = None, *, named: bool = True) -> Record:
    """One resource decoded. `place` names it where it has no id, or always if it is not to be `named` by its own."""
    try:
        item = KNOWN.decode(raw)
    except msgspec.ValidationError as fault:
        return not_decoded(raw, place, str(fault))
    except NOT_JSON as fault:
        return Record(place, "", raw, None, fault=f"it is not valid JSON: {fault}")
    kind = type(item).__name__
    return Record(f"{kind}/{item.id}" if named and item.id else place, kind, raw, item, url or "")


def not_decoded(raw: Raw | bytes, place: str, fault: str) -> Record:
    """A kind that is not used, or one whose elements are not what they should be."""
    kind, name = kind_and_id(raw)
    where = f"{kind}/{name}" if kind and name else place
    return Record(where, kind, raw, None, fault=f"it cannot be read: {fault}" if kind in KINDS else "")


def kind_and_id(raw: Raw | bytes) -> tuple[str, str]:
    try:
        named = NAMED.decode(raw)
    except NOT_JSON:
        pass
    else:
        return named.resourceType, named.id
    try:
        found = LOOSE.decode(raw)
    except NOT_JSON:
        return "", ""
    return as_text(found.resourceType), as_text(found.id)


def as_text(raw: Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=str)
    except NOT_JSON:
        return ""


def refuse_repeated_frame_keys(raw: bytes, source: str) -> None:
    """The same for a frame of which more is said, or otherwise: it is taken apart and written again, key by key."""
    with contextlib.suppress(*NOT_JSON):
        frame: dict[str, Any] = FRAME.decode(raw)
        if "entry" in frame:
            frame["entry"] = ENTRIES.decode(frame["entry"])
        if is_whole(raw, frame):
            return
    read_json(raw.decode(), source)


def is_whole(raw: bytes, data: Any) -> bool:
    """Whether data written again has as many colons as its text: a key that was dropped took one with it."""
    if b"\\" in raw and b"\\u003" in raw:  # a colon may be hidden; what has no backslash is found out soonest
        return False
    return msgspec.json.encode(data).count(b":") == raw.count(b":")


def refuse_repeated_keys(record: Record, source: str) -> None:
    """Raise `ChartError` where a key stands twice in one object: which of the two is meant is not ours to pick.

    Decoding keeps one of them. Built and written again, such a record has fewer keys: only then is it read slowly.
    """
    raw = bytes(record.raw)
    try:
        if is_whole(raw, msgspec.json.decode(raw)):
            return
    except NOT_JSON:
        pass  # what is wrong is said below
    try:
        read_json(raw.decode(), f"{source}: {record.where}")
    except Unreadable as fault:
        raise ChartError([fault.problem]) from None
