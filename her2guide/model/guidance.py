"""The guidance: what an edition says about one case, and why.

In: what `engine` found. Out: verdicts with traces, options after safety, missing facts.
It does not know how to say it to a person: `guide` does.
Nothing here refers back to itself, so the garbage collector need not look (`gc=False`): there are thousands a patient.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from .case import Case
from .condition import Expression
from .knowledge import Action, Place, Region

Standing = Literal["offered", "offered with caution", "needs check", "ruled out"]
BEST_FIRST: tuple[Standing, ...] = ("offered", "offered with caution", "needs check", "ruled out")


# A verdict as it is said: to a person, in an example, in a count.
SAID: dict[bool | None, str] = {True: "applies", False: "does not apply", None: "cannot tell"}


class Step(Struct, frozen=True, gc=False):
    """One expression with its truth: true, false, or null for unknown."""

    expression: Expression
    truth: bool | None
    parts: tuple[Step, ...] = ()


class CriterionTrace(Struct, frozen=True, gc=False):
    """One criterion as written, its truth, and how its parts came out."""

    text: str
    truth: bool | None
    step: Step


class Verdict(Struct, frozen=True, gc=False):
    """One recommendation for one case. `applies` is null for *cannot tell*.

    `needs` are the facts that could settle a *cannot tell*. `studied`: whether such patients were in the trial.
    """

    recommendation: str
    decision: str
    action: Action
    place: Place
    applies: bool | None
    trace: tuple[CriterionTrace, ...]
    needs: tuple[str, ...] = ()
    studied: bool | None = True


class SafetyFinding(Struct, frozen=True, gc=False):
    """One safety rule of one agent that holds (`never`, `caution`) or cannot be told (`check`)."""

    agent: str
    kind: Literal["never", "caution", "check"]
    because: str
    facts: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    source: str | None = None
    needs: tuple[str, ...] = ()


class AgentStanding(Struct, frozen=True, gc=False):
    """One agent of an option after safety. `instead_of` names the alternatives it stands among."""

    agent: str
    standing: Standing
    findings: tuple[SafetyFinding, ...] = ()
    instead_of: tuple[str, ...] = ()


class Option(Struct, frozen=True, gc=False):
    """A regimen that an applicable recommendation brings up, after safety."""

    recommendation: str
    decision: str
    action: Action
    place: Place
    regimen: str
    standing: Standing
    agents: tuple[AgentStanding, ...]


class MissingFact(Struct, frozen=True, gc=False):
    """An unknown fact and the recommendations or options it could settle."""

    fact: str
    settles: tuple[str, ...]
    checks: tuple[str, ...] = ()


class Guidance(Struct, frozen=True, gc=False):
    """All verdicts, options after safety, and what is still missing.

    `knowledge` is the digest of the library, `notices` are ids of the banners that must be shown.
    """

    edition: str
    region: Region
    as_of: date
    knowledge: str
    case: Case
    verdicts: tuple[Verdict, ...]
    options: tuple[Option, ...]
    missing: tuple[MissingFact, ...]
    notices: tuple[str, ...] = ()
