"""`ask` and `whatif` on the example charts: lists, conversations, files that are read again, refusals."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from her2guide.chart.plain import read_plain
from her2guide.chart.read import read_chart
from her2guide.chart.write_plain import plain_text
from her2guide.cli.asking import Interview, accept
from her2guide.documents import read_yaml
from her2guide.engine.consultation import Consultation
from her2guide.guide.words import Voice
from her2guide.library.library import Library
from her2guide.model.chart import Chart
from her2guide.model.condition import Value
from tests.chart.fhir_examples import POSITIVE, bundle, medication, observation
from tests.conftest import EXAMPLES, Finished

Command = Callable[..., Finished]
DAY = ("--edition", "article", "--as-of", "2026-11-23")
CHARTS = {path.stem: path for path in EXAMPLES}
UNKNOWN, EARLY, RELAPSE = CHARTS["unknown-ish"], CHARTS["early-triple-positive"], CHARTS["relapse-after-trastuzumab"]
ISH = "Was my HER2 gene test (ISH) positive or negative?"
each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)


@pytest.fixture
def talk(her2guide: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command with lines piped in."""

    def piped(lines: list[str], *words: object) -> Finished:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return her2guide(*words)

    return piped


def test_without_a_terminal_the_questions_are_listed(talk: Command) -> None:
    done = talk([], "ask", UNKNOWN, *DAY)
    assert (done.code, done.err[:5]) == (0, "read ")
    assert f"1. {ISH}" in done.text
    assert "why: it settles an unclear HER2 score" in done.text
    assert "could settle: Drugs that target HER2; Chemotherapy" in done.text
    assert "options: trastuzumab" in done.text


def test_a_yes_is_said_in_full(talk: Command) -> None:
    assert "low_calcium: yes (your blood calcium is low), no (your blood calcium is not low)" in (
        talk([], "ask", UNKNOWN, *DAY, "--list").text
    )


def test_an_answer_is_applied_at_once(talk: Command) -> None:
    done = talk(["positive", "q"], "ask", UNKNOWN, *DAY, "--interactive")
    assert (done.code, ISH in done.err) == (0, True)
    assert "noted:" in done.err
    assert "article-early-trastuzumab" in done.text
    assert ISH not in done.text  # it is known now


def test_i_do_not_know_is_an_answer(talk: Command) -> None:
    """It is asked once, and again at the visit; the end of the lines ends the asking."""
    for word in ("", "dk", "DK", "I don't know", "unknown"):
        done = talk([word], "ask", UNKNOWN, *DAY, "--interactive")
        assert done.code == 0
        assert done.err.count(ISH) == 1
        assert ISH in done.text.split("To ask at the visit")[1]


def test_a_wrong_answer_is_told_and_asked_again(talk: Command) -> None:
    done = talk(["maybe", "?", "positive", "q"], "ask", UNKNOWN, *DAY, "--interactive")
    assert "'maybe' is not a value of `her2_ish_result`. It has: positive, " in done.err
    assert "in the record: HER2 result by in situ hybridisation (ISH)" in done.err
    assert "article-early-trastuzumab" in done.text


@pytest.fixture
def answer(library: Library, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[dict[str, Value], str]]:
    """One answer to one fact of a chart: what is kept of it, and what is said to it."""

    def given(chart: Path, fact: str, text: str) -> tuple[dict[str, Value], str]:
        edition = library.edition("article", "us", "2026-11-23")
        state = Interview(Consultation(read_chart(chart, library), edition, edition.as_of))
        after = accept(state, library.facts[fact], text, Voice(library, "en"))
        return after.answers if after else {}, capsys.readouterr().err

    return given


ANSWERS = [
    ("low_calcium", "y", True, "noted: your blood calcium is low"),
    ("low_calcium", "No", False, "noted: your blood calcium is not low"),
    ("low_calcium", "TRUE", True, "noted: your blood calcium is low"),
    ("lung_inflammation", "in the past", "past", "in the past"),
    ("lung_inflammation", "Past", "past", "in the past"),
    ("creatinine_clearance", "62.5", 62.5, "62.5 mL/min"),
]


@pytest.mark.parametrize(("fact", "said", "kept", "noted"), ANSWERS)
def test_answers_as_people_give_them(
    answer: Callable[..., tuple[dict[str, Value], str]], fact: str, said: str, kept: Value, noted: str
) -> None:
    answers, told = answer(UNKNOWN, fact, said)
    assert answers == {fact: kept}
    assert noted in told


def test_an_answer_that_does_not_fit_the_record_is_told(answer: Callable[..., tuple[dict[str, Value], str]]) -> None:
    """The record says one to three nodes: nine are not taken for an answer, three are."""
    answers, told = answer(EARLY, "positive_nodes", "9")
    assert answers == {}
    assert "error: positive_nodes: does not fit the record: the N category says" in told
    assert answer(EARLY, "positive_nodes", "3")[0] == {"positive_nodes": 3}


@each_example
def test_asking_ends(talk: Command, example: Path) -> None:
    """With nothing but *I don't know* every question comes once and all are left for the visit."""
    done = talk(["dk"] * 60, "ask", example, *DAY, "--interactive", "--json")
    left = json.loads(done.out)["at_the_visit"]
    assert left
    assert len(left) == len(set(left)) == done.err.count("; dk, ?, q")


@each_example
def test_the_answers_are_written_as_a_chart_that_is_read_again(
    talk: Command, her2guide: Command, tmp_path: Path, example: Path
) -> None:
    place = tmp_path / "answers.yaml"
    done = talk(["dk"] * 60, "ask", example, *DAY, "--interactive", "--json", "-o", place)
    again = her2guide("advise", place, *DAY, "--json")
    before = her2guide("advise", example, *DAY, "--json")
    assert done.code == again.code == 0
    assert [json.loads(d.out)["options"] for d in (again,)] == [json.loads(before.out)["options"]]


def test_an_answer_stands_in_the_chart_that_is_written(talk: Command, her2guide: Command, tmp_path: Path) -> None:
    place = tmp_path / "answers.yaml"
    done = talk(["positive", "q"], "ask", UNKNOWN, *DAY, "--interactive", "--json", "-o", place)
    again = her2guide("advise", place, *DAY, "--json")
    assert json.loads(again.out)["options"] == json.loads(done.out)["guidance"]["options"]
    assert "- on: 2026-11-23\n  her2_ish_result: positive\n" in place.read_text()


def same(chart: Chart) -> tuple[object, ...]:
    """A chart without the places where its records stood."""
    seen = sorted((o.fact, str(o.value), str(o.on)) for o in chart.observations)
    given = [(t.agent, t.start, t.end, t.setting, t.ongoing) for t in chart.treatments]
    return chart.patient, chart.born, seen, given, chart.treatments_complete


@each_example
def test_a_plain_chart_keeps_everything(library: Library, example: Path) -> None:
    read = read_chart(example, library)
    assert same(read_plain(read_yaml(plain_text(read), "again"), library)) == same(read)


ODD = """
patient: {id: 'yes', born: 1970-01-01}
records:
  - {on: 2026-01-01, her2_ihc: '0', ecog: 1, grade: '2'}
  - {on: 2026-01-01, her2_ihc: 1+}
  - {lvef: 60.5}
treatments:
  - {agent: trastuzumab, ongoing: yes}
"""


def test_odd_charts_keep_everything(chart: Callable[[str], Chart], library: Library) -> None:
    read = chart(ODD)
    assert same(read_plain(read_yaml(plain_text(read), "again"), library)) == same(read)


def test_a_fhir_record_becomes_a_plain_chart(chart: Callable[[str, str], Chart], library: Library) -> None:
    resources = [observation("85337-4", POSITIVE), medication("MedicationStatement", "224905", status="active")]
    read = chart(bundle(*resources), "record.json")
    assert read.observations
    assert same(read_plain(read_yaml(plain_text(read), "again"), library)) == same(read)


REFUSED = [
    (("ask", UNKNOWN, "--list", "--interactive"), "--list: does not go with --interactive."),
    (("ask", UNKNOWN, "-o", "answers.yaml"), "answers.yaml: there are no answers to write. Use --interactive."),
    (("ask", UNKNOWN, "--interactive", "-o", "answers.pdf"), "answers.pdf: the ending '.pdf' is not known."),
    (("ask", UNKNOWN, "--interactive", "-o", UNKNOWN), "is the chart itself. Write to another file."),
    (("ask", UNKNOWN, "--edition", "artikle"), "Did you mean article?"),
    (("whatif", UNKNOWN, "her2_stauts=positive"), "there is no such fact. Did you mean her2_status?"),
    (("whatif", UNKNOWN, "her2_status"), "her2_status: is not a fact with a value. Write it as fact=value."),
    (("whatif", UNKNOWN, "her2_status="), "is not a fact with a value."),
    (("whatif", UNKNOWN, "her2_status=posi"), "'posi' is not a value of `her2_status`."),
    (("whatif", UNKNOWN, "lvef=60", "lvef=50"), "lvef: is given two values. Give one."),
    (("whatif", UNKNOWN, "lvef=nan"), "'nan' is not a number for `lvef`. Write it in %."),
    (("whatif", UNKNOWN, f"lvef={'9' * 400}"), "is not a number for `lvef`."),
    (("whatif", UNKNOWN, "tumour_size=2 miles"), "the unit 'miles' is not one of `tumour_size`."),
]


@pytest.mark.parametrize(("words", "says"), REFUSED)
def test_what_cannot_be_used_is_told(
    talk: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = talk([], *words, "--as-of", "2026-11-23")
    assert (done.code, done.out) == (2, b"")
    assert says in done.err
    assert len([line for line in done.err.splitlines() if line.startswith("error: ")]) == 1
    assert list(tmp_path.iterdir()) == []


def test_answers_of_the_future_are_refused_before_anything_is_asked(talk: Command, tmp_path: Path) -> None:
    tomorrow = date.today() + timedelta(days=1)
    done = talk(["positive"], "ask", UNKNOWN, "--as-of", tomorrow, "--interactive", "-o", tmp_path / "answers.yaml")
    assert (done.code, done.out, ISH in done.err) == (2, b"", False)
    assert f"answers of {tomorrow} lie in the future" in done.err
    assert list(tmp_path.iterdir()) == []


def test_records_and_knowledge_may_be_of_different_days(talk: Command, her2guide: Command) -> None:
    """On the day of the biopsy nothing but the biopsy is known: more is asked, and answers are of that day."""
    early = ("--records-until", "2026-11-02")
    listed = [json.loads(her2guide("ask", UNKNOWN, *DAY, *days, "--list", "--json").out) for days in ((), early)]
    assert len(listed[1]) > len(listed[0])
    done = talk(["q"], "ask", UNKNOWN, *DAY, *early, "--interactive", "--json")
    guidance = json.loads(done.out)["guidance"]
    assert (guidance["as_of"], guidance["case"]["as_of"]) == ("2026-11-23", "2026-11-02")
    assert "now unknown" in her2guide("whatif", UNKNOWN, "clinical_t=T2", *DAY, *early).text


def test_answers_that_are_no_text_are_told(her2guide: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n"), encoding="utf-8"))
    done = her2guide("ask", UNKNOWN, *DAY, "--interactive")
    assert (done.code, done.out) == (2, b"")
    assert "answers: are not UTF-8 text." in done.err


def test_what_if_shows_before_and_after(her2guide: Command) -> None:
    done = her2guide("whatif", EARLY, "heart_failure=yes", *DAY)
    assert done.code == 0
    assert "what if heart_failure = yes (now no)" in done.text
    assert "lost      trastuzumab" in done.text
    assert "offered, preferred -> ruled out" in done.text


def test_what_if_says_what_the_record_says_otherwise(her2guide: Command) -> None:
    done = her2guide("whatif", EARLY, "her2_status=negative", *DAY)
    assert "her2_status = positive (from her2_ihc_result); counted here as negative" in done.text
    done = her2guide("whatif", EARLY, "age=70", *DAY)
    assert "menopausal_status = premenopausal" in done.text


def test_what_if_takes_units_labels_and_unknown(her2guide: Command) -> None:
    done = her2guide("whatif", EARLY, "tumour_size=6 cm", "lvef=unknown", "menopausal_status=Postmenopausal", *DAY)
    assert done.code == 0
    assert "what if tumour_size = 60 (now 26)" in done.text
    assert "what if lvef = unknown (now 63)" in done.text
    assert "offered -> needs check" in done.text


def test_nothing_changes(her2guide: Command) -> None:
    assert "No option changes." in her2guide("whatif", EARLY, "lvef=64", *DAY).text


@each_example
def test_without_values_every_single_change_is_listed(her2guide: Command, example: Path) -> None:
    done = her2guide("whatif", example, *DAY)
    as_data = json.loads(her2guide("whatif", example, *DAY, "--json").out)
    assert done.text.splitlines()[1].startswith(f"{len(as_data)} single changes")
    assert {change["kind"] for flip in as_data for change in flip["changes"]} == {"gained", "lost"}


@each_example
def test_a_single_change_does_what_it_says(her2guide: Command, example: Path) -> None:
    """Held against the what-if of that one value."""
    for flip in json.loads(her2guide("whatif", example, *DAY, "--json").out)[:6]:
        word = {True: "yes", False: "no"}.get(flip["value"], flip["value"]) if flip["value"] in (True, False) else None
        value = flip["value"] if word is None else word
        found = json.loads(her2guide("whatif", example, f"{flip['fact']}={value}", *DAY, "--json").out)
        changes = [change for change in found["difference"]["options"] if change["kind"] in ("gained", "lost")]
        assert changes == flip["changes"]
