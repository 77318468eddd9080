"""OMOP CDM tables, in each form that they come in, and what must not get through."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from msgspec.structs import replace

from her2guide.chart.abstract import abstract
from her2guide.chart.omop_files import kind_of
from her2guide.chart.omop_tables import LOCKED, lock, open_tables
from her2guide.chart.read import read_chart, read_charts
from her2guide.chart.write_plain import plain_text
from her2guide.errors import ChartError
from her2guide.library.library import Library
from her2guide.model.chart import Chart, Specimen

from .omop_cdm import CDM, Cdm, csv_folder, duckdb_file, parquet_folder, sqlite_file, without

FORMS = {"csv": csv_folder, "cdm.duckdb": duckdb_file, "cdm.sqlite": sqlite_file, "parquet": parquet_folder}


@pytest.fixture
def read(tmp_path: Path, library: Library) -> Callable[..., dict[str, Chart]]:
    """The charts of a CDM by person."""

    def charts(cdm: Cdm = CDM, form: str = "csv") -> dict[str, Chart]:
        place = FORMS[form](tmp_path / form, cdm)
        return {chart.patient: chart for chart in read_charts(place, library)}

    return charts


def told(chart: Chart) -> dict[str, object]:
    return {o.fact: o.value for o in chart.observations}


def given(chart: Chart) -> list[tuple[str, str]]:
    return [(t.agent, t.where) for t in chart.treatments]


def test_a_person_is_read_as_the_tables_say(read: Callable[..., dict[str, Chart]]) -> None:
    chart = read()["1"]
    assert told(chart) == {
        "her2_ihc_result": "positive",
        "er_percent": 95.0,
        "lvef": 61.5,
        "m": "M1",
        "pathological_t": "T2",
        "heart_failure": True,
        "sex": "female",
    }
    assert given(chart) == [
        ("mastectomy", "procedure_occurrence/1"),
        ("trastuzumab", "drug_exposure/1"),
        ("trastuzumab", "drug_exposure/2"),
    ]
    assert {(u.where, u.why) for u in chart.unread} == {
        ("measurement/4", "no fact asks for it"),
        ("drug_exposure/3", "no agent has this code or name"),
    }
    er = next(o for o in chart.observations if o.fact == "er_percent")
    assert (er.where, er.on) == ("measurement/2", date(2024, 3, 5))
    assert er.specimen == Specimen("7", "primary", date(2024, 3, 1), "Breast structure")


@pytest.mark.parametrize("form", list(FORMS))
def test_every_form_tells_the_same(read: Callable[..., dict[str, Chart]], form: str) -> None:
    found = {name: replace(chart, source="") for name, chart in read(form=form).items()}
    assert list(found) == ["1", "10", "2", "3"]
    if form != "csv":
        assert found == {name: replace(chart, source="") for name, chart in read().items()}


def test_a_drug_is_what_is_in_it(read: Callable[..., dict[str, Chart]]) -> None:
    assert given(read()["3"]) == [
        ("trastuzumab", "drug_exposure/5"),
        ("pertuzumab", "drug_exposure/5"),
        ("trastuzumab-emtansine", "drug_exposure/6"),
    ]


def test_ingredients_are_found_along_the_relationships_too(
    read: Callable[..., dict[str, Chart]], tmp_path: Path
) -> None:
    found = read(without("concept_ancestor"), "cdm.sqlite")
    assert [agent for agent, _ in given(found["1"])] == ["mastectomy", "trastuzumab", "trastuzumab"]
    assert [agent for agent, _ in given(found["3"])] == ["trastuzumab", "pertuzumab", "trastuzumab-emtansine"]
    assert given(read(without("concept_ancestor"), "csv")["3"]) == given(found["3"])


def test_a_conjugate_coded_as_its_antibody_is_neither(read: Callable[..., dict[str, Chart]]) -> None:
    chart = read()["2"]
    assert chart.treatments == ()
    assert ("drug_exposure/4", "its codes name different agents") in {(u.where, u.why) for u in chart.unread}


def test_what_is_no_value_stays_unknown(read: Callable[..., dict[str, Chart]]) -> None:
    charts = read()
    why = {u.where: u.why for name in ("2", "3") for u in charts[name].unread}
    assert "is a bound" in why["measurement/7"]
    assert "outside the range" in why["measurement/8"]
    assert why["condition_occurrence/2"] == "it is recorded as past"
    assert why["condition_occurrence/3"] == "its status is provisional"
    assert set(told(charts["2"])) == {"sex"} == set(told(charts["3"]))
    assert told(charts["10"]) == {}


def test_an_age_is_known_only_where_every_birthday_gives_it(
    read: Callable[..., dict[str, Chart]], library: Library
) -> None:
    charts = read()
    ages = {
        (name, day): abstract(charts[name], library.facts, day, library).values().get("age")
        for name in ("1", "2", "3")
        for day in (date(2024, 6, 1), date(2024, 12, 31))
    }
    assert [ages["1", date(2024, 6, 1)], ages["1", date(2024, 12, 31)]] == [None, 63]
    assert [ages["2", date(2024, 6, 1)], ages["3", date(2024, 6, 1)]] == [74, 52]
    assert "born" not in plain_text(charts["1"])
    assert "born: 1950-04-30" in plain_text(charts["2"])


def test_without_its_concepts_a_cdm_is_read_by_the_list(read: Callable[..., dict[str, Chart]]) -> None:
    found = read(without("concept", "concept_ancestor", "concept_relationship"))
    assert told(found["1"]) == {"m": "M1", "sex": "female"}
    assert given(found["3"]) == [
        ("pertuzumab", "drug_exposure/5"),
        ("trastuzumab", "drug_exposure/5"),
        ("trastuzumab-emtansine", "drug_exposure/6"),
    ]
    assert given(found["2"]) == [("trastuzumab-deruxtecan", "drug_exposure/4")]
    assert len(found["1"].unread) == 9


def test_a_record_of_one_patient_is_read_alone(tmp_path: Path, library: Library) -> None:
    one = {
        name: (columns, [r for r in rows if name == "concept" or 1 in r[:2]]) for name, (columns, rows) in CDM.items()
    }
    assert read_chart(csv_folder(tmp_path / "one", one), library).patient == "1"
    with pytest.raises(ChartError, match="more than one patient"):
        read_chart(csv_folder(tmp_path / "many"), library)


def table(name: str, columns: str, *rows: tuple[object, ...]) -> Cdm:
    return {**CDM, name: (columns, list(rows))}


PERSON = "person_id gender_concept_id year_of_birth month_of_birth day_of_birth"
REFUSED: dict[str, tuple[Cdm, str]] = {
    "no tables of records": ({"person": CDM["person"]}, "no table of what happened"),
    "nobody": (table("person", PERSON), r"measurement: holds 9 records of"),
    "a column is missing": (table("death", "person_id cause", (2, 5)), "`death` has no column death_date"),
    "a person twice": (table("person", PERSON, *CDM["person"][1], (1, 8507, 1990, 1, 1)), "stands twice"),
    "a stranger": (table("death", "person_id death_date", (99, "2025-01-05")), "death: holds 1 records of"),
    "before birth": (table("person", PERSON, *CDM["person"][1][1:], (1, 8532, 2025, None, None)), "before the date"),
    "not born": (
        table("person", PERSON, *CDM["person"][1], (4, 8532, 2999, None, None)),
        "2999-01-01, lies in the fut",
    ),
}


@pytest.mark.parametrize("form", ["csv", "cdm.sqlite", "cdm.duckdb"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_right_is_refused(read: Callable[..., dict[str, Chart]], name: str, form: str) -> None:
    cdm, says = REFUSED[name]
    with pytest.raises(ChartError, match=says):
        read(cdm, form)


def test_no_rows_are_no_charts(read: Callable[..., dict[str, Chart]]) -> None:
    assert read({name: (columns, []) for name, (columns, _) in CDM.items()}) == {}


def test_cells_of_a_wrong_kind_are_said(read: Callable[..., dict[str, Chart]]) -> None:
    columns = CDM["measurement"][0]
    odd = [
        (1, 1, "2000000003", "yesterday", "NaN", 0, 2000000005, None, None, "EF", None, None),
        (2, 1, "2000000003", "2024-04-01", "sixty", 0, 2000000005, None, None, "EF", None, None),
        (3, 1, "x'; DROP TABLE person; --", "2024-04-01", 60, 0, 2000000005, None, None, "EF", None, None),
    ]
    person = table("person", PERSON, *CDM["person"][1][1:], (1, 8532, "x", None, None))["person"]
    chart = read({**CDM, "measurement": (columns, odd), "person": person})["1"]
    assert "lvef" not in told(chart)
    assert {u.where for u in chart.unread} >= {"measurement/1", "measurement/2", "measurement/3", "person/1"}
    assert chart.born is None


def test_a_pipe_is_left_to_its_reader(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.db"
    os.mkfifo(pipe)
    ends = os.open(pipe, os.O_RDWR)
    os.write(ends, b"patient: {id: piped}")
    assert kind_of(pipe) is None
    assert os.read(ends, 100) == b"patient: {id: piped}"
    os.close(ends)


def hostile(place: Path) -> dict[str, Path]:
    """Files that are not what they seem."""
    with zipfile.ZipFile(place / "zip.duckdb", "w") as archive:
        archive.writestr("person.csv", "person_id\n1\n")
    (place / "cut.duckdb").write_bytes(duckdb_file(place / "whole.duckdb").read_bytes()[:5000])
    (place / "cut.sqlite").write_bytes(sqlite_file(place / "whole.sqlite").read_bytes()[:5000])
    (place / "empty.db").write_bytes(b"")
    for name, content in {"bytes": b"\xff\xfe\x00\n\x01", "nothing": b"", "quotes": b'person_id,"\n"1\n'}.items():
        (place / name).mkdir()
        (place / name / "person.csv").write_bytes(content)
    (place / "parquet").mkdir()
    (place / "parquet" / "person.parquet").write_bytes(b"PAR1 is not enough PAR1")
    view = place / "view.duckdb"
    with duckdb.connect(str(view)) as connection:
        connection.execute("CREATE VIEW person AS SELECT * FROM range(1) t(person_id)")
    names = (
        "zip.duckdb",
        "cut.duckdb",
        "cut.sqlite",
        "empty.db",
        "bytes",
        "nothing",
        "quotes",
        "parquet",
        "view.duckdb",
    )
    return {name: place / name for name in names}


def test_hostile_files_end_in_a_sentence(tmp_path: Path, her2guide: Callable[..., object]) -> None:
    for name, place in hostile(tmp_path).items():
        ended = her2guide("abstract", place)
        assert ended.code == 2, name  # type: ignore[attr-defined]
        assert re.match(r"error: .+\.\n\Z", ended.err), (name, ended.err)  # type: ignore[attr-defined]
        assert ended.err.count("\n") == 1, (name, ended.err)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "sql",
    ["SELECT * FROM read_text('/etc/hostname')", "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true"],
)
def test_the_database_is_locked(tmp_path: Path, sql: str) -> None:
    with (
        open_tables(csv_folder(tmp_path / "csv"), ("person",)) as folder,
        open_tables(duckdb_file(tmp_path / "cdm.duckdb"), ("person",)) as file,
    ):
        for tables in (folder, file):
            with pytest.raises(ChartError, match=r"Permission|Invalid|external"):
                list(tables.rows(sql))
    with duckdb.connect(config=LOCKED) as open_one:
        lock(open_one)
        with pytest.raises(duckdb.Error):
            open_one.execute(sql)
