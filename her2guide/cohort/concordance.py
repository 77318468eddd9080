"""What was given and what was recommended -> how the two agree, by a rule that has a name.

In: the agents given in answer to a question; the options, the open recommendations and the advice against, as an
edition judged them for this patient on that day. Out: a class, the rule that put the patient in it, and the facts
that are missing. It knows no chart and no drug, and does not say who is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, get_args

from msgspec import Struct

from ..model.guidance import Standing
from ..model.knowledge import PLACES, Place

Class = Literal["concordant", "alternative", "not recommended", "not given", "ruled out", "cannot tell"]
CLASSES: tuple[Class, ...] = get_args(Class)
TOLD = CLASSES[:-1]  # the classes of which a share is made
Rule = Literal[
    "option", "together", "lesser", "nothing", "part", "backbone", "other", "none-offered", "outside", "against",
    "barred", "facts", "silent", "scope", "incomplete", "before", "no-day", "within-year", "setting", "lines",
]  # fmt: skip
RULES: tuple[Rule, ...] = get_args(Rule)
Agents = frozenset[str]


class Offer(Struct, frozen=True):
    """A regimen that a recommendation brings up. `choices`: for each part of it the agents of which one is given.

    `standing`, `barred` (agents) and `unknown` (safety facts) are None or empty where the recommendation is open;
    then `needs` are the facts that could settle it.
    """

    recommendation: str
    regimen: str
    place: Place
    choices: tuple[tuple[str, ...], ...]
    standing: Standing | None = None
    barred: Agents = frozenset()
    unknown: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def agents(self) -> Agents:
        return frozenset(name for choice in self.choices for name in choice)

    def given_whole(self, agents: Agents) -> bool:
        return all(not agents.isdisjoint(choice) for choice in self.choices)


class Said(Struct, frozen=True):
    """What an edition says to one question about one patient. `barred`: of the given agents, those barred by safety."""

    offers: tuple[Offer, ...] = ()
    open: tuple[Offer, ...] = ()
    against: tuple[Offer, ...] = ()
    barred: Agents = frozenset()


class Finding(Struct, frozen=True):
    """A class with its rule. `matched`: regimens; `agents`: those that the rule is about; `missing`: facts."""

    kind: Class
    rule: Rule
    matched: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


class Outcome(Struct, frozen=True):
    """One patient and one question. `offered`: regimen -> place and standing, at the decision; `open`: regimens that
    would be offered if facts were known that are missing.

    `judged_by`: the day of the knowledge; `conflicting`: facts on which records contradict, where that
    leaves something missing.
    """

    patient: str
    question: str
    finding: Finding
    year: int | None = None
    site: str | None = None
    day: date | None = None
    judged_by: date | None = None
    given: tuple[str, ...] = ()
    offered: dict[str, tuple[Place, Standing]] = {}
    open: tuple[str, ...] = ()
    by_dates: tuple[str, ...] = ()
    conflicting: tuple[str, ...] = ()
    reason: str | None = None


def compared(given: Agents, said: Said, *, whole: bool, deciding: Agents = frozenset()) -> Finding | None:
    """How given agents agree with what was said; None where nothing was given and nothing is recommended.

    `whole`: every drug that was given is recorded. `deciding`: of the given agents, those of the deciding group.
    """
    allowed = [offer for offer in said.offers if offer.standing != "ruled out"]
    fitting = [o for o in matching(given, allowed) if given.isdisjoint(o.barred)]
    if fitting:
        return agreement(fitting, allowed, given)
    if barred := said.barred.union(*(given & o.barred for o in matching(given, said.offers))):
        return Finding("ruled out", "barred", agents=tuple(sorted(barred)))
    if given:
        return unlike(given, said, allowed, whole=whole, deciding=deciding)
    if not allowed:
        return Finding("cannot tell", "facts", missing=needs_of(said.open)) if said.open else None
    return Finding("not given", "nothing") if whole else Finding("cannot tell", "incomplete")


def matching(given: Agents, offers: Sequence[Offer]) -> list[Offer]:
    """The offers that were given whole and that leave no given agent over: one alone, or several together."""
    if not given:
        return []
    whole = [offer for offer in offers if offer.given_whole(given)]
    alone = [offer for offer in whole if given <= offer.agents()]
    return alone or (whole if given <= frozenset().union(*(offer.agents() for offer in whole)) else [])


def agreement(fitting: Sequence[Offer], allowed: Sequence[Offer], given: Agents) -> Finding:
    """Concordant where no better place was offered; alternative where one was."""
    best = min(fitting, key=lambda offer: (PLACES.index(offer.place), len(offer.unknown)))
    first = min(PLACES.index(offer.place) for offer in allowed)
    together = not given <= best.agents()
    matched = tuple(dict.fromkeys(o.regimen for o in fitting)) if together else (best.regimen,)
    unchecked = tuple(dict.fromkeys(f for o in (fitting if together else [best]) for f in o.unknown))
    if PLACES.index(best.place) > first:
        return Finding("alternative", "lesser", matched, unchecked=unchecked)
    return Finding("concordant", "together" if together else "option", matched, unchecked=unchecked)


def unlike(given: Agents, said: Said, allowed: Sequence[Offer], *, whole: bool, deciding: Agents) -> Finding:
    """Something was given that is no option: advised against, open, in part, or brought up by nothing."""
    if against := matching(given, said.against):
        return Finding("not recommended", "against", tuple(o.regimen for o in against), tuple(sorted(given)))
    if opened := matching(given, said.open):
        return Finding("cannot tell", "facts", tuple(o.regimen for o in opened), missing=needs_of(opened))
    parts = [offer for offer in (*allowed, *said.open) if given < offer.agents()]
    if parts and not whole:
        return Finding("cannot tell", "incomplete", tuple(dict.fromkeys(o.regimen for o in parts)))
    if not allowed and not deciding:
        needs = needs_of(said.open)
        return Finding("cannot tell", "facts" if needs else "silent", agents=tuple(sorted(given)), missing=needs)
    if not allowed:
        return Finding("not recommended", "none-offered", agents=tuple(sorted(deciding)))
    if parts:
        return Finding("not recommended", "part", tuple(dict.fromkeys(o.regimen for o in parts)))
    known = frozenset().union(*(offer.agents() for offer in allowed))
    if deciding and any(deciding <= offer.agents() for offer in allowed):
        return Finding("not recommended", "backbone", agents=tuple(sorted(given - known or given)))
    return Finding("not recommended", "other", agents=tuple(sorted(given - known or given)))


def needs_of(offers: Sequence[Offer]) -> tuple[str, ...]:
    """The facts that could settle open recommendations, each once."""
    return tuple(dict.fromkeys(fact for offer in offers for fact in offer.needs))


def within_year(first: Finding | None, last: Finding | None) -> Finding | None:
    """What holds on both days that a date can mean; else it cannot be told."""
    if (first and first.kind) == (last and last.kind):
        return last
    return Finding("cannot tell", "within-year", missing=())
