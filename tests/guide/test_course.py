"""The course of a patient as a picture and in words: the same content, and no label on another."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import combinations
from xml.etree import ElementTree

import pytest

from her2guide.cli.told import course
from her2guide.engine.consultation import Consultation
from her2guide.guide.course import Course, course_text
from her2guide.guide.course_svg import EDGE, LEFT, RIGHT, WIDTH, course_svg, drawing, ticks
from her2guide.library.library import Library
from her2guide.model.chart import Chart
from tests.conftest import EXAMPLES, TODAY

CONVERTED = """
patient: {id: '<script>alert("1")</script> & co', born: 1969-02-03, sex: female}
records:
  - {on: 2010-01-01, nausea: no}
  - {on: 2021-03-10, specimen: P1, site: primary, part: '"><b>left</b> & right', er_percent: 90, her2_ihc: 1+}
  - {on: 2021-03-20, lvef: 65}
  - {on: 2021-10-20, lvef: 38}
  - {on: 2021-10-21, lvef: 39}
  - {on: 2023-05-02, relapsed: yes, m: M1}
  - {on: 2023-05-06, specimen: M1, site: metastasis, part: liver, er_percent: 0, her2_ihc: 3+}
  - {on: 2024-05-06, progressing: yes, lvef: 60}
treatments:
  - {agent: mastectomy, start: 2021-09-01, end: 2021-09-01}
  - {agent: sentinel node biopsy, start: 2021-09-01, end: 2021-09-01}
  - {agent: tamoxifen, setting: adjuvant, start: 2021-10-01}
  - {agent: docetaxel, start: 2023-06-01, end: 2023-11-01}
  - {agent: trastuzumab, start: 2023-06-01, end: 2024-05-10}
  - {agent: T-DXd, start: 2024-07-01, ongoing: yes}
treatments_complete: yes
"""
UNDATED = """
patient: {id: undated, sex: female}
records:
  - {er_percent: 90, her2_ihc: 3+, lvef: 60, relapsed: yes, m: M1}
treatments:
  - {agent: mastectomy}
  - {agent: trastuzumab, setting: metastatic, end: 2024-01-01}
"""

WIDE = f"""
patient: {{id: {"WIDE " * 40}}}
records:
  - {{on: 2021-03-10, specimen: {"標本" * 40}, site: primary, part: {"M" * 90}, er_percent: 90}}
  - {{on: 2026-11-01, specimen: {"M" * 200}, site: metastasis, er_percent: 0}}
  - {{on: 2026-11-02, specimen: x, site: metastasis, part: {"word " * 30}, er_percent: 5}}
  - {{specimen: {"U" * 300}, er_percent: 5}}
"""


def many(agents: list[str], count: int = 60) -> str:
    """A chart with many treatments and measurements, one after the other."""
    rows = [(agents[n % len(agents)], date(2016, 1, 10) + timedelta(days=60 * n)) for n in range(count)]
    given = [f"  - {{agent: {agent}, start: {day}, end: {day + timedelta(days=30)}}}" for agent, day in rows]
    hearts = [f"  - {{on: 20{y}-0{m}-11, lvef: {50 + m + y - 16}}}" for y in range(16, 26) for m in (2, 4, 6, 8)]
    return "\n".join(["patient: {id: many}", "records:", *hearts, "treatments:", *given])


@pytest.fixture
def courses(chart: Callable[[str], Chart], library: Library) -> Callable[[str], Course]:
    """The course of a chart as of today."""
    return lambda text: course(Consultation(chart(text), library.edition("current", "us", TODAY), TODAY))


@pytest.fixture(
    params=[*(place.stem for place in EXAMPLES), "converted", "undated", "sixty agents", "sixty doses", "none", "wide"]
)
def any_course(request: pytest.FixtureRequest, courses: Callable[[str], Course], library: Library) -> Course:
    texts = {place.stem: place.read_text() for place in EXAMPLES}
    texts |= {"converted": CONVERTED, "undated": UNDATED, "none": "patient: {id: none}", "wide": WIDE}
    texts |= {"sixty agents": many(list(library.agents)), "sixty doses": many(["trastuzumab", "mastectomy"])}
    return courses(texts[request.param])


def parsed(found: Course) -> ElementTree.Element:
    return ElementTree.fromstring(course_svg(found))  # noqa: S314 - our own picture


def test_no_label_lies_on_another_or_outside_the_frame(any_course: Course) -> None:
    sheet = drawing(any_course)
    assert len(sheet.labels) > 2
    for one, other in combinations(sheet.labels, 2):
        assert not one.meets(other), (one, other)
    for label in sheet.labels:
        assert 0 <= label.left <= label.right <= WIDTH, label
        assert 0 <= label.top <= label.bottom <= sheet.y, label


def test_every_shape_stands_inside_the_frame(any_course: Course) -> None:
    picture = parsed(any_course)
    shapes = [element for element in picture.iter() if "x" in element.attrib and element.tag.endswith("rect")]
    for bar in shapes:
        left, wide = float(bar.attrib["x"]), float(bar.attrib["width"])
        assert left >= LEFT and left + wide <= RIGHT
    for figure in (e for e in picture.iter() if "points" in e.attrib):
        assert all(0 <= float(pair.split(",")[0]) <= WIDTH - EDGE for pair in figure.attrib["points"].split())


def test_the_text_beside_the_picture_says_what_it_shows(any_course: Course) -> None:
    picture = parsed(any_course)
    space = "{http://www.w3.org/2000/svg}"
    told = " ".join((picture.findtext(f"{space}desc") or "").split())
    assert told == " ".join(course_text(any_course).split())
    marks = [line for section in any_course.sections for mark in section.marks for line in mark.lines]
    spans = [s.title for section in (*any_course.sections, any_course.advice) for s in section.spans]
    written = [text.text or "" for text in picture.iter(f"{space}text")]
    for words in {*marks, *spans}:
        assert words in told
        assert any(
            label == words or (label.endswith("...") and label[:10] in words) or words in label for label in written
        )
    shown = {f"{value:g}" for _, value in any_course.measured.values}
    assert {label for label in written if re.fullmatch(r"\d\d", label)} <= shown


def test_a_conversion_is_flagged_in_words_and_in_shape(courses: Callable[[str], Course]) -> None:
    found = courses(CONVERTED)
    specimens = found.sections[0].marks
    assert found.start == date(2021, 3, 10)  # a record that is not in the picture does not make it longer
    assert [(m.day.year, m.changed) for m in specimens] == [(2021, False), (2023, True)]
    assert specimens[1].lines[1:] == (
        "oestrogen receptor status: negative (changed)",
        "HER2 status: positive (changed)",
    )
    assert drawing(found).pieces[2].startswith("<circle")
    assert sum(piece.count(",") == 4 and "<polygon" in piece for piece in drawing(found).pieces) >= 1


def test_treatments_stand_under_their_lines_and_settings(courses: Callable[[str], Course]) -> None:
    spans = courses(CONVERTED).sections[2].spans
    assert [(s.group, s.title, s.days()) for s in spans] == [
        ("adjuvant", "tamoxifen", "2021-10-01 to an end not recorded"),
        ("line 1", "docetaxel", "2023-06-01 to 2023-11-01"),
        ("line 1", "trastuzumab", "2023-06-01 to 2024-05-10"),
        ("line 2", "trastuzumab deruxtecan (T-DXd)", "2024-07-01 to today, going on"),
    ]


def test_what_has_no_day_stands_apart(courses: Callable[[str], Course]) -> None:
    found = courses(UNDATED)
    assert not any(section.marks or section.spans for section in found.sections)
    assert found.measured.values == ()
    assert set(found.undated) == {
        "specimen: tests without a date; oestrogen receptor status: positive; HER2 status: positive",
        "treatment: mastectomy",
        "treatment: trastuzumab until 2024-01-01",
        "event: recurrence",
        "event: M category: M1",
        "heart pumping function (LVEF): 60",
    }


def test_long_names_are_cut_in_labels_and_whole_in_the_text(courses: Callable[[str], Course]) -> None:
    found = courses(WIDE)
    assert "U" * 300 in course_text(found) and "M" * 200 in course_text(found)
    written = "".join(label.words for label in drawing(found).labels)
    assert written.count("U") == 300  # what has no day is never cut
    assert 20 < written.count("M") < 290


def test_names_of_a_record_are_words_and_no_markup(courses: Callable[[str], Course]) -> None:
    found = courses(CONVERTED)
    picture = course_svg(found)
    assert "<script" not in picture and "<b>" not in picture
    words = [element.text or "" for element in parsed(found).iter()]
    assert any('<script>alert("1")</script> & co' in text for text in words)
    assert any('primary "><b>left</b> & right (P1)' in text for text in words)


def test_records_after_the_day_are_not_in_the_picture(chart: Callable[[str], Chart], library: Library) -> None:
    edition = library.edition("current", "us", TODAY)
    found = course(Consultation(chart(CONVERTED), edition, date(2022, 1, 1)))
    assert found.end == date(2022, 1, 1)
    assert [len(section.marks) for section in found.sections] == [1, 2, 0, 0]
    assert "2023" not in course_text(found)


def test_knowledge_older_than_the_record_is_said_and_not_drawn(chart: Callable[[str], Chart], library: Library) -> None:
    old, new = (library.edition("current", "us", day) for day in ("2018-01-01", TODAY))
    early = next(place.read_text() for place in EXAMPLES if place.stem.startswith("early"))
    found, now = (course(Consultation(chart(early), edition, TODAY)) for edition in (old, new))
    assert found.advice.spans == () != now.advice.spans
    assert "The knowledge asked for, of 2018-01-01, is older than the record." in course_text(found)
    assert any("2018-01-01, is older" in label.words for label in drawing(found).labels)


@pytest.mark.parametrize(
    ("end", "names"),
    [
        (date(2020, 3, 20), ["2020-02", "2020-03"]),
        (date(2020, 1, 20), ["2020-01-10"]),
        (date(2024, 3, 1), ["2021", "2022", "2023", "2024"]),
    ],
)
def test_days_across_have_names(end: date, names: list[str]) -> None:
    assert [name for _, name in ticks(date(2020, 1, 10), end)] == names


def test_the_command_tells_the_course_first(her2guide: Callable[..., object]) -> None:
    told = her2guide("timeline", EXAMPLES[1], "--as-of", TODAY)
    text = told.text  # type: ignore[attr-defined]
    assert text.startswith("Course of example-relapse-after-trastuzumab, 2024-11-18 to 2026-11-23\n\nSpecimens\n")
    assert text.index("  2024-12-11  mastectomy") < text.index("current edition, us, the same patient from 1998")
