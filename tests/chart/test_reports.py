"""Written reports are read into proposals: rarely a missing one, hardly ever a wrong one, each with its words."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
import typst
from pypdf import PdfWriter

from her2guide.chart.read import read_chart
from her2guide.chart.report.dates import day_of
from her2guide.chart.report.proposal import confirmed
from her2guide.chart.report.read import LONGEST, read_report, report_of
from her2guide.chart.write_plain import plain_text
from her2guide.documents import read_yaml
from her2guide.errors import ChartError
from her2guide.language.typed import typed_value
from her2guide.library.library import Library

from .report_texts import HALVES, Read, figures, read, texts

LINES = read_yaml((Path(__file__).parent / "report_lines.yaml").read_text(encoding="utf-8"), "report_lines.yaml").data
# Precision and recall that must hold. When they were first read, before anything was learned from them: held_out 0.995
# and 0.974; later, which is harder, 0.90 and 0.84; fresh 0.78 and 0.73 (without specimen and side 1.00 and 0.94); last
# 0.90 and 0.85 (without specimen and side 0.97 and 0.92).
FLOORS = {
    "development": (1.0, 1.0),
    "held_out": (1.0, 0.98),
    "later": (1.0, 0.98),
    "fresh": (1.0, 0.98),
    "last": (1.0, 0.95),
}


@pytest.fixture(scope="session")
def reads(library: Library) -> dict[str, list[Read]]:
    return {half: [read(place, library) for place in texts(half)] for half in HALVES}


def test_there_are_more_than_a_hundred_texts() -> None:
    assert [len(texts(half)) for half in HALVES] == [60, 40, 32, 16, 10]


@pytest.mark.parametrize("half", HALVES)
def test_precision_and_recall_hold(reads: dict[str, list[Read]], half: str) -> None:
    told = figures(reads[half])
    precision, recall = FLOORS[half]
    assert told.precision >= precision, [one.found - one.wanted for one in reads[half] if one.found - one.wanted]
    assert told.recall >= recall


@pytest.mark.parametrize("half", HALVES)
def test_what_is_not_proposed_is_listed_with_its_reason(reads: dict[str, list[Read]], half: str) -> None:
    assert {one.name: one.wanted_passed - one.passed for one in reads[half] if one.wanted_passed - one.passed} == {}
    assert all(passed.why for one in reads[half] for passed in one.report.passed)


@pytest.mark.parametrize("half", HALVES)
def test_the_day_is_the_stated_one(reads: dict[str, list[Read]], half: str) -> None:
    told = {one.name: (one.report.day and one.report.day.isoformat(), one.wanted_day) for one in reads[half]}
    assert {name: days for name, days in told.items() if days[0] != days[1]} == {}


def test_the_words_stand_where_they_are_said_to_stand(reads: dict[str, list[Read]]) -> None:
    for one in (one for half in HALVES for one in reads[half]):
        place = next(p for half in HALVES for p in texts(half) if p.stem == one.name)
        text = place.read_text(encoding="utf-8")
        for said in (*one.report.proposals, *one.report.passed):
            assert said.words == " ".join(text[said.place.start : said.place.end].split())
            assert text.count("\n", 0, said.place.start) + 1 == said.place.line


@pytest.mark.parametrize("row", LINES, ids=lambda row: row["text"])
def test_a_line_gives_what_it_says_and_no_more(library: Library, row: dict[str, str]) -> None:
    text = f"{row['text']}\nReport date: {row['on']}" if "on" in row else row["text"]
    given = dict(row["give"])  # type: ignore[arg-type]
    wanted = {(fact, typed_value(library.facts[fact], raw)) for fact, raw in given.items()}
    assert {(p.fact, p.value) for p in report_of(text, "line", library).proposals} == wanted


def test_an_addendum_says_what_it_replaces(library: Library) -> None:
    report = report_of("Left breast\nHER2 1+\nADDENDUM\nHER2 2+\n", "x.txt", library)
    (proposal,) = report.proposals
    assert (proposal.value, proposal.addendum, proposal.replaces) == ("2+", 1, "HER2 1+ (line 2)")
    assert [passed.why for passed in report.passed] == ["line 4 of the addendum says 2+"]


def test_a_summary_is_not_proposed_beside_the_test_it_rests_on(library: Library) -> None:
    text = "A. Left breast, biopsy: HER2 2+.\nBREAST BIOMARKERS\nHER2 negative.\n"
    assert [(p.fact, p.value) for p in report_of(text, "x.txt", library).proposals] == [("her2_ihc", "2+")]


def test_two_breasts_are_never_mixed(library: Library) -> None:
    report = report_of("Carcinoma of the left breast and the right breast.\n\nSummary: ER 90%\n", "x.txt", library)
    assert report.proposals == ()
    assert "left or right" in report.passed[0].why


def test_a_confirmed_report_is_a_chart_that_is_read_again(library: Library, tmp_path: Path) -> None:
    report = read_report(next(p for p in texts("development") if p.stem.startswith("045")), library)
    accepted = report.proposals[:-1]
    chart = confirmed(report, accepted, report.day)
    assert {o.where.rsplit(":", 1)[1] for o in chart.observations} >= {"24", "33"}
    assert [u.why for u in chart.unread if "not confirmed" in u.why] == ["her2_ish_result: not confirmed"]
    place = tmp_path / "chart.yaml"
    place.write_text(plain_text(chart), encoding="utf-8")
    again = read_chart(place, library)
    assert {(o.fact, o.value, o.on, o.side) for o in again.observations} == {
        (o.fact, o.value, o.on, o.side) for o in chart.observations
    }


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2023-03-14", date(2023, 3, 14)),
        ("7 February 2022", date(2022, 2, 7)),
        ("March 3, 2021", date(2021, 3, 3)),
        ("14-Nov-2020", date(2020, 11, 14)),
        ("1st May 2020", date(2020, 5, 1)),
        ("11/23/2006", date(2006, 11, 23)),
        ("30/01/2020", date(2020, 1, 30)),
        ("03/04/2021", None),
        ("31/31/2021", None),
        ("2999-01-01", None),
    ],
)
def test_a_day_in_doubt_is_no_day(written: str, day: date | None) -> None:
    assert day_of(written) == day


def pdf(*lines: str) -> bytes:
    return typst.compile("\n\n".join(lines).encode(), format="pdf", ignore_system_fonts=True)


def test_a_pdf_is_read_like_its_text(library: Library, tmp_path: Path) -> None:
    place = tmp_path / "report.pdf"
    place.write_bytes(pdf("Left breast, core biopsy", "ER: Positive, 90%", "HER2: 2+"))
    found = {(p.fact, p.value) for p in read_report(place, library).proposals}
    assert found == {("er_percent", 90), ("er_status", "positive"), ("her2_ihc", "2+")}


def scan(password: str = "") -> bytes:
    writer, into = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=200, height=200)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(into)
    return into.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"\x00\xff\xfe\x01" * 50, "is not UTF-8 text"),
        (b"ER\x00 90%", "is no text"),
        (b"%PDF-1.7 nothing more", "damaged PDF"),
        (b"ER positive. " * (LONGEST // 12), "more than 200,000 characters"),
        (scan("secret"), "needs a password. Save it without one."),
        (scan(), "no text, only pictures of pages. Run it through text recognition"),
    ],
)
def test_what_is_no_report_is_refused_with_a_sentence(
    library: Library, tmp_path: Path, content: bytes, said: str
) -> None:
    place = tmp_path / "report"
    place.write_bytes(content)
    with pytest.raises(ChartError, match=said):
        read_report(place, library)


@pytest.mark.parametrize(
    "text",
    [
        "ER " * 20_000,
        "(" * 100_000,
        "HER2 " + "9" * 100_000,
        "ER: " + " " * 100_000 + "90%",
        "x x " * 20_000,
        "-\n" * 20_000,
    ],
)
def test_long_and_odd_texts_come_to_an_end(library: Library, text: str) -> None:
    assert report_of(text, "odd.txt", library).proposals == ()
