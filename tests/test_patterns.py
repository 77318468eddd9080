"""Patterns of written reports: what cannot be used is refused with its owner, before any report is read."""

from __future__ import annotations

import pytest

from her2guide.library.library import Library
from her2guide.library.patterns import check_pattern, check_reports, compiled
from her2guide.model.report import Reading, ReportWords, Subject

TERMS = {"number": r"\d+", "percent": r"{number}\s?%"}
GROWING = {"t0": "a", **{f"t{n}": f"{{t{n - 1}}}" * 9 for n in range(1, 40)}}  # 9 to the 39th letters


def test_terms_are_filled_in_and_may_name_others() -> None:
    assert compiled("x {percent}", TERMS).fullmatch("X 90 %")


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"(a+)+", "leaves a choice inside a repetition"),
        (r"(?:\w*\s)*x", "leaves a choice inside a repetition"),
        (r"(?:{percent}|b)*", "leaves a choice inside a repetition"),
        (r"(?=(a*)*)b", "leaves a choice inside a repetition"),
        (r"(a|aa)+", "leaves a choice inside a repetition"),
        (r"(a?b?)*", "leaves a choice inside a repetition"),
        (r"(?:a{1,9}){9}", "leaves a choice inside a repetition"),
        (r"(?:(?:a{1,3}){3}){3}", "leaves a choice inside a repetition"),
        (r"(?:\d{3}|b)", ""),
        (r"(?:\d{3})*", ""),
        (r"(a", "is no pattern"),
        ("(" * 3000, "is no pattern"),
        ("a{99999999999}", "is no pattern"),
        (r"{numbr}", "there is no term 'numbr'. Did you mean number?"),
        (r"(?:a+){1,3}", ""),
        (r"(?:a{1,5}){1,3}b*", ""),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str, said: str) -> None:
    told = " ".join(str(problem) for problem in check_pattern("subject x", pattern, TERMS))
    assert said in told
    assert bool(told) == bool(said)


def test_terms_that_grow_out_of_bounds_are_refused() -> None:
    (problem,) = check_pattern("term t39", "{t39}", GROWING)
    assert "more than 10000 characters" in problem.what


def test_names_that_lead_nowhere_are_told(library: Library) -> None:
    reading = Reading(fact="er_precent", pattern="x", settles="er_status")
    subject = Subject(id="s", title="s", about="s", pattern="x", within=("t",), readings=(reading,))
    told = [str(p) for p in check_reports(ReportWords(subjects={"s": subject}), library.facts)]
    assert [line.strip() for line in told] == [
        "subject s: there is no subject `t`.",
        "subject s: there is no fact `er_precent`. Did you mean er_percent?",
    ]


def test_the_patterns_that_ship_are_in_order(library: Library) -> None:
    assert list(check_reports(library.reports, library.facts)) == []
    assert len(library.reports.subjects) > 20
