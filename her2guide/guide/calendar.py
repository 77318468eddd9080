"""A calendar of treatment -> text, blocks of a guide, or an .ics file for a calendar program.

In: dated entries. Out: lines in the words of one language, or iCalendar (RFC 5545) made by a library.
An .ics file names the treatment and the day, and nothing else of the patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ..engine.calendar import Entry
from ..model.knowledge import Regimen
from .blocks import Block, Heading, Paragraph, Row, Rows
from .words import Voice


def entry_text(entry: Entry, voice: Voice) -> str:
    """One entry without its day: what is given in which cycle, or what is checked."""
    if entry.kind == "check":
        return f"{voice.label('calendar_check')}: {', '.join(entry.what)}"
    names = ", ".join(voice.text("agents", agent, "name") or agent for agent in entry.what)
    of = f" {voice.label('of')} {entry.of}" if entry.of else ""
    until = f", {voice.label('calendar_until')} {voice.day(entry.until)}" if entry.until else ""
    return f"{names} ({voice.label('calendar_cycle')} {entry.cycle}{of}{until})"


def calendar_blocks(regimen: Regimen, entries: Sequence[Entry], voice: Voice) -> list[Block]:
    """The calendar as part of a guide."""
    rows = tuple(Row(voice.day(entry.on), entry_text(entry, voice)) for entry in entries)
    heading = f"{voice.label('calendar')}: {regimen.title}"
    return [Heading(heading), Paragraph(voice.label("calendar_note")), Rows(heading, rows)]


def calendar_text(regimen: Regimen, entries: Sequence[Entry], voice: Voice) -> str:
    lines = [f"{voice.label('calendar')}: {regimen.title}", voice.label("calendar_note"), ""]
    return "\n".join([*lines, *(f"{voice.day(e.on)}  {entry_text(e, voice)}" for e in entries)]) + "\n"


def calendar_ics(regimen: Regimen, entries: Sequence[Entry], voice: Voice) -> bytes:
    """The calendar as iCalendar; the same calendar has the same event ids, so that a new import replaces it."""
    from icalendar import Calendar, Event

    made = Calendar()
    made.add("prodid", "-//her2guide//calendar//EN")
    made.add("version", "2.0")
    for number, entry in enumerate(entries):
        event = Event()
        event.add("uid", f"{regimen.id}-{entries[0].on:%Y%m%d}-{number}@her2guide")
        event.add("dtstamp", datetime(entry.on.year, entry.on.month, entry.on.day, tzinfo=UTC))
        event.add("dtstart", entry.on)
        event.add("dtend", (entry.until or entry.on) + timedelta(days=1))
        event.add("summary", entry_text(entry, voice))
        event.add("description", voice.label("calendar_note"))
        made.add_component(event)
    return bytes(made.to_ical())
