"""What was given against what was recommended: each rule by itself, and whole charts before the current edition."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import date

import pytest
from msgspec.structs import replace

from her2guide.cohort.concordance import CLASSES, RULES, Finding, Offer, Outcome, Said, compared, matching
from her2guide.cohort.concordance_given import Record, chart_at_decision, given_for, opened_on
from her2guide.cohort.concordance_knowledge import Questions, read_questions
from her2guide.errors import KnowledgeError
from her2guide.guide.concordance import Basis, Judge
from her2guide.library.library import Library
from her2guide.model.chart import Chart
from her2guide.model.guidance import Standing
from her2guide.model.knowledge import Place

Charts = Callable[[str], Chart]


def offer(*parts: str, place: Place = "preferred", standing: Standing = "offered", **more: object) -> Offer:
    """`a`, `b/c`: the parts of a regimen, of some of which one of several is given."""
    choices = tuple(tuple(part.split("/")) for part in parts)
    return Offer("r", " ".join(parts), place, choices, standing, **more)  # type: ignore[arg-type]


def maybe(*parts: str, needs: tuple[str, ...] = ("age",)) -> Offer:
    return Offer("o", " ".join(parts), "preferred", tuple(tuple(part.split("/")) for part in parts), needs=needs)


AB, ABC, CD = offer("a", "b"), offer("a", "b", "c"), offer("c", "d")
# what was given, what was said, is the record whole, what comes of it
COMPARED = [
    ("a b", Said((AB,)), False, "concordant", "option"),
    ("a b", Said((offer("a", "b/x"),)), False, "concordant", "option"),
    ("a b x", Said((offer("a", "b/x"),)), False, "concordant", "option"),
    ("a b c d", Said((AB, CD)), False, "concordant", "together"),
    ("a b", Said((offer("a", "b", place="alternative"),)), False, "concordant", "option"),
    ("a b", Said((offer("a", "b", place="alternative"), CD)), False, "alternative", "lesser"),
    ("a b", Said((offer("a"), offer("a", "b", place="alternative"))), False, "alternative", "lesser"),
    ("c d", Said((offer("a", "b", place="later"), offer("c", "d", place="later"))), False, "concordant", "option"),
    ("a b", Said((offer("a", "b", standing="ruled out"), CD)), False, "not recommended", "other"),
    ("a b", Said((offer("a", "b", standing="ruled out", barred=frozenset("a")), CD)), False, "ruled out", "barred"),
    ("a b", Said((offer("a", "b/x", barred=frozenset("b")),)), False, "ruled out", "barred"),
    ("q", Said((AB,), barred=frozenset("q")), True, "ruled out", "barred"),
    ("a", Said((AB,)), True, "not recommended", "part"),
    ("a", Said((AB,)), False, "cannot tell", "incomplete"),
    ("a q", Said((AB,)), True, "not recommended", "other"),
    ("h q", Said((offer("a", "h"),)), True, "not recommended", "backbone"),
    ("a b", Said((CD,), against=(AB,)), True, "not recommended", "against"),
    ("a b", Said((CD,), open=(maybe("a", "b"),)), True, "cannot tell", "facts"),
    ("q", Said(open=(maybe("a"),)), True, "cannot tell", "facts"),
    ("q", Said(), True, "cannot tell", "silent"),
    ("h", Said(), True, "not recommended", "none-offered"),
    ("", Said((AB,)), True, "not given", "nothing"),
    ("", Said((AB,)), False, "cannot tell", "incomplete"),
    ("", Said(open=(maybe("a"),)), True, "cannot tell", "facts"),
]


@pytest.mark.parametrize(("given", "said", "whole", "kind", "rule"), COMPARED)
def test_each_rule(given: str, said: Said, whole: bool, kind: str, rule: str) -> None:
    agents = frozenset(given.split())
    found = compared(agents, said, whole=whole, deciding=agents & {"h"})
    assert found is not None
    assert (found.kind, found.rule) == (kind, rule)
    assert bool(found.missing) == (rule == "facts")


def test_what_concerns_nobody_is_left_out() -> None:
    assert compared(frozenset(), Said(), whole=True) is None
    assert compared(frozenset(), Said((offer("a", standing="ruled out"),)), whole=True) is None


def test_matching_is_what_it_says() -> None:
    """Against the plain meaning: some offers, each given whole, that leave no given agent over."""
    draw = random.Random(7)  # noqa: S311 - drawn anew alike each time
    for _ in range(3000):
        offers = [
            offer(*("/".join(draw.sample("abcde", draw.randint(1, 2))) for _ in range(draw.randint(1, 3))))
            for _ in range(draw.randint(0, 4))
        ]
        given = frozenset(draw.sample("abcde", draw.randint(1, 5)))
        whole = [one for one in offers if all(given & set(part) for part in one.choices)]
        some = any(
            given <= frozenset().union(*(one.agents() for one in chosen))
            for size in range(1, len(whole) + 1)
            for chosen in itertools.combinations(whole, size)
        )
        assert bool(matching(given, offers)) == some


@pytest.fixture(scope="module")
def questions(library: Library) -> Questions:
    return read_questions(library)


@pytest.fixture
def outcomes(chart: Charts, library: Library, questions: Questions) -> Callable[..., dict[str, Outcome]]:
    """The outcomes of one plain chart, by question."""

    def judged(text: str, by: date | None = None, edition: str = "current") -> dict[str, Outcome]:
        judge = Judge(library, questions, Basis(edition, "us", by))
        return {found.question: found for found in judge.outcomes([Record(chart(text))])}

    return judged


STAGE_TWO = """
patient: {{id: p1, sex: female}}
records:
  - {{on: {on}, her2_status: {her2}, disease_extent: early, breast_surgery: lumpectomy, neoadjuvant_status: not_given,
      pathological_t: T2, pathological_n: N1a, age: 50, lvef: 62, heart_failure: no,
      neutrophils: 4.0, bilirubin_times_upper_limit: 0.5, pregnant: no, er_status: negative, pr_status: negative}}
treatments:
{given}
treatments_complete: {whole}
"""


def stage_two(
    *agents: str,
    on: str = "2012-03-01",
    start: str = "2012-04-01",
    her2: str = "positive",
    whole: str = "yes",
    setting: str = "adjuvant",
) -> str:
    said = f", setting: {setting}" if setting else ""
    given = "\n".join(f"  - {{agent: {agent}, start: {start}{said}}}" for agent in agents) or "  []"
    return STAGE_TWO.format(on=on, her2=her2, given=given, whole=whole)


def after(found: dict[str, Outcome]) -> Finding:
    return found["after-surgery-first"].finding


TCH = ("docetaxel", "carboplatin", "trastuzumab")
AC_TH = ("doxorubicin", "cyclophosphamide", "paclitaxel", "trastuzumab")
WHOLE = [
    (stage_two(*TCH), None, "concordant", "option"),
    (stage_two(*AC_TH), None, "concordant", "option"),
    (stage_two(*TCH), date(2026, 11, 1), "alternative", "lesser"),  # pertuzumab is preferred by then
    (stage_two(*TCH, setting=""), None, "concordant", "option"),  # the dates tell the setting
    (stage_two(*TCH, setting="", start="2014-04-01"), None, "not given", "nothing"),  # too late to belong to it
    (stage_two("doxorubicin", "cyclophosphamide", whole="no"), None, "cannot tell", "incomplete"),
    (stage_two("doxorubicin", "cyclophosphamide"), None, "not recommended", "part"),
    (stage_two("epirubicin", "trastuzumab"), None, "not recommended", "backbone"),
    (stage_two(), None, "not given", "nothing"),
    (stage_two(whole="no"), None, "cannot tell", "incomplete"),
    (stage_two(*TCH, her2="negative"), None, "not recommended", "outside"),
    (stage_two(*TCH, on="1997-01-01", start="1997-02-01"), None, "cannot tell", "before"),
    (stage_two(*TCH, on="2006-01-01", start="2006-02-01"), None, "not recommended", "none-offered"),
    (stage_two("docetaxel", on="2006-01-01", start="2006-02-01"), None, "cannot tell", "silent"),
    (stage_two(*TCH).replace("lvef: 62", "lvef: 35"), None, "ruled out", "barred"),
    (stage_two(*TCH).replace(", pathological_n: N1a", ""), None, "cannot tell", "facts"),
    (stage_two("docetaxel", whole="no").replace("neoadjuvant_status: not_given,", ""), None, "cannot tell", "scope"),
]


@pytest.mark.parametrize(("text", "by", "kind", "rule"), WHOLE)
def test_whole_charts(
    outcomes: Callable[..., dict[str, Outcome]], text: str, by: date | None, kind: str, rule: str
) -> None:
    found = after(outcomes(text, by))
    assert (found.kind, found.rule) == (kind, rule)


def test_a_patient_without_the_target_is_left_out(outcomes: Callable[..., dict[str, Outcome]]) -> None:
    assert outcomes(stage_two("docetaxel", her2="negative")) == {}


def test_what_is_recorded_later_does_not_count(outcomes: Callable[..., dict[str, Outcome]]) -> None:
    text = stage_two(*TCH) + "\n"
    later = text.replace("treatments:", "  - {on: 2015-01-01, lvef: 30, her2_status: negative}\ntreatments:")
    assert outcomes(later)["after-surgery-first"] == outcomes(text)["after-surgery-first"]


def test_an_outcome_names_what_it_rests_on(outcomes: Callable[..., dict[str, Outcome]]) -> None:
    found = outcomes(stage_two(*TCH))["after-surgery-first"]
    assert (found.day, found.year, found.judged_by) == (date(2012, 4, 1), 2012, date(2012, 4, 1))
    assert found.given == tuple(sorted(TCH))
    assert found.offered["tch"] == ("preferred", "offered")
    assert found.finding.matched == ("tch",)
    assert not found.finding.unchecked
    unchecked = outcomes(stage_two(*TCH).replace("lvef: 62, ", ""))["after-surgery-first"].finding
    assert unchecked.kind == "concordant"
    assert "lvef" in unchecked.unchecked


def test_an_option_without_a_compared_drug_is_none(outcomes: Callable[..., dict[str, Outcome]]) -> None:
    """A drug that protects the ovaries is offered at the same time; it answers another question."""
    young = stage_two(*TCH, on="2019-03-01", start="2019-04-01").replace(
        "age: 50", "menopausal_status: premenopausal, age: 35"
    )
    assert "tch" in outcomes(young)["after-surgery-first"].offered
    assert "gnrh-agonist-during-chemotherapy" not in outcomes(young)["after-surgery-first"].offered


LINES = """
patient: {id: p2, sex: female}
records:
  - {on: 2018-01-10, her2_status: positive, disease_extent: metastatic, m: M1, age: 55, lvef: 60, ecog: 0, pregnant: no,
     er_status: negative, pr_status: negative, brain_metastases: none, bone_metastases: no, liver_metastases: yes}
treatments:
  - {agent: docetaxel, start: 2018-02-01, end: 2018-08-01, setting: metastatic}
  - {agent: trastuzumab, start: 2018-02-01, end: 2019-03-01, setting: metastatic}
  - {agent: pertuzumab, start: 2018-02-01, end: 2019-03-01, setting: metastatic}
  - {agent: trastuzumab-emtansine, start: 2019-04-01, setting: metastatic}
treatments_complete: yes
"""


def test_each_line_is_a_decision_of_its_own(outcomes: Callable[..., dict[str, Outcome]]) -> None:
    found = outcomes(LINES)
    assert found["first-line"].given == ("docetaxel", "pertuzumab", "trastuzumab")
    assert found["second-line"].given == ("trastuzumab-emtansine",)
    assert found["second-line"].day == date(2019, 4, 1)
    assert "third-line" not in found
    assert found["first-line"].finding.kind in ("concordant", "cannot tell")


def test_lines_that_cannot_be_told_are_said_so(outcomes: Callable[..., dict[str, Outcome]]) -> None:
    undated = LINES.replace("agent: docetaxel, start: 2018-02-01, end: 2018-08-01,", "agent: docetaxel,")
    assert outcomes(undated)["first-line"].finding.rule == "lines"
    assert "second-line" not in outcomes(undated)


def only_the_year(read: Chart) -> Chart:
    """The same chart from a record that gives years only."""
    spans = (replace(o, not_before=date(o.on.year, 1, 1)) for o in read.observations if o.on)
    return replace(read, observations=tuple(spans))


def test_a_change_within_a_rough_date_is_not_told(chart: Charts, library: Library, questions: Questions) -> None:
    read = chart(stage_two(*AC_TH, on="2006-12-31", start="2007-01-20"))
    judge = Judge(library, questions, Basis("current", "us"))
    exact, rough = (judge.outcomes([Record(one)])[0].finding for one in (read, only_the_year(read)))
    assert (exact.kind, exact.rule) == ("concordant", "option")
    assert (rough.kind, rough.rule) == ("cannot tell", "within-year")


def test_a_year_makes_the_days_counted_from_it_uncertain(chart: Charts, questions: Questions, library: Library) -> None:
    read = only_the_year(chart(stage_two(*TCH, on="2006-12-31", start="2007-02-01")))
    assert opened_on(("breast_surgery",), read) == (date(2006, 1, 1), date(2006, 12, 31))
    given = given_for(questions.decisions["after-surgery-first"], read, questions, library)
    assert given is not None
    assert (given.first, given.day) == (date(2006, 2, 2), date(2007, 2, 1))


def test_the_chart_of_a_decision_holds_what_came_before(chart: Charts, questions: Questions, library: Library) -> None:
    text = stage_two(*TCH).replace(
        "treatments_complete",
        "  - {agent: tamoxifen, start: 2012-04-01}\n  - {agent: lumpectomy, start: 2012-02-28}\ntreatments_complete",
    )
    read = chart(text)
    given = given_for(questions.decisions["after-surgery-first"], read, questions, library)
    assert given is not None
    assert given.day is not None
    assert [t.agent for t in chart_at_decision(read, given, given.day).treatments] == ["lumpectomy"]


def test_every_class_and_rule_has_words(library: Library) -> None:
    words = library.words["en"]["concordance"]
    assert set(words["rules"]) == set(RULES)
    assert set(words["classes"]) == set(CLASSES)


def test_a_question_that_names_nothing_is_refused(library: Library, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("concordance")
    (folder / "1.yaml").write_text(
        "- {id: g, title: g, classes: [taxanes]}\n"
        "- {id: q, title: q, decisions: [nowhere], of: [her2_statu = 'positive'], setting: adjuvant, compared: h,\n"
        "   deciding: g, dated_by: [nothing], supposed: {nofact: yes}}\n"
        "- {id: r, title: r, source: nobody}\n",
        encoding="utf-8",
    )
    with pytest.raises(KnowledgeError) as refused:
        read_questions(library, folder)
    told = str(refused.value)
    for part in ("taxanes", "her2_statu", "nofact", "nobody"):
        assert part in told
