"""Shows proposals on the terminal and hears which of them are right.

In: a report as it was read, a way to hear lines. Out: lines, and the proposals that a person confirms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from ..chart.report.proposal import Passed, Proposal, Report, where
from ..errors import Problem, RequestError
from ..library.library import Library
from .output import say

Hear = Callable[[], str | None]  # the next line; None when there is no more
YES, NO, STOP = ("y", "yes"), ("n", "no", ""), ("q", "quit")


def refuse_unclear(output: Path | None, found: Report, *, only_list: bool, accept_all: bool, asking: bool) -> None:
    """What cannot be written: nothing was confirmed, or the day is missing with nobody to ask."""
    if only_list and (accept_all or output):
        raise RequestError([Problem("--list", "only lists.", "Leave it out to write a chart.")])
    if output and not asking and not accept_all:
        do = "Run it in a terminal to be asked, or use --accept-all."
        raise RequestError([Problem(str(output), "nothing is confirmed, so there is nothing to write.", do)])
    if output and accept_all and found.proposals and found.day is None:
        raise RequestError([Problem("--on", "is missing: the report states no day that is clear.", "Give its day.")])


def listed(found: Report, library: Library) -> str:
    """All proposals, and all that was seen but not proposed."""
    lines = [f"{found.name}: report of {found.day or 'a day that is not clear'}", ""]
    lines += ["Proposed, to be confirmed" if found.proposals else "Nothing is proposed."]
    for proposal in found.proposals:
        lines += proposal_lines(proposal, found, library)
    if found.passed:
        lines += ["", "Seen but not proposed"]
        lines += [passed_line(one, found) for one in found.passed]
    return "\n".join(lines) + "\n"


def proposal_lines(proposal: Proposal, found: Report, library: Library) -> Iterator[str]:
    fact = library.facts[proposal.fact]
    value = proposal.value
    shown = ("yes" if value else "no") if isinstance(value, bool) else value if isinstance(value, str) else f"{value:g}"
    of = ", ".join(word for word in (proposal.tissue.name(), proposal.tissue.part, proposal.tissue.side) if word)
    yield f"  {proposal.fact}: {shown}{f' {fact.unit}' if fact.unit else ''}  ({fact.title}{f'; {of}' if of else ''})"
    addendum = f", addendum {proposal.addendum}" if proposal.addendum else ""
    yield f'      {where(found, proposal.place)}{addendum}: "{proposal.words}"'
    if proposal.replaces:
        yield f"      in place of: {proposal.replaces}"


def passed_line(one: Passed, found: Report) -> str:
    return f'  {one.about}: {one.why}. {where(found, one.place)}: "{one.words}"'


def asked(found: Report, library: Library, hear: Hear) -> tuple[Proposal, ...]:
    """The proposals that a person confirms; those after a stop are not confirmed."""
    accepted = []
    for proposal in found.proposals:
        for line in proposal_lines(proposal, found, library):
            say(line)
        answer = yes_or_no(hear)
        if answer is None:
            break
        accepted += [proposal] if answer else []
    for one in found.passed:
        say(passed_line(one, found))
    return tuple(accepted)


def yes_or_no(hear: Hear) -> bool | None:
    """An answer; None when the person stops. An empty line is no: nothing is confirmed by haste."""
    while True:
        say("      is this right? y, n, or q to stop")
        line = hear()
        word = line.strip().lower() if line is not None else STOP[0]
        if word in STOP:
            return None
        if word in YES or word in NO:
            return word in YES


def asked_day(hear: Hear) -> date | None:
    """The day of the report from a person; None when it is not known."""
    while True:
        say("The day of the report, such as 2026-11-23; empty if you do not know it")
        line = (hear() or "").strip()
        if not line:
            return None
        try:
            day = date.fromisoformat(line)
        except ValueError:
            say(f"  '{line}' is not a date.")
            continue
        if day <= date.today():
            return day
        say(f"  {day} lies in the future.")
