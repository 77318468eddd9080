"""What would change, for the terminal: supposed values, or every single fact that changes what is offered.

In: what `engine.whatif` and `engine.flips` found. Out: text. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ..engine.consultation import Consultation
from ..engine.flips import Flip
from ..engine.suppose import SetAside
from ..engine.whatif import Change, Placed, WhatIf
from ..language.settle import show
from ..model.condition import Value
from ..model.guidance import SAID


def whatif_text(found: WhatIf, consultation: Consultation) -> str:
    """Options and verdicts before and after, then what of the record does not fit."""
    lines = [heading(consultation)]
    lines += [f"what if {f} = {said(v)} (now {said(found.known.get(f))})" for f, v in found.supposed.items()]
    titles = {decision.id: decision.title for decision in consultation.edition.head.decisions}
    for decision in dict.fromkeys(change.decision for change in found.difference.options):
        lines += ["", titles[decision]]
        lines += [change_line(c) for c in found.difference.options if c.decision == decision]
    if not found.difference.options:
        lines += ["", "No option changes."]
    if found.difference.verdicts:
        lines += ["", "Recommendations"]
        lines += [f"  {v.recommendation:<56} {SAID[v.before]} -> {SAID[v.after]}" for v in found.difference.verdicts]
    lines += notes(found)
    return "\n".join(lines) + "\n"


def heading(consultation: Consultation) -> str:
    edition = consultation.edition
    return f"{edition.head.id} edition, {edition.region}, as of {edition.as_of}"


def said(value: Value | None) -> str:
    return "unknown" if value is None else show(value)


def change_line(change: Change) -> str:
    sides = {
        "gained": placed_text(change.after),
        "lost": f"{placed_text(change.before)} -> {change.after.standing if change.after else 'not brought up'}",
        "standing": f"{change.before and change.before.standing} -> {change.after and change.after.standing}",
        "place": f"{change.before and change.before.place} -> {change.after and change.after.place}",
    }
    return f"  {change.kind:<9} {change.regimen:<44} {sides[change.kind]}"


def placed_text(option: Placed | None) -> str:
    return f"{option.standing}, {option.place}" if option else ""


def notes(found: WhatIf) -> Iterator[str]:
    """What the record says otherwise, and what cannot be true together."""
    if found.set_aside:
        yield from ("", "Set aside, as the record says otherwise")
        yield from (aside_line(aside) for aside in found.set_aside)
    if found.conflicts:
        yield from ("", "Cannot be true together (these facts count as unknown here)")
        yield from (f"  {', '.join(conflict.facts)}: {conflict.says}" for conflict in found.conflicts)


def aside_line(aside: SetAside) -> str:
    origin = ", ".join(aside.facts or aside.where)
    follows = f" (from {origin})" if origin else ""
    return f"  {aside.fact} = {show(aside.recorded)}{follows}; counted here as {said(aside.instead)}"


def flips_text(found: Sequence[Flip], consultation: Consultation) -> str:
    """By fact: each value that changes what is offered, with what is gained and lost by it."""
    lines = [heading(consultation), f"{len(found)} single changes of a fact would change which options there are"]
    for (fact, now), group in groupby(found, key=lambda flip: (flip.fact, flip.now)):
        lines += ["", f"{fact} (now {said(now)})"]
        for flip in group:
            lines.append(f"  {said(flip.value)}")
            lines += [line for kind in ("gained", "lost") for line in regimens_line(kind, flip)]
    return "\n".join(lines) + "\n"


def regimens_line(kind: str, flip: Flip) -> Iterator[str]:
    """The regimens that come or go; one that stands under two decisions is named once."""
    named = dict.fromkeys(change.regimen for change in flip.changes if change.kind == kind)
    if named:
        yield f"    {kind:<7} {', '.join(named)}"
