"""What the command line cannot use: one sentence on standard error, exit code 2, nothing half-written."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from her2guide.errors import RequestError
from her2guide.whole_files import write_whole
from tests.conftest import EXAMPLES, Finished

from .test_commands import Words

Command = Callable[..., Finished]
EARLY = EXAMPLES[0]
ARTICLE = ("--edition", "article")
TOMORROW = (date.today() + timedelta(days=1)).isoformat()

# what is asked for, and what is said
ASKED = [
    (("guide", EARLY, "-o", "guide.doc"), "guide.doc: the ending '.doc' is not known. Use one of .txt, .html, .pdf"),
    (("guide", EARLY, "-o", "guide"), "guide: the ending '' is not known."),
    (("guide", EARLY, "--reader", "nurse"), "there is no guide for 'nurse'. Use patient or clinician."),
    (("guide", EARLY, "--language", "xx"), "there are no words in 'xx'."),
    (("guide", EARLY, "--edition", "artikle"), "there is no edition `artikle`. Did you mean article?"),
    (("guide", EARLY, "--region", "uk"), "does not cover 'uk'. It covers: "),
    (("advise", EARLY, "--as-of", "23.11.2026"), "'23.11.2026' is not a date. Write it as 2026-11-23."),
    (
        ("advise", EARLY, "--edition", "article", "--as-of", "2019-01-01"),
        "the article edition cannot answer for 2019-01-01. It starts on",
    ),
    (("explain", EARLY, "article-tamoxifen", *ARTICLE), "is not in force in the article edition."),
    (
        ("explain", EARLY, "article-tamoxifen-before-menopaus", *ARTICLE),
        "Did you mean article-tamoxifen-before-menopause?",
    ),
    (("abstract", EARLY, "--as-of", "soon"), "'soon' is not a date."),
    (("facts", "her2_stauts"), "her2_stauts: there is no such fact. Did you mean her2_status?"),
    (("claims", "--verdict", "true"), "no claim is 'true'. There is: "),
    (("timeline", EARLY, "--since", "soon"), "--since: 'soon' is not a date."),
    (("timeline", EARLY, "--since", "1990-01-01"), "the current edition cannot answer for 1990-01-01."),
    (("timeline", EARLY, "--as-of", "2020-01-01", "--since", "2021-01-01"), "2021-01-01 lies after 2020-01-01."),
    (("timeline", EARLY, "-o", "line.pdf"), "the ending '.pdf' is not known. Use one of .txt, .svg"),
    (("compare", EARLY, "article", "curent"), "there is no edition `curent`. Did you mean current?"),
    (("compare", ".", "article", "current"), "holds no chart."),
    (("calendar", EARLY, "tamoxifenn", "--start", "2026-12-01", *ARTICLE), "is not an option for this chart. Did"),
    (("calendar", EARLY, "tamoxifen", "--start", "soon", *ARTICLE), "--start: 'soon' is not a date."),
    (("guide", EARLY, "--calendar", "tamoxifen", *ARTICLE), "--start: is missing."),
    (("schema", "guidence"), "there is no schema `guidence`. Did you mean guidance?"),
    (("schema", "zzzz"), "There is: guidance, case, guide, chart,"),
    (("advise", "nothing.yaml"), "nothing.yaml: cannot be read: No such file or directory."),
    (("advise", "."), "holds no charts."),
    (("book", "-o", "nowhere/book.html"), "nowhere/book.html: cannot be written: No such file or directory."),
    (("guide", EARLY, "-o", "nowhere/guide.html"), "nowhere/guide.html: cannot be written"),
]


@pytest.mark.parametrize(("words", "says"), ASKED)
def test_what_does_not_exist_is_told(
    her2guide: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = her2guide(*words)
    assert (done.code, done.out) == (2, b"")
    faults = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert len(faults) == 1
    assert says in faults[0]
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words", [("guide",), ("nonsense",), ("guide", EARLY, "--colour"), ("explain", EARLY), ("schema",)]
)
def test_wrong_usage_ends_with_two(her2guide: Command, words: tuple[object, ...]) -> None:
    done = her2guide(*words)
    assert done.code == 2
    assert "Usage: her2guide" in done.err
    assert "Error: " in done.err


# the bytes of a chart, the place, and what is said
UNUSABLE = [
    (b"patient: {id: test}\nrecords:\n  - {on: 2026-01-01, lvef: 400}\n", ":3: 400 % is outside the range of `lvef`"),
    (b"patient: {id: test}\nrecords:\n  - {lvef: 60, lvef: 50}\n", ":3: the key `lvef` stands twice."),
    (f"patient: {{id: test, born: {TOMORROW}}}\n".encode(), f":1: {TOMORROW} lies in the future."),
    (b"patient: {id: test\n", ": is not valid YAML"),
    (b"patient:\n\t- id: test\n", ":2: is not valid YAML"),
    (b"\xff\xfe\x00p", "byte 0 is not UTF-8 text."),
    (b"patient: !!python/object/apply:os.system ['true']\n", ":1: "),
    (b"patient: &a {id: test}\nrecords: [*a]\n", ":1: anchors (&name) are not allowed."),
    (b"patient: {id: test}\n---\npatient: {id: other}\n", ":2: a second document begins."),
    (b"", ": is not a chart."),
    (b"[]", ": is not a chart."),
    (b"{}", ": is not a chart."),
    (b'"text"', ": is not a chart."),
    (b"patient: " + b"[" * 300 + b"]" * 300, ":1: nests more than 60 levels deep."),
    (b"patient: " + b"{a: " * 300, ":1: nests more than 60 levels deep."),
    (b"".join(b" " * depth * 2 + b"a:\n" for depth in range(1000)), "nests more than 60 levels deep."),
    (b"- " * 5000 + b"a\n", ":1: nests more than 60 levels deep."),
    (b"[" * 200_000, "deep"),
    (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "deep"),
    (b'{"resourceType": "Bundle", "resourceType": "Patient"}', "the key `resourceType` stands twice"),
    (b'{"resourceType": "Bundle", "entry": []}', "holds no patient and no record of one."),
    (b"\x00\x01\x02", ":1: the control character U+0000 is not allowed."),
]


def told(line: str) -> str:
    assert line.startswith("error: ")
    return line


@pytest.mark.parametrize(("data", "says"), UNUSABLE)
@pytest.mark.parametrize("command", ["advise", "abstract"])
def test_an_unusable_chart_is_told_with_its_place(
    her2guide: Command, tmp_path: Path, data: bytes, says: str, command: str
) -> None:
    place = tmp_path / "chart.yaml"
    place.write_bytes(data)
    done = her2guide(command, place)
    assert (done.code, done.out) == (2, b"")
    (line,) = map(told, done.err.splitlines())
    assert line.startswith(f"error: {place}")
    assert says in line


def test_a_huge_file_is_not_read(her2guide: Command, tmp_path: Path) -> None:
    place = tmp_path / "chart.yaml"
    with place.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    done = her2guide("advise", place)
    assert done.code == 2
    assert done.err == f"error: {place}: the file has more than 32 MB. Give the record of one patient.\n"


CONTRADICTION = """patient: {id: test}
records:
  - {on: 2026-01-05, her2_ihc: 3+}
  - {on: 2026-01-05, her2_ihc: 0}
  - {on: 2026-01-06, disease_extent: early}
"""


@pytest.mark.parametrize("command", ["guide", "advise", "explain"])
def test_contradictions_stop_until_told_to_go_on(her2guide: Command, tmp_path: Path, command: str) -> None:
    place = tmp_path / "chart.yaml"
    place.write_text(CONTRADICTION)
    words = [command, place, *(["article-early-trastuzumab", *ARTICLE] if command == "explain" else [])]
    done = her2guide(*words)
    assert (done.code, done.out) == (2, b"")
    assert f"error: {place}:3, {place}:4: records contradict each other: HER2 score" in done.err
    assert "3+ and 0 on 2026-01-05" in done.err
    assert "--despite-conflicts" in done.err
    assert her2guide(*words, "--despite-conflicts").code == 0


def test_facts_in_conflict_stay_unknown(her2guide: Command, tmp_path: Path) -> None:
    place = tmp_path / "chart.yaml"
    place.write_text(CONTRADICTION)
    data = json.loads(her2guide("advise", place, "--json", "--despite-conflicts").out)
    assert [conflict["facts"] for conflict in data["case"]["conflicts"]] == [["her2_ihc"]]
    assert {"her2_ihc", "her2_status"}.isdisjoint(data["case"]["known"])
    assert not any(option["regimen"] == "trastuzumab" for option in data["options"])


def test_every_problem_of_a_chart_is_told(her2guide: Command, tmp_path: Path) -> None:
    place = tmp_path / "chart.yaml"
    place.write_text("patient: {id: test}\nrecords:\n  - {lvef: 400}\n  - {lvfe: 60}\nmore: 1\n")
    done = her2guide("guide", place, "-o", tmp_path / "guide.html")
    assert done.code == 2
    assert [line.split(":")[2] for line in done.err.splitlines()] == ["5", "3", "4"]
    assert [path.name for path in tmp_path.iterdir()] == ["chart.yaml"]


def test_a_failed_guide_leaves_the_old_one(her2guide: Command, tmp_path: Path) -> None:
    chart, old = tmp_path / "chart.yaml", tmp_path / "guide.html"
    chart.write_text(CONTRADICTION)
    old.write_text("the old guide")
    assert her2guide("guide", chart, "-o", old).code == 2
    assert old.read_text() == "the old guide"


@pytest.mark.parametrize("command", ["guide", "advise"])
def test_the_chart_itself_is_never_written_over(her2guide: Command, tmp_path: Path, command: str) -> None:
    chart = tmp_path / "chart.json"
    chart.write_text('{"patient": {"id": "test"}}')
    done = her2guide(command, chart, "-o", tmp_path / "." / "chart.json")
    assert (done.code, chart.read_text()) == (2, '{"patient": {"id": "test"}}')
    assert "is the chart itself. Write to another file." in done.err


def test_a_write_that_fails_midway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    place = tmp_path / "guide.txt"
    place.write_text("the old guide")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RequestError, match="cannot be written: No space left on device"):
        write_whole(place, b"the new guide")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("guide.txt", "the old guide")]


def test_a_folder_cannot_be_overwritten(her2guide: Command, tmp_path: Path) -> None:
    (tmp_path / "guide.html").mkdir()
    done = her2guide("guide", EARLY, "-o", tmp_path / "guide.html")
    assert done.code == 2
    assert "cannot be written" in done.err
    assert [path.name for path in tmp_path.rglob("*")] == ["guide.html"]


HOSTILE = [
    "<script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    '#panic("typst") #sys.inputs $ x $ *bold* @ref',
    "\\u001b[31mred\\u0007\\u0000",
    "long " * 4000,
    "x" * 20000,
    "\\u202egnp.exe",
    "{{ 7 * 7 }} {% raw %}",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_is_harmless(her2guide: Command, tmp_path: Path, name: str) -> None:
    """JSON carries control characters; no form of the guide may let any of them act."""
    chart = tmp_path / "chart.json"
    body = EXAMPLE_BODY.replace("NAME", name.replace('"', '\\"'))
    chart.write_text(body)
    for ending in ("txt", "html", "pdf"):
        done = her2guide("guide", chart, "-o", tmp_path / f"guide.{ending}")
        assert done.code == 0, done.err
    text = (tmp_path / "guide.txt").read_text(encoding="utf-8")
    assert all(c.isprintable() or c == "\n" for c in text)
    page = (tmp_path / "guide.html").read_text(encoding="utf-8")
    seen = Words(page)
    assert {"script", "img"}.isdisjoint(seen.tags)
    assert "\x1b" not in page
    assert "49 " not in "".join(seen.parts).split("Prepared")[0]
    pdf = PdfReader(io.BytesIO((tmp_path / "guide.pdf").read_bytes()))
    assert len(pdf.pages) < 30
    for words in (("guide",), ("abstract",), ("advise",)):
        done = her2guide(*words, chart)
        assert all(c.isprintable() or c == "\n" for c in done.text)


EXAMPLE_BODY = """{"patient": {"id": "NAME"}, "records": [{"her2_status": "positive", "disease_extent": "early"}]}"""


def test_a_hostile_file_name_is_harmless_in_a_fault(her2guide: Command, tmp_path: Path) -> None:
    place = tmp_path / "a\x1b[31m\nerror: b.yaml"
    place.write_text("patient: {id: test}\nmore: 1\n")
    done = her2guide("advise", place)
    assert done.code == 2
    assert len(done.err.splitlines()) == 1
    assert "\x1b" not in done.err
