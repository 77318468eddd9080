"""Every command on the three example charts, and every form of output."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pypdf import PdfReader

from her2guide import VERSION
from her2guide.documents import read_text, read_yaml
from her2guide.library.library import Library
from tests.conftest import EXAMPLES, Finished

Command = Callable[..., Finished]
DAY = ("--as-of", "2026-11-23")
ARTICLE = (*DAY, "--edition", "article")
each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
# Titles of options that the text, HTML and PDF guides of the example must name.
OPTIONS = {
    "early-triple-positive": ["trastuzumab", "tamoxifen", "radiation"],
    "relapse-after-trastuzumab": ["T-DM1", "T-DXd"],
    "unknown-ish": ["lumpectomy", "mastectomy", "aromatase"],
}


class Words(HTMLParser):
    """The text of a page and the names of its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def pdf_words(data: bytes) -> str:
    return words(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages))


def notice(library: Library, reader: str = "patient") -> str:
    """How the notice begins that no guide may leave out."""
    notices = library.words["en"]["notices"]
    entry = notices.get(f"notice-{reader}", notices["notice"])
    assert isinstance(entry, str)
    return words(entry)[:60]


def test_there_are_three_examples() -> None:
    assert {path.stem for path in EXAMPLES} == set(OPTIONS)


@each_example
@pytest.mark.parametrize("reader", ["patient", "clinician"])
def test_guide_on_the_terminal(her2guide: Command, library: Library, example: Path, reader: str) -> None:
    done = her2guide("guide", example, *ARTICLE, "--reader", reader)
    assert (done.code, done.err[:5]) == (0, "read ")
    assert notice(library, reader) in words(done.text)
    assert "23 November 2026" in done.text or "2026-11-23" in done.text or "November 23, 2026" in done.text
    assert all(option.lower() in done.text.lower() for option in OPTIONS[example.stem])
    assert max(len(line) for line in done.text.splitlines() if "http" not in line) <= 120


@each_example
@pytest.mark.parametrize("ending", ["txt", "html", "json", "pdf"])
def test_guide_in_a_file(her2guide: Command, library: Library, tmp_path: Path, example: Path, ending: str) -> None:
    place = tmp_path / f"guide.{ending}"
    done = her2guide("guide", example, *ARTICLE, "-o", place)
    assert (done.code, done.out) == (0, b"")
    assert f"wrote {place}" in done.err
    data = place.read_bytes()
    if ending == "pdf":
        said = pdf_words(data)
    else:
        said = words(" ".join(Words(data.decode()).parts) if ending == "html" else data.decode())
    assert notice(library) in said
    assert all(option.lower() in said.lower() for option in OPTIONS[example.stem])
    assert [path.name for path in tmp_path.iterdir()] == [place.name]


def test_the_pdf_is_tagged_and_titled(her2guide: Command, tmp_path: Path) -> None:
    place = tmp_path / "guide.PDF"
    assert her2guide("guide", EXAMPLES[0], *ARTICLE, "-o", place).code == 0
    pdf = PdfReader(place)
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert pdf.metadata
    assert pdf.metadata.title
    assert 1 <= len(pdf.pages) <= 8


@each_example
def test_advise(her2guide: Command, example: Path) -> None:
    done = her2guide("advise", example, *ARTICLE)
    assert done.code == 0
    assert done.text.startswith("article edition, us, as of 2026-11-23, knowledge ")
    assert re.search(
        r"applies: \d+, cannot tell: \d+, does not apply: \d+|applies: \d+, does not apply: \d+", done.text
    )


def validate(her2guide: Command, schema: str, data: Any) -> None:
    made = json.loads(her2guide("schema", schema).out)
    jsonschema.Draft202012Validator.check_schema(made)
    checker = jsonschema.Draft202012Validator(made, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in checker.iter_errors(data)] == []


@each_example
def test_advise_as_json_is_as_the_schema_says(her2guide: Command, example: Path) -> None:
    data = json.loads(her2guide("advise", example, *ARTICLE, "--json").out)
    assert (data["edition"], data["as_of"]) == ("article", "2026-11-23")
    assert data["verdicts"]
    validate(her2guide, "guidance", data)


@each_example
def test_the_case_as_json_is_as_the_schema_says(her2guide: Command, example: Path) -> None:
    data = json.loads(her2guide("abstract", example, *DAY, "--json").out)
    assert data["patient"] == f"example-{example.stem}"
    assert data["known"]
    validate(her2guide, "case", data)


@each_example
def test_the_guide_as_json_is_as_the_schema_says(her2guide: Command, tmp_path: Path, example: Path) -> None:
    her2guide("guide", example, *ARTICLE, "-o", tmp_path / "guide.json")
    validate(her2guide, "guide", json.loads((tmp_path / "guide.json").read_text()))


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("questions", ("ask", "--list", "--json")),
        ("whatif", ("whatif", "lvef=38", "--json")),
        ("comparison", ("compare", "article", "current", "--json")),
    ],
)
def test_the_other_commands_write_as_their_schema_says(her2guide: Command, schema: str, words: tuple[str, ...]) -> None:
    command, *rest = words
    data = json.loads(her2guide(command, EXAMPLES[0], *rest, *DAY).out)
    assert data
    validate(her2guide, schema, data)


@each_example
def test_the_examples_are_as_the_chart_schema_says(her2guide: Command, example: Path) -> None:
    validate(her2guide, "chart", read_yaml(read_text(example), example.name).data)


@pytest.mark.parametrize(
    "fault",
    [{"patients": {}}, {"records": [{"lvef": "high"}]}, {"records": [{"lvef": 400}]}, {"treatments": [{"agent": 3}]}],
)
def test_the_chart_schema_refuses_what_the_reader_refuses(her2guide: Command, fault: dict[str, Any]) -> None:
    made = json.loads(her2guide("schema", "chart").out)
    chart = {"patient": {"id": "test"}}
    assert jsonschema.Draft202012Validator(made).is_valid(chart)
    assert not jsonschema.Draft202012Validator(made).is_valid({**chart, **fault})


@each_example
def test_abstract(her2guide: Command, example: Path) -> None:
    done = her2guide("abstract", example, *DAY)
    assert done.code == 0
    assert f"case of example-{example.stem} as of 2026-11-23" in done.text
    assert re.search(rf"er_percent +\d+ +recorded on 2026-\d\d-\d\d at {re.escape(str(example))}:\d+", done.text)


EXPLAINED = [
    ("article-tamoxifen-before-menopause", "applies", "menopausal_status = premenopausal"),
    ("article-aromatase-inhibitor-after-menopause", "does not apply", "er_percent = 90"),
    ("article-obtain-facts-for-chemotherapy", "applies", "genomic_profile: unknown"),
]


@pytest.mark.parametrize(("recommendation", "verdict", "value"), EXPLAINED)
def test_explain(her2guide: Command, recommendation: str, verdict: str, value: str) -> None:
    done = her2guide("explain", EXAMPLES[0], recommendation, *ARTICLE)
    assert done.code == 0
    assert f"article edition, us, as of 2026-11-23: {verdict}\n" in done.text
    assert value in done.text
    assert f"{EXAMPLES[0].name}:" in done.text


def test_explain_a_cannot_tell_and_an_option(her2guide: Command) -> None:
    pending = her2guide("explain", EXAMPLES[2], "article-early-trastuzumab", *ARTICLE)
    assert "cannot tell" in pending.text
    assert "could be settled by:\n  her2_ish_result:" in pending.text
    option = her2guide("explain", EXAMPLES[1], "article-t-dm1-after-early-relapse", *ARTICLE)
    assert "option t-dm1: needs check" in option.text


@each_example
def test_every_verdict_can_be_explained(her2guide: Command, example: Path) -> None:
    verdicts = json.loads(her2guide("advise", example, *ARTICLE, "--json").out)["verdicts"]
    for verdict in verdicts[::6]:
        done = her2guide("explain", example, verdict["recommendation"], *ARTICLE)
        assert done.code == 0
        assert {True: "applies", False: "does not apply", None: "cannot tell"}[verdict["applies"]] in done.text


def test_facts(her2guide: Command, library: Library) -> None:
    done = her2guide("facts")
    assert done.code == 0
    assert all(f"  {fact} " in done.text for fact in library.facts)
    one = her2guide("facts", "her2_ish_group")
    assert one.code == 0
    assert "group_1: first that holds: her2_ish_ratio >= 2.0 AND her2_ish_copies >= 4.0" in one.text


def test_claims(her2guide: Command, library: Library) -> None:
    done = her2guide("claims")
    assert done.code == 0
    assert all(f"{claim}  [" in done.text for claim in library.claims)
    wrong = her2guide("claims", "--verdict", "wrong")
    shown = [claim.id for claim in library.claims.values() if claim.verdict == "wrong"]
    assert f"\n{len(shown)} claims shown" in f"\n{wrong.text}"
    assert all(f"{claim}  [" in wrong.text for claim in shown)
    assert "[supported" not in wrong.text


def test_lint(her2guide: Command, library: Library) -> None:
    done = her2guide("lint")
    assert (done.code, done.text) == (0, done.text)
    assert f"knowledge {library.digest} is in order: {len(library.facts)} facts" in done.text
    unverified = her2guide("lint", "--unverified")
    assert unverified.code == 0
    assert len(unverified.text.splitlines()) >= 1


def test_book(her2guide: Command, library: Library, tmp_path: Path) -> None:
    place = tmp_path / "book.html"
    assert her2guide("book", "-o", place).code == 0
    page = Words(place.read_text(encoding="utf-8"))
    said = words(" ".join(page.parts))
    assert "script" not in page.tags
    for item in library.editions["article"].recommendations:
        assert item.title in said


@pytest.mark.parametrize("asked", [(), ("--help",), ("guide", "--help"), ("-h",)])
def test_help(her2guide: Command, asked: tuple[str, ...]) -> None:
    done = her2guide(*asked)
    assert done.code in (0, 2 if not asked else 0)
    assert "Usage: her2guide" in done.text + done.err


def test_version(her2guide: Command) -> None:
    assert her2guide("--version").text == f"her2guide, version {VERSION}\n"


def test_as_a_program(tmp_path: Path) -> None:
    """In its own process, as a person starts it: exit code, sentence, no traceback."""
    start = [sys.executable, "-m", "her2guide"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    good = subprocess.run([*start, "advise", str(EXAMPLES[0])], capture_output=True, env=environment, check=False)
    assert (good.returncode, good.stdout[:16]) == (0, b"current edition,")
    bad = subprocess.run([*start, "advise", "nothing.yaml"], capture_output=True, env=environment, check=False)
    assert (bad.returncode, bad.stdout) == (2, b"")
    assert (
        bad.stderr == b"error: nothing.yaml: cannot be read: No such file or directory. Check the name of the file.\n"
    )


def test_nothing_of_a_patient_is_kept(her2guide: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The only file that a run leaves behind is the cache of the knowledge."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert her2guide("guide", EXAMPLES[0], *ARTICLE).code == 0
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(path.parent == tmp_path / "cache" / "her2guide" for path in left)
    assert all(b"example-early-triple-positive" not in path.read_bytes() for path in left)


def test_explain_shows_what_is_known_behind_an_unknown(her2guide: Command) -> None:
    chart = next(path for path in EXAMPLES if path.stem == "unknown-ish")
    told = her2guide("explain", chart, "article-early-trastuzumab", *ARTICLE).text
    assert "her2_status: unknown" in told and "unknown-ish.yaml:9]" in told
