"""The synthetic cohort: same seed, same bytes; valid values; the shares of the knowledge; marked in every row."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from pyarrow import csv

from her2guide.cli.main import commands
from her2guide.cohort import synth
from her2guide.cohort.file_out import FORMS, file_bytes
from her2guide.cohort.recipe import Recipe, read_recipe
from her2guide.engine.apply import apply
from her2guide.errors import KnowledgeError, RequestError
from her2guide.language.settle import settle
from her2guide.language.typed import typed_value
from her2guide.library.library import Library
from her2guide.model.case import Case, Known, Origin

ROWS = 30_000
HEADS = ["patient", "diagnosis_date", "recorded_on", "site", "synthetic"]


@pytest.fixture(scope="module")
def recipe(library: Library) -> Recipe:
    return read_recipe(library)


@pytest.fixture(scope="module")
def cohort(recipe: Recipe) -> pa.Table:
    return drawn(recipe, ROWS, 7)


def drawn(recipe: Recipe, rows: int, seed: int) -> pa.Table:
    schema = synth.schema_of(recipe, seed, "k")
    return pa.Table.from_batches(synth.cohort_batches(recipe, rows, seed, schema), schema)


def content(recipe: Recipe, rows: int, seed: int, form: str) -> bytes:
    schema = synth.schema_of(recipe, seed, "k")
    return b"".join(file_bytes(synth.cohort_batches(recipe, rows, seed, schema), schema, form))


def share(rows: list[dict[str, Any]], fact: str, value: Any) -> float:
    """Of the rows in which the fact is recorded."""
    known = [row[fact] for row in rows if row[fact] is not None]
    return known.count(value) / len(known)


@pytest.mark.parametrize("form", FORMS.values())
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(recipe: Recipe, form: str) -> None:
    assert content(recipe, 500, 3, form) == content(recipe, 500, 3, form)
    assert content(recipe, 500, 3, form) != content(recipe, 500, 4, form)


def test_chunks_follow_each_other_and_differ(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synth, "CHUNK", 40)
    table = drawn(recipe, 100, 1)
    assert table.column("patient").to_pylist() == [f"synthetic-{n:09d}" for n in range(1, 101)]
    ages = table.column("age").to_pylist()
    assert ages[:20] != ages[40:60]


def test_every_row_is_marked_synthetic(cohort: pa.Table) -> None:
    assert cohort.column("synthetic").to_pylist() == [True] * ROWS
    assert cohort.schema.metadata[b"synthetic"] == b"true"
    assert cohort.column_names[: len(HEADS)] == HEADS


def test_every_value_is_a_value_of_its_fact(cohort: pa.Table, library: Library) -> None:
    for name in cohort.column_names[len(HEADS) :]:
        values = set(cohort.column(name).to_pylist()) - {None}
        assert values, f"{name} is always missing"
        for value in values:
            assert typed_value(library.facts[name], value) == value, name


def test_days_are_in_order_and_after_birth(cohort: pa.Table) -> None:
    for row in cohort.select(["diagnosis_date", "recorded_on", "age"]).to_pylist():
        assert row["diagnosis_date"] <= row["recorded_on"] < date(2027, 12, 31)
        assert row["age"] > 18


def test_a_man_has_no_menopause_and_no_pregnancy(cohort: pa.Table) -> None:
    men = [row for row in cohort.to_pylist() if row["sex"] == "male"]
    assert men
    assert {row["menopausal_status"] for row in men} <= {"not_applicable", None}
    assert {row["pregnant"] for row in men} <= {False, None}


def test_records_contradict_themselves_only_in_the_seeded_share(cohort: pa.Table, library: Library) -> None:
    said: Counter[str] = Counter()
    rows = cohort.slice(0, 4000).to_pylist()
    for row in rows:
        said.update({conflict.says for conflict in settled(row, library)[1]})
    assert all("count" in says for says in said), said
    assert sum(said.values()) <= 0.006 * len(rows)


def test_few_records_do_contradict_themselves(cohort: pa.Table) -> None:
    slips = [row for row in cohort.to_pylist() if row["pathological_n"] == "N0" and row["positive_nodes"]]
    assert 0 < len(slips) < 0.004 * ROWS


@pytest.mark.parametrize(
    ("steers", "fact", "value", "expected"),
    [
        ({"sex": "female", "age": range(30, 45)}, "menopausal_status", "premenopausal", 0.97),
        ({"sex": "female", "age": range(50, 55)}, "menopausal_status", "postmenopausal", 0.50),
        ({"sex": "female", "age": range(60, 99)}, "menopausal_status", "postmenopausal", 1.0),
        ({"clinical_t": ["T2"]}, "clinical_n", "N0", 0.46),
        ({"clinical_t": ["T1c"]}, "clinical_n", "N0", 0.68),
        ({"clinical_t": ["Tis"]}, "clinical_n", "N0", 1.0),
        ({"relapsed": [True], "m": ["M1"]}, "brain_metastases", "none", 0.865),
        ({"relapsed": [False], "m": ["M1"]}, "liver_metastases", True, 0.419),
    ],
)
def test_the_shares_are_those_of_the_knowledge(
    cohort: pa.Table, steers: dict[str, Any], fact: str, value: Any, expected: float
) -> None:
    rows = [row for row in cohort.to_pylist() if all(row[name] in allowed for name, allowed in steers.items())]
    assert len(rows) > 100
    assert share(rows, fact, value) == pytest.approx(expected, abs=2 / len(rows) ** 0.5)


def test_receptors_go_together(cohort: pa.Table) -> None:
    rows = cohort.to_pylist()
    tested = [row for row in rows if row["er_percent"] is not None and row["pr_percent"] is not None]
    assert not [row for row in tested if row["er_percent"] == 0 and row["pr_percent"] > 0]
    equivocal = [row for row in rows if row["her2_ihc"] == "2+" and row["her2_ish_ratio"] is not None]
    amplified = sum(row["her2_ish_ratio"] >= 2 for row in equivocal) / len(equivocal)
    assert amplified == pytest.approx(0.18, abs=0.03)  # 14.5 % positive with 20 % of 2+, the rest with 15 %
    strong = [row["her2_ish_ratio"] for row in rows if row["her2_ihc"] == "3+" and row["her2_ish_ratio"] is not None]
    assert min(strong) >= 2


def test_treatment_follows_the_year(cohort: pa.Table) -> None:
    rows = cohort.to_pylist()
    assert not [row for row in rows if row["prior_t_dxd"] and row["recorded_on"] < date(2020, 1, 1)]
    assert not [row for row in rows if row["prior_adjuvant_t_dm1"] and row["diagnosis_date"] < date(2019, 1, 1)]
    assert sum(row["prior_t_dxd"] for row in rows) > 10


def test_what_is_missing_depends_on_the_hospital_and_on_the_value(cohort: pa.Table) -> None:
    def missing(fact: str, rows: list[dict[str, Any]]) -> float:
        return sum(row[fact] is None for row in rows) / len(rows)

    rows = cohort.to_pylist()
    small = [row for row in rows if row["site"] == "hospital-09"]
    large = [row for row in rows if row["site"] == "hospital-01"]
    assert missing("platelets", small) == pytest.approx(0.5, abs=0.05)
    assert missing("platelets", large) == pytest.approx(0.15, abs=0.03)
    assert missing("m", [row for row in rows if row["bone_metastases"]]) == pytest.approx(0.01, abs=0.015)
    assert all((row["platelets"] is None) == (row["neutrophils"] is None) for row in rows)


def settled(row: dict[str, Any], library: Library) -> tuple[dict[str, Known], Any]:
    origin = Origin("recorded", ("row",), row["recorded_on"])
    recorded = {name: Known(row[name], origin) for name in list(row)[len(HEADS) :] if row[name] is not None}
    found = settle(tuple(library.facts.values()), recorded, library.contradictions)
    return found.known, found.conflicts


def test_a_row_gives_guidance(cohort: pa.Table, library: Library) -> None:
    new = {"her2_ihc": "3+", "clinical_t": "T2", "clinical_n": "N1", "m": "M0", "breast_surgery": "none", "ecog": 0}
    row = next(row for row in cohort.to_pylist() if new.items() <= row.items() and row["lvef"])
    edition = library.edition("current", region="us", as_of=row["recorded_on"])
    known, _ = settled(row, library)
    guidance = apply(edition, Case(row["patient"], row["recorded_on"], known))
    assert guidance.options


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("ending", FORMS)
def test_no_row_and_one_row(tmp_path: Path, rows: int, ending: str) -> None:
    place = tmp_path / f"cohort{ending}"
    done = CliRunner().invoke(commands, ["synth", str(rows), "-o", str(place), "--seed", "5"])
    assert done.exit_code == 0, done.output
    found = {
        ".parquet": pq.read_table,
        ".arrow": lambda place: pa.ipc.open_file(place).read_all(),
        ".csv": csv.read_csv,
    }[ending](place)
    assert found.num_rows == rows
    assert found.column_names[: len(HEADS)] == HEADS
    assert found.column("synthetic").to_pylist() == [True] * rows


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["5", "-o", "cohort.xlsx"], "the ending '.xlsx' is not known"),
        (["5"], "is missing"),
        (["5", "--seed", "-1", "-o", "cohort.csv"], "cannot be used"),
    ],
)
def test_what_cannot_be_made_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(commands, ["synth", *words])
    assert isinstance(done.exception, RequestError)
    assert says in str(done.exception)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {id: sex, draw: [{give: male}]}", "names no source"),
        ("- {id: sex, assumption: a, draw: [{give: both}]}", "is not a value of `sex`"),
        ("- {id: sex, assumption: a, draw: [{when: [age > 5], give: male}, {give: male}]}", "age"),
        ("- {id: age, assumption: a, draw: [{spread: {0: 5, 100: 400}}]}", "outside the range"),
        ("- {id: height, assumption: a, draw: [{give: 5}]}", "is no fact"),
        ("- {id: sex, source: nowhere, draw: [{give: male}]}", "no source `nowhere`"),
        ("- {id: sex, assumption: a, draw: [{}]}", "gives nothing"),
        ("- {id: gap, assumption: a, facts: [sex], missing: [{chance: 1}]}", "drawn before"),
    ],
)
def test_a_recipe_that_cannot_be_used_is_refused(library: Library, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "1.yaml").write_text(text)
    with pytest.raises(KnowledgeError) as refused:
        read_recipe(library, tmp_path)
    assert says in str(refused.value)
    assert "1.yaml:1" in str(refused.value)
