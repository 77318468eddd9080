"""Counts, pictures, pages and commands of the reports on given and recommended treatment."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from her2guide.cohort.concordance import CLASSES, Finding, Outcome
from her2guide.cohort.concordance_counts import Row, funnel, gaps, row, rows, share
from her2guide.cohort.concordance_knowledge import read_questions
from her2guide.cohort.concordance_table import read_cases
from her2guide.errors import ChartError
from her2guide.guide.charts_flow import OTHER, flow, gathered
from her2guide.guide.charts_shares import class_bars, share_map
from her2guide.guide.charts_sites import funnel_plot, level_of, trend
from her2guide.guide.concordance_compare import NOTHING, UNTOLD, moves_of
from her2guide.library.library import Library
from tests.conftest import Finished

Command = Callable[..., Finished]
SVG = "{http://www.w3.org/2000/svg}"
HEAD = (
    "patient,diagnosis_date,site,her2_status,disease_extent,breast_surgery,neoadjuvant_status,pathological_t,"
    "pathological_n,er_status,given.adjuvant,given_on.adjuvant,reason.adjuvant\n"
)
TABLE = HEAD + (
    "p1,2012-03-01,north,positive,early,lumpectomy,not_given,T2,N1a,negative,docetaxel;carboplatin;trastuzumab,2012-04-01,\n"
    "p2,2012-05-01,north,positive,early,lumpectomy,not_given,T2,N0,negative,none,,patient-preference\n"
    "p3,2013-05-01,south,positive,early,mastectomy,not_given,T2,N0,positive,,,\n"
    "p4,2013-06-01,south,negative,early,mastectomy,not_given,T2,N0,positive,trastuzumab,2013-07-01,\n"
    "p5,2014-06-01,south,,early,mastectomy,not_given,T2,N0,positive,trastuzumab;paclitaxel,2014-07-01,\n"
    "p6,2014-06-01,west,negative,early,mastectomy,not_given,T2,N0,positive,none,,\n"
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    place = tmp_path / "cases.csv"
    place.write_text(TABLE, encoding="utf-8")
    return place


# Clopper and Pearson 1934 and standard tables: 0 of 10, 1 of 10, 5 of 10, 10 of 10.
@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(0, 10, 0.0, 0.3085), (1, 10, 0.0025, 0.4450), (5, 10, 0.1871, 0.8129), (10, 10, 0.6915, 1.0)],
)
def test_intervals_are_exact(part: int, whole: int, low: float, high: float) -> None:
    found = share(part, whole)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_a_share_of_nobody_has_no_figure() -> None:
    assert share(0, 0).value is None
    assert share(0, 0).low is None


def outcome(
    kind: str, rule: str = "option", site: str | None = "a", year: int | None = 2012, **more: object
) -> Outcome:
    return Outcome("p", "q", Finding(kind, rule, **more), year, site)  # type: ignore[arg-type]


def test_every_figure_has_its_denominator() -> None:
    found = [outcome(kind) for kind in CLASSES for _ in range(2)] + [outcome("cannot tell", "facts", missing=("age",))]
    one = rows(found, lambda entry: entry.site)[0]
    assert (one.total, one.followed.part, one.followed.whole) == (13, 4, 10)
    assert (one.concordant.part, one.concordant.whole) == (2, 10)
    assert (one.least, one.most) == (pytest.approx(4 / 13), pytest.approx(7 / 13))
    assert sum(one.counts.values()) == len(found)
    assert [(gap.fact, gap.missing, gap.of) for gap in gaps(found)] == [("age", 1, 13)]


def test_limits_hold_what_they_promise() -> None:
    """Outside each limit lies no more than half of what the level leaves, at every size."""
    from scipy.stats import binom

    limits = funnel([sized(30, 40), sized(10, 40)])
    assert limits is not None
    assert limits.target == pytest.approx(0.5)
    for level, bounds in ((0.95, limits.within_95), (0.998, limits.within_998)):
        for size, (low, high) in zip(limits.sizes, bounds, strict=True):
            below = binom.cdf(round(low * size) - 1, size, limits.target)
            above = binom.sf(round(high * size), size, limits.target)
            assert max(below, above) <= (1 - level) / 2
    assert [level_of(sized(part, 40).followed, limits) for part in (20, 10, 5)] == [0, 1, 2]


def sized(part: int, whole: int, name: str = "a") -> Row:
    return row(name, Counter({"concordant": part, "not given": whole - part}))


NASTY = 'a <b> & "c"'
DRAWN = {
    "bars": class_bars("bars", NASTY, [(NASTY, {"concordant": 2, "cannot tell": 3}), ("none", {})], CLASSES),
    "map": share_map("map", NASTY, [NASTY, "x"], ["2012", NASTY * 3], {(NASTY, "2012"): (1, 3)}),
    "missing": share_map("missing", NASTY, [NASTY], ["2012"], {(NASTY, "2012"): (1, 3)}, [3]),
    "funnel": funnel_plot("funnel", NASTY, [sized(9, 9, NASTY), sized(0, 9)], funnel([sized(9, 9), sized(0, 9)])),  # type: ignore[arg-type]
    "trend": trend("trend", NASTY, [(2012, share(1, 2)), (2013, share(0, 0))], [(date(2012, 6, 1), NASTY)]),
    "flow": flow("flow", NASTY, ("1", "2"), {(NASTY, "x"): 2, ("x", "x"): 1, (NASTY, NASTY): 30}),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_says_in_words_what_it_shows(name: str) -> None:
    root = ElementTree.fromstring(DRAWN[name])  # noqa: S314 - our own
    title, described = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert described is not None
    assert title.text == NASTY
    assert described.text
    assert re.search(r"\d+ of \d+|\d+ patients", described.text)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert all(str(found).startswith(name) for found in ids)
    assert len(ids) == len(set(ids))
    for element in root.iter():
        assert "nan" not in " ".join(element.attrib.values())


def test_rare_moves_are_put_together_and_none_is_lost() -> None:
    moves = {(f"s{number}", "t"): number + 1 for number in range(20)}
    found = gathered(moves)
    assert sum(found.values()) == sum(moves.values())
    assert len({before for before, _ in found}) == 8
    assert found[OTHER, "t"] == sum(range(1, 14))


def test_a_table_of_cases_becomes_records(table: Path, library: Library) -> None:
    records = {record.chart.patient: record for record in read_cases(table, library, read_questions(library))}
    assert list(records) == ["p1", "p2", "p3", "p4", "p5", "p6"]
    assert records["p1"].site == "north"
    assert {(t.agent, t.start, t.setting) for t in records["p1"].chart.treatments} == {
        (agent, date(2012, 4, 1), "adjuvant") for agent in ("docetaxel", "carboplatin", "trastuzumab")
    }
    assert (records["p2"].whole, records["p2"].chart.treatments) == ({"adjuvant"}, ())
    assert records["p2"].reasons == {"adjuvant": "patient-preference"}
    assert records["p3"].whole == frozenset()
    assert {o.on for o in records["p1"].chart.observations} == {date(2012, 3, 1)}


BAD = [
    ("p1,2012-03-01,,x,,,,,,,,,", "row 2, her2_status", "is not a value"),
    ("p1,2012-99-01,,,,,,,,,,,", "row 2, diagnosis_date", "is not a date"),
    ("p1,2012-03-01,,,,,,,,,trastuzumap,,", "row 2, given.adjuvant", "Did you mean trastuzumab?"),
    ("p1,2012-03-01,,,,,,,,,,,because", "row 2, reason.adjuvant", "is no code"),
    (",2012-03-01,,,,,,,,,,,", "row 2, patient", "is empty"),
    ("p1,,,,,,,,,,,,\np1,,,,,,,,,,,,", "row 3, patient", "stands twice"),
]


@pytest.mark.parametrize(("line", "where", "what"), BAD)
def test_a_cell_that_cannot_be_used_is_told(tmp_path: Path, library: Library, line: str, where: str, what: str) -> None:
    place = tmp_path / "cases.csv"
    place.write_text(HEAD + line + "\n", encoding="utf-8")
    with pytest.raises(ChartError) as refused:
        list(read_cases(place, library, read_questions(library)))
    assert where in str(refused.value)
    assert what in str(refused.value)


def test_a_column_that_is_no_fact_is_told(tmp_path: Path, library: Library) -> None:
    place = tmp_path / "cases.csv"
    place.write_text("patient,given.adjuvant,her2_statu\np1,none,positive\n", encoding="utf-8")
    with pytest.raises(ChartError, match=r"`her2_statu` is no fact\. Did you mean her2_status\?"):
        list(read_cases(place, library, read_questions(library)))


def test_the_report_of_a_table(her2guide: Command, table: Path, tmp_path: Path) -> None:
    done = her2guide("concordance", table, "-o", tmp_path / "report.json")
    assert done.code == 0, done.err
    report = json.loads((tmp_path / "report.json").read_text())
    found = {(o["patient"], o["question"]): o["finding"] for o in report["outcomes"]}
    kinds = {patient: f["kind"] for (patient, question), f in found.items() if question == "after-surgery-first"}
    assert kinds == {
        "p1": "concordant",
        "p2": "not given",
        "p3": "cannot tell",
        "p4": "not recommended",
        "p5": "cannot tell",
    }
    assert found["p5", "after-surgery-first"]["missing"] == ["her2_status"]
    crossed = report["tables"][0]["counts"]
    assert crossed["yes"] == {"recorded": 1, "others": 0, "none": 2}
    assert crossed["no"] == {"recorded": 1, "others": 0, "none": 1}
    assert crossed["unknown"] == {"recorded": 1, "others": 0, "none": 0}
    assert sum(sum(counts.values()) for counts in crossed.values()) == report["patients"] == 6
    assert report["reasons"] == {"patient-preference": 1, "": 1}
    for part in report["decisions"]:
        whole = sum(part["total"]["counts"].values())
        assert whole == sum(ruled["count"] for ruled in part["rules"])
        for by in ("by_year", "by_site"):
            assert whole == sum(sum(one["counts"].values()) for one in part[by])


def test_the_page_holds_every_part_and_no_script(her2guide: Command, table: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert her2guide("concordance", table, "-o", page).code == 0
    text = page.read_text(encoding="utf-8")
    for words in (
        "2 of 3 patients who are HER2-positive have no record of a drug against HER2",
        "preference of the patient",
    ):
        assert words in text
    assert "<script" not in text
    assert "http" not in re.sub(r'xmlns="[^"]*"|https://hl7[^ ]*', "", text)
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    links = re.findall(r'href="#([^"]+)"', text)
    assert set(links) <= set(ids)


def test_a_record_without_any_drug_is_said_to_say_nothing(her2guide: Command, tmp_path: Path) -> None:
    place = tmp_path / "cases.csv"
    place.write_text("patient,her2_status\np1,positive\np2,negative\n")
    done = her2guide("concordance", place)
    assert "No drug is recorded for any of 2 patients: nothing follows from that." in done.text
    assert "have no record of" not in done.text


def test_patients_can_be_left_out(her2guide: Command, table: Path, tmp_path: Path) -> None:
    for ending in (".html", ".json"):
        place = tmp_path / f"report{ending}"
        assert her2guide("concordance", table, "--without-patients", "-o", place).code == 0
        assert not re.search(r"\bp[1-6]\b", re.sub(r"base64,[^)]*", "", place.read_text(encoding="utf-8")))


def test_the_knowledge_of_one_day_is_said_beside_the_figures(her2guide: Command, table: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert her2guide("concordance", table, "--edition-as-of", "2026-11-01", "-o", page).code == 0
    assert "By the knowledge of 2026-11-01." in page.read_text(encoding="utf-8")


def test_two_states_of_the_knowledge(her2guide: Command, table: Path, tmp_path: Path) -> None:
    place = tmp_path / "compared.json"
    done = her2guide("cohort-compare", table, "current@2012-01-01", "current@2026-11-01", "-o", place)
    assert done.code == 0, done.err
    compared = json.loads(place.read_text())
    after = next(part for part in compared["decisions"] if part["question"] == "after-surgery-first")
    assert after["same"] + after["changed"] + after["untold"] + after["without"] == after["patients"] == 5
    assert sum(count for _, _, count in after["moves"]) == 5
    assert after["changed"] == 1  # positive nodes: a second antibody by then
    drugs = [{one["agent"]: one["counts"] for one in side} for side in compared["demand"]]
    assert "pertuzumab" not in drugs[0]
    assert sum(drugs[1]["pertuzumab"].values()) == 1


def test_a_patient_moves_in_one_way_only() -> None:
    moves = Counter({("a", "a"): 1, ("a", "b"): 2, (NOTHING, NOTHING): 4, (NOTHING, "a"): 8, (UNTOLD, "a"): 16})
    found = moves_of("q", "q", moves)
    assert (found.same, found.changed, found.without, found.untold, found.patients) == (1, 10, 4, 16, 31)


REFUSED = [
    (("--site-of-id", "("), "--site-of-id: cannot be read"),
    (("--site-of-id", "p."), "has not one group"),
    (("--edition-as-of", "soon"), "--edition-as-of: 'soon' is not a date"),
    (("--edition-as-of", "1990-01-01"), "cannot answer for 1990-01-01"),
    (("--edition", "curent"), "Did you mean current?"),
    (("--sites", "nowhere.csv"), "nowhere.csv: cannot be read"),
    (("-o", "report.pdf"), "the ending '.pdf' is not known"),
]


@pytest.mark.parametrize(("words", "says"), REFUSED)
def test_what_cannot_be_used_is_told(her2guide: Command, table: Path, words: tuple[str, ...], says: str) -> None:
    done = her2guide("concordance", table, *words)
    assert (done.code, done.out) == (2, b"")
    assert says in done.err
    assert "Traceback" not in done.err


def test_the_record_is_not_written_over(her2guide: Command, tmp_path: Path) -> None:
    place = tmp_path / "cases.json"
    place.write_text('{"patient": {"id": "p"}}')
    assert "is the record itself" in her2guide("concordance", place, "-o", place).err


def test_sites_from_a_table_or_the_id(her2guide: Command, table: Path, tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text("patient,site\np1,x\n")
    place = tmp_path / "report.json"
    assert (
        her2guide("concordance", table, "--sites", tmp_path / "sites.csv", "--site-of-id", "p([23])", "-o", place).code
        == 0
    )
    sites = {cell["patient"]: cell["site"] for cell in json.loads(place.read_text())["cells"]}
    assert sites == {"p1": "x", "p2": "2", "p3": "3", "p4": "south", "p5": "south", "p6": "west"}


def test_a_cohort_of_tumours_in_the_real_world(her2guide: Command, real_data: Path, tmp_path: Path) -> None:
    """TCGA-BRCA: who is positive without such a drug, and the reverse; everyone is somewhere."""
    cohort, place = real_data / "cohorts", tmp_path / "report.json"
    words = ("--with", cohort / "tcga_brca_drug.tsv", "--site-of-id", "TCGA-(..)")
    assert her2guide("concordance", cohort / "tcga_brca_patient.tsv", *words, "-o", place).code == 0
    report = json.loads(place.read_text())
    crossed = report["tables"][0]["counts"]
    assert sum(sum(counts.values()) for counts in crossed.values()) == report["patients"] == 555
    assert crossed["yes"] == {"recorded": 33, "others": 24, "none": 23}
    assert crossed["no"]["recorded"] == 5
    after = next(part for part in report["decisions"] if part["id"] == "after-surgery-first")
    assert after["total"]["concordant"]["part"] > 0
    assert {ruled["rule"] for ruled in after["rules"]} >= {"before", "scope", "incomplete", "within-year", "outside"}
