"""`her2guide report`: proposals are listed, asked for, and only what was confirmed is written."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chart.report_texts import FOLDER
from tests.conftest import Finished

Command = Callable[..., Finished]
FISH = FOLDER / "development" / "005-fish-addendum.txt"
UNCLEAR = FOLDER / "development" / "056-report-date-ambiguous.txt"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A person at a terminal who types these lines."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    return lambda lines: monkeypatch.setattr(sys, "stdin", Terminal(lines))


def test_proposals_are_listed_with_their_words(her2guide: Command) -> None:
    told = her2guide("report", FISH)
    assert told.code == 0
    assert "er_percent: 99 %" in told.text
    assert f'{FISH}:11, addendum 1: "HER2/CEP17 ratio: 1.3"' in told.text
    assert "in place of: FISH pending, addendum to follow (line 7)" in told.text
    assert "Seen but not proposed\n  ish: the result is still to come." in told.text


def test_all_can_be_accepted_and_read_as_a_chart(her2guide: Command, tmp_path: Path) -> None:
    place = tmp_path / "chart.yaml"
    assert her2guide("report", FISH, "--accept-all", "-o", place).code == 0
    case = her2guide("abstract", place, "--as-of", "2022-01-01")
    assert case.code == 0
    assert "her2_status                                  negative" in case.text


def test_only_what_is_confirmed_is_written(her2guide: Command, tmp_path: Path, answers: Callable[[str], None]) -> None:
    place = tmp_path / "chart.yaml"
    answers("n\nwhat\ny\n\nq\n")
    told = her2guide("report", FISH, "-o", place)
    assert told.code == 0
    written = place.read_text(encoding="utf-8")
    assert "er_status: positive" in written
    assert not any(fact in written for fact in ("grade", "er_percent", "pr_status", "her2_ihc"))


def test_the_day_is_asked_for_where_it_is_not_clear(
    her2guide: Command, tmp_path: Path, answers: Callable[[str], None]
) -> None:
    place = tmp_path / "chart.yaml"
    answers("y\nq\nlast week\n2999-01-01\n2021-04-03\n")
    told = her2guide("report", UNCLEAR, "-o", place)
    assert "'last week' is not a date" in told.err
    assert "2999-01-01 lies in the future" in told.err
    assert "on: 2021-04-03" in place.read_text(encoding="utf-8")


def test_a_day_can_be_given(her2guide: Command, tmp_path: Path) -> None:
    place = tmp_path / "chart.yaml"
    assert her2guide("report", UNCLEAR, "--accept-all", "--on", "2021-04-03", "-o", place).code == 0
    assert "on: 2021-04-03" in place.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((FISH, "-o", "chart.yaml"), "chart.yaml: nothing is confirmed, so there is nothing to write."),
        ((FISH, "--list", "--accept-all"), "--list: only lists."),
        ((FISH, "-o", "chart.txt"), "the ending '.txt' is not known. Use one of .yaml, .yml."),
        ((FISH, "-o", FISH), "is the chart itself."),
        ((UNCLEAR, "--accept-all", "-o", "chart.yaml"), "--on: is missing: the report states no day that is clear."),
        ((FISH, "--on", "2020-01-01"), "is dated 2021-03-03, and 2020-01-01 is given."),
        ((FISH, "--on", "soon"), "--on: 'soon' is not a date."),
        (("nothing.txt",), "nothing.txt: cannot be read: No such file or directory."),
        ((".",), "cannot be read: Is a directory."),
    ],
)
def test_what_cannot_be_done_is_said(
    her2guide: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    told = her2guide("report", *words)
    assert told.code == 2
    assert said in told.err
    assert list(tmp_path.iterdir()) == []
