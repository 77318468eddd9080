"""Damaged text at every intake but the record: knowledge, conditions, column maps, reports, values, the command line.

Each is read or refused with a sentence, in time; what is written afterwards is text in every form. Seeded mutations as
for records: `make test` tries a part, `make hostile` as many as HER2GUIDE_HOSTILE says for each intake.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from her2guide.chart.read import read_chart
from her2guide.chart.report.read import report_of
from her2guide.chart.table import read_table
from her2guide.documents import Unreadable
from her2guide.errors import Her2guideError
from her2guide.language.parse import Misread, read_expression
from her2guide.language.typed import NotAValue, written_value
from her2guide.library.build import build_library, read_column_map
from her2guide.library.library import Library
from her2guide.library.read import read_library
from tests.chart.test_hostile_records import TRIED, damaged, in_time
from tests.conftest import EXAMPLES, ROOT, Finished
from tests.test_library import RIGHT

EDITION = """\
id: article
title: own edition
describes: nothing
first_day: 2020-01-01
review_by: 2030-01-01
regions: [us]
decisions:
  - {id: advanced-local, title: a decision}
"""
SOUND = {**RIGHT, "editions/article/edition.yaml": EDITION}
MAP = (ROOT / "examples/tables/clinic.yaml").read_text("utf-8")
REPORTS = [place.read_text("utf-8") for place in sorted((ROOT / "tests/chart/reports/development").glob("*.txt"))[:20]]
VALUES = ["yes", "3+", "26", "2.6 cm", "positive", "2026-01-05", "55 %", "-1", "1e3", "unknown"]
FORBIDDEN = ["read_csv('/etc/passwd')", "(SELECT 1)", "er_percent > (SELECT 1)", "er_percent = read_text('x')"]


def knowledge(draw: random.Random) -> str:
    name = draw.choice(sorted(SOUND))
    return json.dumps({name: damaged(SOUND[name], draw)})


def conditions() -> list[str]:
    rules = [item.when for item in read_library().editions["current"].recommendations[:100]]
    return [*(criterion.text for rule in rules for criterion in rule.criteria), *FORBIDDEN]


def build(text: str, place: Path) -> None:
    build_library({**SOUND, **json.loads(text)}, "digest")


def map_a_table(text: str, place: Path) -> None:
    columns = place / "map.yaml"
    columns.write_bytes(text.encode("utf-8", "surrogatepass"))
    chosen = read_column_map(columns, read_library())
    list(read_table(ROOT / "examples/tables/clinic.csv", read_library(), chosen))


def give_values(text: str, place: Path) -> None:
    for fact in list(read_library().facts.values())[::7]:
        written_value(fact, text)


# how a text is made, what takes it, and how many times fewer are tried because it takes longer
INTAKES: dict[str, tuple[Callable[[random.Random], str], Callable[[str, Path], object], int]] = {
    "knowledge": (knowledge, build, 4),
    "condition": (
        lambda draw: damaged(draw.choice(conditions()), draw),
        lambda text, _: read_expression(text, read_library().facts),
        1,
    ),
    "column map": (lambda draw: damaged(MAP, draw), map_a_table, 10),
    "report": (
        lambda draw: damaged(draw.choice(REPORTS), draw),
        lambda text, _: report_of(text, "report.txt", read_library()),
        10,
    ),
    "value": (lambda draw: damaged(draw.choice(VALUES), draw), give_values, 1),
}


@pytest.mark.parametrize("intake", INTAKES)
def test_a_damaged_text_is_read_or_refused(tmp_path: Path, intake: str) -> None:
    make, take, share = INTAKES[intake]
    draw = random.Random(f"hostile {intake}")  # noqa: S311 - drawn anew alike each time
    came: Counter[str] = Counter()
    for number in range(TRIED // share):
        text = make(draw)
        with in_time(f"{intake}, number {number}: {text[:200]!r}"):
            came[outcome(take, text, tmp_path)] += 1
    assert came["refused"]
    assert came["read"] or intake == "value", "damage that always ends alike tries nothing"


def outcome(take: Callable[[str, Path], object], text: str, place: Path) -> str:
    """What came of it, in a word; anything else that happens fails the test."""
    try:
        take(text, place)
    except Her2guideError as fault:
        assert all(problem.where and problem.what for problem in fault.problems)
        return "refused"
    except (Misread, NotAValue) as fault:
        assert fault.what
        return "refused"
    except Unreadable as fault:
        assert fault.problem.what
        return "refused"
    return "read"


@pytest.mark.parametrize("text", FORBIDDEN)
def test_a_condition_can_name_no_file_and_no_query(library: Library, text: str) -> None:
    with pytest.raises(Misread):
        read_expression(text, library.facts)


@pytest.mark.parametrize("column", ["read_csv('SECRET')", "id\" FROM read_text('SECRET') --", "* FROM 'SECRET'"])
def test_a_column_map_can_read_no_other_file(tmp_path: Path, library: Library, column: str) -> None:
    secret, table, columns = tmp_path / "secret.csv", tmp_path / "t.csv", tmp_path / "map.yaml"
    secret.write_text("id\nhidden-word\n")
    table.write_text("id,size\na,2\n")
    name = json.dumps(column.replace("SECRET", str(secret)))
    columns.write_text(
        f"id: x\ntitle: x\nsource: x\npatient: id\ncolumns:\n  size: {{fact: tumour_size}}\n  {name}: {{fact: grade}}\n"
    )
    (chart,) = read_table(table, library, read_column_map(columns, library))
    assert "hidden-word" not in repr(chart)
    assert [(o.fact, o.value) for o in chart.observations] == [("tumour_size", 2)]


WORDS = st.text(st.characters(exclude_characters="\0", max_codepoint=0x2FFF), max_size=40)
COMMANDS: list[Callable[[str], tuple[object, ...]]] = [
    lambda word: ("facts", "--", word),
    lambda word: ("claims", "--verdict", word),
    lambda word: ("names", "--", word),
    lambda word: ("schema", "--", word),
    lambda word: ("abstract", EXAMPLES[0], "--as-of", word),
    lambda word: ("abstract", EXAMPLES[0], "--side", word),
    lambda word: ("abstract", "--", word),
    lambda word: ("report", "--", word),
    lambda word: ("whatif", EXAMPLES[0], "--", f"her2_ihc={word}"),
    lambda word: ("explain", EXAMPLES[0], "--", word),
]


@pytest.mark.parametrize("command", COMMANDS, ids=range(len(COMMANDS)))
def test_any_argument_is_answered_or_refused(
    her2guide: Callable[..., Finished],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: Callable[[str], tuple[object, ...]],
) -> None:
    monkeypatch.chdir(tmp_path)

    @settings(
        max_examples=max(10, TRIED // 50),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(WORDS | st.sampled_from(["\udcff", "--", "-", "=", "/dev/null", "..", "9" * 400, "%s", "\u202e", "'; --"]))
    def run(word: str) -> None:
        done = her2guide(*command(word))
        assert done.code in (0, 2)
        assert "Traceback" not in done.err
        assert done.code == 0 or done.err.strip(), "refused without a word"
        assert all(c.isprintable() or c == "\n" for c in done.err)

    run()
    assert list(tmp_path.iterdir()) == [], "an argument made a file"


FORMULAS = ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"]
ACTIVE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "#panic()", "{{7*7}}", "]]>&lt;", "\x1b[2J"]


@pytest.mark.parametrize("name", [*FORMULAS, *ACTIVE])
def test_what_is_written_is_text_in_every_form(her2guide: Callable[..., Finished], tmp_path: Path, name: str) -> None:
    chart = tmp_path / "chart.json"
    body = {"patient": {"id": name}, "records": [{"her2_status": "positive", "on": "2026-01-05"}]}
    chart.write_text(json.dumps(body))
    for words in (("guide", chart, "-o", tmp_path / "g.html"), ("guide", chart, "-o", tmp_path / "g.pdf")):
        assert her2guide(*words).code == 0
    page = (tmp_path / "g.html").read_text("utf-8")
    assert not any(active in page for active in ("<script", "<img", "\x1b"))
    made = her2guide("timeline", chart, "-o", tmp_path / "line.svg")
    assert made.code == 0
    assert not any(active in (tmp_path / "line.svg").read_text("utf-8") for active in ("<script", "<img", "\x1b"))
    again = tmp_path / "again.yaml"
    assert her2guide("ask", chart, "-o", again).code in (0, 2)
    if again.exists():
        assert read_chart(again).patient == read_chart(chart).patient
