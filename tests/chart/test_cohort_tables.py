"""Real tables of many patients, where HER2GUIDE_DATA names the folder that holds them (half of each study).

The status of a specimen is derived from the words of its own tests, by the ordinary rules, and compared with the
status that the study recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from her2guide.chart.abstract import abstract
from her2guide.chart.table import read_table
from her2guide.library.library import Library
from her2guide.model.chart import Chart, Observation
from tests.conftest import TODAY, Finished

RAW = ("HER2 IHC Score", "HER2 FISH")
RECORDED = {
    "primary": ("HER2 Primary Status", "ER Status of the Primary"),
    "sequenced": ("Overall HER2 Status of Sequenced Sample", "ER Status of Sequenced Sample"),
}


@pytest.fixture(scope="module")
def msk(real_data: Path, library: Library) -> list[Chart]:
    return list(read_table(real_data / "cohorts" / "msk_breast_2018_clinical.tsv", library))


def place(observation: Observation) -> tuple[str, str]:
    row, _, column = observation.where.partition(", ")
    return row, column


def rows(chart: Chart) -> dict[str, dict[str, list[Observation]]]:
    """Row -> primary or sequenced sample -> its observations."""
    found: dict[str, dict[str, list[Observation]]] = {}
    for o in chart.observations:
        if o.specimen:
            kind = "primary" if o.specimen.id.endswith(" primary") else "sequenced"
            found.setdefault(place(o)[0], {}).setdefault(kind, []).append(o)
    return found


def derived(chart: Chart, tests: Sequence[Observation], library: Library) -> object:
    """The status that the raw tests of one specimen tell; `contradiction` where they contradict each other."""
    raw = tuple(o for o in tests if place(o)[1].startswith(RAW))
    case = abstract(Chart(chart.patient, chart.source, observations=raw), library.facts, TODAY, library)
    contradicted = any("her2_status" in conflict.facts for conflict in case.conflicts)
    return "contradiction" if contradicted else case.values().get("her2_status")


def recorded(tests: Sequence[Observation], column: str) -> object:
    return next((o.value for o in tests if place(o)[1] == column), None)


def compared(msk: Sequence[Chart], kind: str, library: Library) -> Iterator[tuple[str, object, object]]:
    """Row, status recorded and status derived, of every row with a test or a status of that specimen."""
    for chart in msk:
        for row, specimens in rows(chart).items():
            tests = [o for o in specimens.get(kind, ()) if place(o)[1].startswith((*RAW, RECORDED[kind][0]))]
            if tests:
                yield row.rpartition(" ")[2], recorded(tests, RECORDED[kind][0]), derived(chart, tests, library)


@pytest.mark.parametrize(
    ("kind", "agree", "undecided"),
    [
        # 402: 1+, FISH equivocal, ratio 1.8, 5.3 copies. 403: 1-2+, FISH equivocal, ratio 1.8, 5.6 copies.
        ("primary", 855, {"402": "negative", "403": "negative"}),
        ("sequenced", 856, {}),
    ],
)
def test_her2_status_from_the_words_of_its_tests(
    msk: list[Chart], library: Library, kind: str, agree: int, undecided: dict[str, str]
) -> None:
    found = list(compared(msk, kind, library))
    told = [(row, then, now) for row, then, now in found if now]
    assert [row for row, then, now in told if then != now] == []
    assert len(told) == agree
    assert {row: then for row, then, now in found if then and not now} == undecided


@pytest.mark.parametrize(
    ("kind", "discordant"),
    [
        # 24: 1+, FISH 4.1. 385 and 386, one primary: 0-1+, FISH 3.6.
        ("primary", {"24", "385", "386"}),
        # 393: 1+, FISH 2.2. 431: 3+, FISH negative, 1.2.
        ("sequenced", {"393", "431"}),
    ],
)
def test_tests_that_disagree_are_positive_as_recorded(
    msk: list[Chart], library: Library, kind: str, discordant: set[str]
) -> None:
    found = {}
    for chart in msk:
        for row, specimens in rows(chart).items():
            said = {
                o.fact: o.value for o in specimens.get(kind, ()) if o.fact in ("her2_ihc_result", "her2_ish_result")
            }
            if set(said.values()) == {"positive", "negative"}:
                tests = specimens[kind]
                found[row.rpartition(" ")[2]] = (recorded(tests, RECORDED[kind][0]), derived(chart, tests, library))
    assert found == dict.fromkeys(discordant, ("positive", "positive"))


def test_what_the_words_do_not_decide_stays_undecided(msk: list[Chart], library: Library) -> None:
    total = 910
    for kind, undecided in (("primary", 55), ("sequenced", 54)):
        found = list(compared(msk, kind, library))
        decided = [now for _, _, now in found if now]
        assert total - len(decided) == undecided


def test_conversions_between_primary_and_metastasis(msk: list[Chart]) -> None:
    """As recorded, in the rows of which the sample is no primary tumour."""
    pairs: dict[str, Counter[tuple[object, object]]] = {"her2": Counter(), "er": Counter()}
    for chart in msk:
        for specimens in rows(chart).values():
            sequenced = specimens.get("sequenced", [])
            if not any(o.specimen and o.specimen.site in ("metastasis", "node") for o in sequenced):
                continue
            for number, name in enumerate(pairs):
                before = recorded(specimens.get("primary", ()), RECORDED["primary"][number])
                after = recorded(sequenced, RECORDED["sequenced"][number])
                if before and after:
                    pairs[name][before, after] += 1
    changed = {name: {pair: n for pair, n in counts.items() if pair[0] != pair[1]} for name, counts in pairs.items()}
    assert {name: counts.total() for name, counts in pairs.items()} == {"her2": 389, "er": 433}
    assert changed == {
        "her2": {("negative", "positive"): 12, ("positive", "negative"): 13},
        "er": {("negative", "positive"): 4, ("positive", "negative"): 45},
    }


def test_two_specimens_of_one_row(msk: list[Chart]) -> None:
    chart = next(chart for chart in msk if chart.patient == "P-0000081")
    sites = {o.specimen.id: (o.specimen.site, o.specimen.part) for o in chart.observations if o.specimen}
    assert sites["P-0000081 primary"] == ("primary", "")
    assert sites["P-0000081-T01-IM3"] == ("metastasis", "Bone")


@pytest.mark.parametrize(
    ("tables", "patients", "treatments", "conflicts"),
    [
        (["metabric_clinical.tsv"], 1256, 0, {"er_status": 64}),
        (["msk_breast_2018_clinical.tsv"], 834, 0, {"her2_status": 46, "er_status": 72}),
        (["tcga_brca_patient.tsv", "tcga_brca_drug.tsv"], 555, 1013, {"her2_status": 0, "her2_ihc_result": 21}),
        (["tcga_brca_drug.tsv"], 400, 1013, {}),
    ],
)
def test_every_patient_is_read(
    real_data: Path,
    library: Library,
    tables: list[str],
    patients: int,
    treatments: int,
    conflicts: dict[str, int],
) -> None:
    first, *others = [real_data / "cohorts" / name for name in tables]
    charts = list(read_table(first, library, None, others))
    assert len({chart.patient for chart in charts}) == len(charts) == patients
    assert sum(len(chart.treatments) for chart in charts) >= treatments
    assert all(chart.unread for chart in charts)
    counts: Counter[str] = Counter()
    for chart in charts:
        case = abstract(chart, library.facts, TODAY, library)
        counts.update(fact for conflict in case.conflicts for fact in conflict.facts)
    assert {fact: counts[fact] for fact in conflicts} == conflicts


def test_treatments_keep_their_distance_from_diagnosis(real_data: Path, library: Library) -> None:
    """Diagnosed in 2011; drugs 154 and 490 days after it, counted from the last day of the year."""
    folder = real_data / "cohorts"
    charts = read_table(folder / "tcga_brca_patient.tsv", library, None, [folder / "tcga_brca_drug.tsv"])
    chart = next(chart for chart in charts if chart.patient == "TCGA-3C-AALJ")
    given = [t for t in chart.treatments if t.where == "tcga_brca_drug.tsv row 4, pharmaceutical_therapy_drug_name"]
    assert [(t.agent, str(t.start), str(t.end)) for t in given] == [("trastuzumab", "2012-06-02", "2013-05-04")]
    status = next(o for o in chart.observations if o.fact == "er_status")
    assert (str(status.not_before), str(status.on)) == ("2011-01-01", "2011-12-31")


def test_mcode_templates(real_data: Path, library: Library) -> None:
    charts = list(read_table(real_data / "fhir" / "mcode_extraction_csv_templates", library))
    stage = next(chart for chart in charts if chart.patient == "mrn-1")
    told = {o.fact: o.value for o in stage.observations}
    assert told == {"clinical_t": "T3", "clinical_n": "N3", "m": "M0", "recorded_stage": "III"}
    assert len(charts) == 12
    assert all(chart.unread for chart in charts)


def test_the_command_lists_what_was_passed_over(real_data: Path, tmp_path: Path, her2guide: object) -> None:
    output = tmp_path / "cases.ndjson"
    ended: Finished = her2guide(  # type: ignore[operator]
        "abstract", real_data / "cohorts" / "metabric_clinical.tsv", "-o", output
    )
    assert ended.code == 0
    assert "1256 patients" in ended.text
    assert "64 er_status" in ended.text
    assert "213 Chemotherapy: does not say which drugs" in ended.text
    assert len(output.read_text().splitlines()) == 1256
