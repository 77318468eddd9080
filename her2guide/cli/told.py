"""What `timeline` writes: the course of the patient, and how the advice changed.

In: a consultation and perhaps a first day. Out: text or SVG.
"""

from __future__ import annotations

from datetime import date

from ..engine.consultation import Consultation
from ..engine.timeline import Timeline, timeline
from ..guide.course import Course, course_of, course_text, first_day
from ..guide.course_svg import course_svg
from ..guide.timeline import timeline_svg, timeline_text


def told_text(consultation: Consultation, since: date | None) -> str:
    """The course, then each change of the advice with its reason."""
    changes = timeline(consultation, since)
    return f"{course_text(course(consultation))}\n{timeline_text(changes, consultation.edition.library)}"


def told_picture(consultation: Consultation, since: date | None) -> str:
    """The course with what went first in its time; with a first day, every option since then."""
    if since:
        return timeline_svg(timeline(consultation, since), consultation.edition.library)
    return course_svg(course(consultation))


def course(consultation: Consultation) -> Course:
    return course_of(consultation, advice_in_its_time(consultation))


def advice_in_its_time(consultation: Consultation) -> Timeline:
    """The advice from the first day of the chart, as far as the edition answers for it."""
    edition = consultation.edition
    first = first_day(consultation) or consultation.seen_on
    return timeline(consultation, min(max(first, edition.head.first_day), edition.as_of))
