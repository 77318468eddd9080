"""A schedule and a first day -> dated entries: cycles, days within them, tablets, checks, and the .ics file."""

from __future__ import annotations

from datetime import date

import pytest
from icalendar import Calendar

from her2guide.engine.calendar import calendar_of
from her2guide.errors import KnowledgeError, RequestError
from her2guide.guide.calendar import calendar_ics, calendar_text
from her2guide.guide.words import Voice
from her2guide.library.build import build_library
from her2guide.library.library import Library

AGENTS = """
- id: drip
  title: drip
  kind: drug
  monitoring: [{what: heart, how_often: quarterly, at_start: true, every_days: 84}]
- id: tablet
  title: tablet
  kind: drug
  monitoring: [{what: blood, how_often: each cycle, every_days: 21}, {what: skin, how_often: each, each_dose: true}]
"""
REGIMENS = """
- id: both
  title: both
  agents: [drip, tablet]
  schedule:
    - {agents: [drip], cycle_days: 21, cycles: 4}
    - {agents: [tablet], from_day: 85, cycle_days: 21, on_days: [1], lasts: 14}
- {id: without, title: without, agents: [drip]}
"""
START = date(2026, 1, 1)


def made(regimens: str = REGIMENS) -> Library:
    words = {
        "words/en/interface.yaml": "of: of\ncalendar_cycle: round\ncalendar_until: until\ncalendar_check: Checks\n"
    }
    return build_library({"agents/all.yaml": AGENTS, "regimens/all.yaml": regimens, **words}, "calendar")


LIBRARY = made()


def test_doses_and_checks_stand_on_their_days() -> None:
    found = calendar_of(LIBRARY.regimens["both"], LIBRARY, START, date(2026, 4, 30))
    treated = [(e.on, e.what, e.cycle, e.of, e.until) for e in found if e.kind == "treatment"]
    assert treated == [
        (date(2026, 1, 1), ("drip",), 1, 4, None),
        (date(2026, 1, 22), ("drip",), 2, 4, None),
        (date(2026, 2, 12), ("drip",), 3, 4, None),
        (date(2026, 3, 5), ("drip",), 4, 4, None),
        (date(2026, 3, 26), ("tablet",), 1, None, date(2026, 4, 8)),
        (date(2026, 4, 16), ("tablet",), 2, None, date(2026, 4, 29)),
    ]
    checked = {e.on: e.what for e in found if e.kind == "check"}
    assert checked[date(2026, 1, 1)] == ("heart",)
    assert checked[date(2026, 3, 26)] == ("heart", "skin")
    assert checked[date(2026, 4, 16)] == ("blood", "skin")


def test_a_check_at_the_start_comes_before_the_first_dose_of_its_agent_as_well() -> None:
    later = REGIMENS.replace("agents: [drip], cycle_days", "agents: [drip], from_day: 57, cycle_days")
    library = made(later)
    found = calendar_of(library.regimens["both"], library, START, date(2026, 6, 30))
    heart = [e.on for e in found if e.kind == "check" and "heart" in e.what]
    assert heart == [date(2026, 1, 1), date(2026, 2, 26), date(2026, 5, 21)]


def test_an_open_schedule_ends_with_the_calendar() -> None:
    found = calendar_of(LIBRARY.regimens["both"], LIBRARY, START, date(2026, 3, 26))
    assert max(e.on for e in found) == date(2026, 3, 26)


def test_the_ics_file_is_read_by_a_library_and_says_the_same() -> None:
    voice = Voice(LIBRARY, "en")
    regimen = LIBRARY.regimens["both"]
    found = calendar_of(regimen, LIBRARY, START, date(2026, 4, 30))
    events = Calendar.from_ical(calendar_ics(regimen, found, voice)).walk("VEVENT")
    assert [event["DTSTART"].dt for event in events] == [entry.on for entry in found]
    tablets = next(event for event in events if "tablet" in event["SUMMARY"])
    assert tablets["DTEND"].dt == date(2026, 4, 9)  # the day after the last, as RFC 5545 counts
    assert len({event["UID"] for event in events}) == len(events)
    assert "2026-03-26  tablet (round 1, until 2026-04-08)" in calendar_text(regimen, found, voice)


def test_a_regimen_without_a_schedule_is_refused() -> None:
    with pytest.raises(RequestError, match="has no schedule"):
        calendar_of(LIBRARY.regimens["without"], LIBRARY, START, START)


@pytest.mark.parametrize(
    ("slip", "what"),
    [
        ("{agents: [drop], cycle_days: 21}", "no agent of the regimen `drop`"),
        ("{agents: [drip], cycle_days: 21, on_days: [22]}", "outside the cycle"),
        ("{agents: [drip], cycle_days: 21, on_days: [0]}", "outside the cycle"),
        ("{agents: [drip], cycle_days: 21, cycles: 0}", "less than 1"),
    ],
)
def test_a_slip_in_a_schedule_is_refused(slip: str, what: str) -> None:
    with pytest.raises(KnowledgeError, match=what):
        made(f"- {{id: r, title: r, agents: [drip], schedule: [{slip}]}}")
