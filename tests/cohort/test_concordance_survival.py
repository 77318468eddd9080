"""Survival of groups, against published figures; the warning about immortal time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from her2guide.cohort.concordance_survival import Columns, survival
from her2guide.errors import ChartError, RequestError
from tests.conftest import Finished

# Remission in weeks of 42 children with leukaemia (Freireich 1963), + where it went on; figures as in the textbooks.
TREATED = "6 6 6 7 10 13 16 22 23 6+ 9+ 10+ 11+ 17+ 19+ 20+ 25+ 32+ 32+ 34+ 35+"
CONTROL = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
PUBLISHED = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = ["weeks,relapse,arm,since"]
    for arm, times in (("treated", TREATED), ("control", CONTROL)):
        for time in times.split():
            since = "2" if arm == "treated" else "0"
            rows.append(f"{time.rstrip('+')},{0 if time.endswith('+') else 1},{arm},{since}")
    place = tmp_path / "table.csv"
    place.write_text("\n".join(rows) + "\n")
    return place


ARMS = Columns("weeks", "relapse", "arm")


def test_the_estimate_is_the_published_one(table: Path) -> None:
    found = {one.group: one for one in survival(table, ARMS).curves}
    treated = dict(zip(found["treated"].times, found["treated"].survival, strict=True))
    assert {time: round(treated[time], 3) for time in PUBLISHED} == PUBLISHED
    assert (found["treated"].median, found["control"].median) == (23, 8)
    assert (found["treated"].patients, found["treated"].events) == (21, 9)
    at_risk = {one.group: dict(zip(survival(table, ARMS).ticks, one.at_risk, strict=True)) for one in found.values()}
    assert at_risk["treated"] == {0: 21, 10: 15, 20: 8, 30: 4}
    assert at_risk["control"][0] == 21


def test_the_log_rank_test_is_the_published_one(table: Path) -> None:
    assert survival(table, ARMS).p_value == pytest.approx(4.17e-5, rel=0.01)  # chi-squared 16.79


def test_intervals_hold_the_estimate(table: Path) -> None:
    for one in survival(table, ARMS).curves:
        for low, share, high in zip(one.low, one.survival, one.high, strict=True):
            assert 0 <= low <= share <= high <= 1


def test_a_landmark_leaves_out_who_did_not_reach_it(table: Path) -> None:
    found = survival(table, Columns("weeks", "relapse", "arm", "since"), landmark=1.5)
    assert {one.group: one.patients for one in found.curves} == {"control": 19, "not yet treated": 21}
    assert found.left_out == {"event or end of follow-up before 1.5": 2}
    later = survival(table, Columns("weeks", "relapse", "arm", "since"), landmark=6)
    assert {one.group: one.patients for one in later.curves} == {"control": 12, "treated": 21}
    assert min(one.times[0] for one in later.curves) == 0


WARNED = [
    (("--group", "arm"), True),
    (("--group", "arm", "--group-known-at-start"), False),
    (("--group", "arm", "--group-since", "since"), True),
    (("--group", "arm", "--group-since", "since", "--landmark", "6"), False),
    ((), False),
]


@pytest.mark.parametrize(("words", "warned"), WARNED)
def test_immortal_time_is_warned_of(
    her2guide: Callable[..., Finished], table: Path, tmp_path: Path, words: tuple[str, ...], warned: bool
) -> None:
    asked = ("survival", table, "--time", "weeks", "--event", "relapse", *words)
    assert ("Immortal time" in her2guide(*asked).text) == warned
    picture = tmp_path / "x.svg"
    assert her2guide(*asked, "-o", picture).code == 0
    root = ElementTree.fromstring(picture.read_text())  # noqa: S314 - our own
    described = root.find("{http://www.w3.org/2000/svg}desc")
    assert described is not None
    assert ("Immortal time" in str(described.text)) == warned
    assert ("Immortal time" in "".join(e.text or "" for e in root.iter("{http://www.w3.org/2000/svg}text"))) == warned


def test_numbers_as_json(her2guide: Callable[..., Finished], table: Path, tmp_path: Path) -> None:
    place = tmp_path / "x.json"
    assert her2guide("survival", table, "--time", "weeks", "--event", "relapse", "-o", place).code == 0
    assert json.loads(place.read_text())["curves"][0]["patients"] == 42


ROWS = [
    ("x,1,a", "'x' is not a number"),
    ("nan,1,a", ""),
    ("inf,1,a", "is not a time"),
    ("5,perhaps,a", "tells no event"),
]


@pytest.mark.parametrize(("line", "says"), ROWS)
def test_a_cell_that_cannot_be_used_is_told(tmp_path: Path, line: str, says: str) -> None:
    place = tmp_path / "t.csv"
    place.write_text(f"weeks,relapse,arm\n1,1,a\n{line}\n")
    if not says:  # a word for missing
        assert survival(place, ARMS).left_out == {"no weeks": 1}
        return
    with pytest.raises(ChartError, match="row 3") as refused:
        survival(place, ARMS)
    assert says in str(refused.value)


def test_who_is_left_out_is_counted(tmp_path: Path) -> None:
    place = tmp_path / "t.csv"
    place.write_text("weeks,relapse,arm\n1,0:LIVING,a\n-2,1:DECEASED,a\n3,1:DECEASED,\n4,,a\n")
    assert survival(place, ARMS).left_out == {"a time before zero": 1, "no arm": 1, "no relapse": 1}


def test_columns_and_groups_that_are_not_there(tmp_path: Path, table: Path) -> None:
    with pytest.raises(RequestError, match=r"has no column `week`\. Did you mean weeks\?"):
        survival(table, Columns("week", "relapse"))
    place = tmp_path / "t.csv"
    place.write_text("weeks,relapse,arm\n" + "".join(f"{n},1,g{n}\n" for n in range(1, 12)))
    with pytest.raises(RequestError, match="has 11 groups"):
        survival(place, ARMS)
