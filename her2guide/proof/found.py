"""What a proof found: a claim that does not hold, where and when, and a record that shows it.

In: claims that were tried in many spans. Out: one entry for each claim that failed. It does not know how to say it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from .circuit import Bit
from .statements import Family
from .world import Given, Span, World


class Found(Struct, frozen=True):
    """A claim that fails. `about`: the items that it names; `regions`, `first` and `last`: the spans where it fails.

    `given`: a record that shows it, as small as can be; `then`: what is learned after it. Without a record nothing
    can show it: it says that something never happens.
    """

    family: Family
    about: tuple[str, ...]
    says: str
    regions: tuple[str, ...]
    first: date
    last: date
    given: Given | None = None
    then: Given | None = None


class Claim(Struct, frozen=True):
    """In one span it must be impossible that all of `bits` are set; or, if `shown`, it must be possible."""

    about: tuple[str, ...]
    says: str
    span: Span
    bits: tuple[Bit, ...]
    shown: bool = False


class Tally(Struct, frozen=True):
    """How many claims were tried, how many failed, and what that comes to; seconds of one processor."""

    family: Family
    tried: int
    failed: int
    found: tuple[Found, ...]
    seconds: float


Claims = Iterable[Claim]
SPAN_BY_SPAN = ("opposed", "complete")  # other claims are tried once for all spans that are alike for them


def tried(family: Family, world: World, claims: Claims) -> Tally:
    """Try every claim; those about the same items that fail in several spans are one entry."""
    start = time.process_time()
    kept = list(claims)
    circuit = world.circuit
    bits = [circuit.every(claim.bits) for claim in kept]
    possible = circuit.possible_among({bit for bit, claim in zip(bits, kept, strict=True) if not claim.shown})
    failed: dict[tuple[str, ...], list[Claim]] = {}
    for claim, bit in zip(kept, bits, strict=True):
        if not circuit.possible(bit) if claim.shown else bit in possible:
            failed.setdefault(claim.about, []).append(claim)
    found = tuple(entry(family, world, claims) for claims in failed.values())
    return Tally(family, len(kept), sum(map(len, failed.values())), found, round(time.process_time() - start, 1))


def entry(family: Family, world: World, failed: list[Claim]) -> Found:
    last = failed[-1]
    spans = [claim.span for claim in failed] if family in SPAN_BY_SPAN else spans_alike(world, failed)
    days = [span.since for span in spans]
    given, then = (None, None) if last.shown else world.example(*last.bits) or (None, None)
    regions = tuple(dict.fromkeys(span.region for span in spans))
    return Found(family, last.about, last.says, regions, min(days), max(days), given, then)


def spans_alike(world: World, failed: list[Claim]) -> list[Span]:
    """Those in which the same claims would be tried: with the same definitions, and giving way to the same."""
    named = {item.id for item in world.edition.recommendations} & {*failed[0].about}
    keys = {key_of(claim.span, named) for claim in failed}
    alike = [span for span in world.spans() if named <= {i.id for i in span.items} and key_of(span, named) in keys]
    return alike or [claim.span for claim in failed]


def key_of(span: Span, named: set[str]) -> tuple[date, tuple[str, ...]]:
    return span.era.since, tuple(item.id for item in span.takers if not named.isdisjoint(item.in_place_of))
