"""Tables of many patients: what a column map says, what is listed, what is refused. All tables are invented."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from her2guide.chart import table_file
from her2guide.chart.abstract import abstract
from her2guide.chart.table import read_table
from her2guide.errors import ChartError, KnowledgeError
from her2guide.library.build import build_library, read_column_map
from her2guide.library.library import Library
from her2guide.library.read import knowledge_folder, read_files
from her2guide.model.chart import Chart, Observation
from tests.conftest import ROOT, TODAY

CLINIC = ROOT / "examples" / "tables" / "clinic.csv"
CLINIC_MAP = ROOT / "examples" / "tables" / "clinic.yaml"
Read = Callable[..., list[Chart]]

SMALL_MAP = """
id: small
title: a small table
source: invented
patient: id
missing: [NA]
columns:
  size: {fact: tumour_size, unit: mm}
  stage: {fact: recorded_stage, passed_over: {X: cannot be assessed}}
  her2: {fact: her2_status}
"""


@pytest.fixture
def read(tmp_path: Path, library: Library) -> Read:
    """The charts of a table from its text or bytes, with a map from its text."""

    def charts(table: str | bytes, columns: str | None = SMALL_MAP, name: str = "table.csv") -> list[Chart]:
        place, map_place = tmp_path / name, tmp_path / "map.yaml"
        place.write_bytes(table.encode() if isinstance(table, str) else table)
        map_place.write_text(columns or "", encoding="utf-8")
        return list(read_table(place, library, read_column_map(map_place, library) if columns else None))

    return charts


def values(chart: Chart) -> dict[str, object]:
    return {o.fact: o.value for o in chart.observations}


def passed_over(chart: Chart) -> dict[str, str]:
    return {unread.what: unread.why for unread in chart.unread}


def test_rows_of_a_patient_are_one_chart_wherever_they_stand(read: Read) -> None:
    charts = read("id,size,stage,her2\nb,12,II,NA\na,5,I,positive\nb,,,negative\n")
    assert [chart.patient for chart in charts] == ["a", "b"]
    assert values(charts[1]) == {"tumour_size": 12, "recorded_stage": "II", "her2_status": "negative"}
    assert [o.where for o in charts[1].observations] == [
        "table.csv row 2, size",
        "table.csv row 2, stage",
        "table.csv row 4, her2",
    ]


def test_spaces_around_an_id_do_not_part_a_patient(read: Read) -> None:
    charts = read("id,size\na,1\n a,2\na!,3\n\ta ,4\n\u00a0a,5\nb,6\nä,7\n𝟛,8\n\uffee,9\n")
    assert [(chart.patient, len(chart.observations)) for chart in charts] == [
        ("a", 4),
        ("a!", 1),
        ("b", 1),
        ("ä", 1),
        ("\uffee", 1),
        ("𝟛", 1),
    ]


def test_columns_without_a_name_are_told_apart(read: Read) -> None:
    told = passed_over(read("id,size,,\na,1,x,y\n")[0])
    assert (told["column 3"], told["column 4"]) == (
        "the map does not name this column: x",
        "the map does not name this column: y",
    )


@pytest.mark.parametrize(("header", "columns"), [("id,size,Size", SMALL_MAP), ("400,20,her2OverallSummary,3855", None)])
def test_two_columns_that_mean_the_same_are_refused(read: Read, header: str, columns: str | None) -> None:
    with pytest.raises(ChartError, match=r"are one to the column map. Keep one of them"):
        read(f"{header}\na,1,2{',3' if columns is None else ''}\n", columns)


def test_a_cell_that_is_not_understood_is_listed_with_its_text(read: Read) -> None:
    chart = read("id,size,stage,her2,note\na,big,X,equivocal,=1+1\n")[0]
    assert chart.observations == ()
    assert passed_over(chart) == {
        "size": "not understood: big",
        "stage": "cannot be assessed: X",
        "her2": "not understood: equivocal",
        "note": "the map does not name this column: =1+1",
    }
    assert {unread.where for unread in chart.unread} == {"table.csv row 2"}


def test_missing_words_say_nothing(read: Read) -> None:
    assert read("id,size,stage,her2\na,na,NA, \n")[0].unread == ()


def test_a_column_that_the_table_lacks_is_told(read: Read) -> None:
    assert passed_over(read("id,size,stage\na,5,I\n")[0]) == {"her2": "the table has no such column"}


def test_a_column_can_count_in_some_rows_only(read: Read) -> None:
    columns = SMALL_MAP.replace("unit: mm}", "unit: mm, only: {stage: I+}}")
    charts = read("id,size,stage,her2\na,5,II,\nb,5,IV,\nc,5,,\n", columns)
    assert [values(chart).get("tumour_size") for chart in charts] == [5, None, None]
    assert passed_over(charts[1])["size"] == "the map does not read it in such a row: 5"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters_a_byte_order_mark_and_comment_lines(read: Read, delimiter: str) -> None:
    text = "\ufeff#from cBioPortal\r\n#second line\r\nid,size,stage,her2\r\na,5,I,positive\r\n".replace(",", delimiter)
    chart = read(text)[0]
    assert values(chart) == {"tumour_size": 5, "recorded_stage": "I", "her2_status": "positive"}
    assert chart.observations[0].where == "table.csv row 4, size"


def test_quoted_cells_may_hold_anything(read: Read) -> None:
    chart = read('id,size,stage,her2\na,5,I,"pos\n""itive"", or not"\n')[0]
    assert passed_over(chart) == {"her2": 'not understood: pos\n"itive", or not'}


def test_parquet_reads_as_text_does(tmp_path: Path, library: Library, read: Read) -> None:
    place = tmp_path / "table.parquet"
    select = "SELECT 'a' AS id, 5.5 AS size, 'I' AS stage, NULL AS her2, [1, 2] AS list"
    duckdb.connect().execute(f"COPY ({select}) TO '{place}'")
    chart = read(place.read_bytes(), name="table.parquet")[0]
    assert values(chart) == {"tumour_size": 5.5, "recorded_stage": "I"}
    assert passed_over(chart)["list"] == "the map does not name this column: [1, 2]"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (b"", "has no header"),
        (b"\n\n", "has no header"),
        ("id,size\na,1\n".encode("utf-16"), "is UTF-16 text"),
        (b"id,size\na,1\x00\n", "bytes of 0"),
        (b"id,size\na,\xff\xfe\n", "is not UTF-8 text"),
        (b"PK\x03\x04 sheet", "is a spreadsheet"),
        (b"PAR1 no parquet", "cannot be read"),
        (b"\x89PNG\r\n\x1a\n\x00", "is not text"),
        (b"id,size,size\na,1,2\n", "`size` stands twice"),
        (b"id,size\na,1\nb\n", "row 3 cannot be read: Expected Number of Columns: 2 Found: 1"),
        (b"id,size\na,1,2\n", "row 2 cannot be read: Expected Number of Columns: 2 Found: 3"),
        (b'id,size\na,"1\n', "row 2 cannot be read: Value with unterminated quote found"),
        (b"id,size\na," + b"9" * 5_000_000 + b"\n", "row 2 cannot be read: Maximum line size"),
        (b"id,size\na,1\n,2\n", "row 3: names no patient"),
        (b"id,size\na,1\nNA,2\n", "row 3: names no patient"),
        (b"name,size\na,1\n", "has no column `id` for the patient"),
        (b"id,size\na,1\r\nb,2\n", "cannot be read"),
        (b"#from cBioPortal\nid,size\r\na,1\r\n", "its first lines end in different ways"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_the_reason(read: Read, table: bytes, told: str) -> None:
    with pytest.raises(ChartError, match=r"table\.csv") as refusal:
        read(table)
    assert told in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_bad_byte_far_down_is_refused_with_its_row(read: Read) -> None:
    with pytest.raises(ChartError, match="row 300002 cannot be read"):
        read(b"id,size\n" + b"aa,1\n" * 300_000 + b"b,\xff\xfe\n")


def test_cells_of_any_length_and_content_are_only_text(read: Read) -> None:
    hostile = ["9" * 100_000, "=HYPERLINK(1)", "'; DROP TABLE x; --", "\\1", "(a+)+$", "𝟛", "1e999", "-5", "NaN", "٣"]
    charts = read("id,size\n" + "".join(f'p{n},"{text}"\n' for n, text in enumerate(hostile)))
    assert len(charts) == len(hostile)
    assert [chart.observations for chart in charts] == [()] * len(hostile)
    assert all(chart.unread for chart in charts)
    assert passed_over(charts[0])["size"] == f"longer than any value: {'9' * 60}..."


def test_a_table_without_rows_holds_no_patient(read: Read) -> None:
    assert read("id,size,stage,her2\n") == []


def test_hostile_column_names_are_only_names(read: Read) -> None:
    chart = read('id,"size\'; SELECT 1 --","stage) FROM x"\na,1,2\n')[0]
    assert passed_over(chart)["size'; SELECT 1 --"] == "the map does not name this column: 1"


def test_the_engine_opens_no_other_file(tmp_path: Path) -> None:
    place, other = tmp_path / "a'b.csv", tmp_path / "other.csv"
    place.write_text("id\na\n")
    other.write_text("id\nb\n")
    with pytest.raises(ChartError, match="cannot be read"), table_file.engine(place) as run:
        run.execute("SELECT * FROM read_csv(?)", [str(other)])
    with pytest.raises(ChartError, match="locked"), table_file.engine(place) as run:
        run.execute("SET enable_external_access = true")
    assert [row for row in table_file.rows_by(table_file.look_at(place), 0)] == [(2, ("a",))]


def test_a_name_that_stands_for_several_files_is_refused(tmp_path: Path, library: Library) -> None:
    (tmp_path / "[ab].csv").write_text("id\na\n")
    with pytest.raises(ChartError, match="stands for several files"):
        list(read_table(tmp_path / "[ab].csv", library))


def test_a_table_that_no_map_recognises_is_refused(read: Read) -> None:
    with pytest.raises(ChartError, match=r"no column map recognises it. Write one for --columns"):
        read("id,size\na,1\n", None)


# The map that a user writes.


def clinic(library: Library) -> dict[str, Chart]:
    charts = read_table(CLINIC, library, read_column_map(CLINIC_MAP, library))
    return {chart.patient: chart for chart in charts}


def seen(chart: Chart, fact: str) -> list[Observation]:
    return [o for o in chart.observations if o.fact == fact]


def test_the_example_reads_dates_units_specimens_and_sides(library: Library) -> None:
    chart = clinic(library)["A-2"]
    assert chart.born == date(1975, 11, 21)
    size = seen(chart, "tumour_size")[0]
    assert (size.value, size.on, size.side, size.specimen) == (31, date(2024, 3, 2), "right", None)
    breast, liver = seen(chart, "er_percent")
    assert breast.specimen and liver.specimen
    assert (breast.value, breast.on, breast.side) == (0, date(2024, 2, 28), "right")
    assert (liver.value, liver.side, liver.specimen.site, liver.specimen.part) == (
        10,
        None,
        "metastasis",
        "Liver segment 4",
    )
    assert [o.on for o in seen(chart, "lvef")] == [date(2024, 3, 10), date(2026, 1, 5)]


def test_one_cell_answers_two_facts(library: Library) -> None:
    found = values(clinic(library)["A-1"])
    assert (found["her2_ihc"], found["her2_ish_ratio"]) == ("2+", 1.4)


def test_treatments_of_rows(library: Library) -> None:
    given = [(t.agent, t.setting, t.start, t.end, t.ongoing) for t in clinic(library)["A-2"].treatments]
    spring, summer = date(2024, 3, 20), date(2024, 6, 30)
    assert given == [
        ("docetaxel", "neoadjuvant", spring, summer, False),
        ("carboplatin", "neoadjuvant", spring, summer, False),
        ("trastuzumab", "neoadjuvant", spring, summer, False),
        ("trastuzumab", "adjuvant", date(2024, 7, 15), None, True),
    ]


def test_what_the_example_cannot_read_is_listed(library: Library) -> None:
    assert passed_over(clinic(library)["A-3"]) == {
        "Diagnosed": "not a date: 11.2025",
        "Side": "tells no side that the map knows: both",
        "Size cm": "not understood: about 3",
        "ER": "not understood: weak",
        "HER2": "not understood: 2+ or 3+",
        "Born": "the date is not a day and was left out: 30.02.1980",
        "Drug": "no agent has this name, `b` is not known: study drug B",
    }


def test_a_receptor_that_changed_is_told_as_a_change(library: Library) -> None:
    case = abstract(clinic(library)["A-2"], library.facts, TODAY, library)
    assert [(change.fact, change.before, change.after) for change in case.changes] == [
        ("er_status", "negative", "positive")
    ]


def test_a_recorded_status_against_its_tests_is_a_conflict(read: Read, library: Library) -> None:
    chart = read("patientIdNumber,primarySite,her2OverallSummary,her2IhcSummary,her2IshSummary\n7,C504,1,1,0\n", None)[
        0
    ]
    case = abstract(chart, library.facts, TODAY, library)
    assert [conflict.facts for conflict in case.conflicts] == [("her2_status",)]
    assert "her2_status" not in case.values()


DATED_MAP = """
id: dated
title: dates
source: invented
patient: id
born: born
anchor: {column: year}
columns:
  size: {fact: tumour_size}
  lvef: {fact: lvef, days_from: days}
treatments: {agent: drug, days: true, start: days}
"""


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("2011", date(2011, 1, 1), date(2011, 12, 31)),
        ("201102", date(2011, 2, 1), date(2011, 2, 28)),
        ("20110203", None, date(2011, 2, 3)),
        ("2011-02-03T10:00", None, date(2011, 2, 3)),
        (f"{date.today().year}", date(date.today().year, 1, 1), date.today()),
    ],
)
def test_a_year_or_a_month_is_a_span(read: Read, cell: str, first: date | None, last: date) -> None:
    seen_at = seen(read(f"id,year,size\na,{cell},5\n", DATED_MAP)[0], "tumour_size")[0]
    assert (seen_at.not_before, seen_at.on) == (first, last)


def test_days_are_counted_from_both_ends_of_the_anchor(read: Read) -> None:
    chart = read("id,year,lvef,days,drug\na,2011,60,31,trastuzumab\n", DATED_MAP)[0]
    heart = seen(chart, "lvef")[0]
    assert (heart.not_before, heart.on) == (date(2011, 2, 1), date(2012, 1, 31))
    assert chart.treatments[0].start == date(2012, 1, 31)


@pytest.mark.parametrize(
    ("days", "year", "why"),
    [
        ("soon", "2011", "not a number of days: soon"),
        ("31", "", "counted from a day that the record does not tell: 31"),
        ("99999999999", "2011", "not a number of days: 99999999999"),
        ("999999", "9998", "not a number of days: 999999"),
    ],
)
def test_days_that_cannot_be_counted_are_listed(read: Read, days: str, year: str, why: str) -> None:
    chart = read(f"id,year,lvef,days,size\na,{year},60,{days},\n", DATED_MAP)[0]
    assert passed_over(chart)["days"] == why


def test_nothing_of_the_future_or_before_birth_counts(read: Read) -> None:
    charts = read("id,year,size,born\na,2999,5,\nb,1950,5,1970-01-01\nc,2011,5,2999-01-01\n", DATED_MAP)
    assert [len(chart.observations) for chart in charts] == [0, 0, 1]
    assert passed_over(charts[0])["size"] == "it is dated in the future, 2999-01-01: 5"
    assert "lies before the date of birth" in passed_over(charts[1])["date"]
    assert passed_over(charts[2])["born"] == "the date of birth lies in the future: 2999-01-01"


@pytest.mark.parametrize("cell", ["2011 or 2012", "2011-2", "20113", "2011-13-01", "2011-02-30", "spring 2011"])
def test_what_is_no_date_is_listed_and_gives_no_day(read: Read, cell: str) -> None:
    chart = read(f"id,year,size\na,{cell},5\n", DATED_MAP)[0]
    assert chart.observations[0].on is None
    assert passed_over(chart)["year"] == f"not a date: {cell}"


def test_two_dates_of_birth_are_none(read: Read) -> None:
    chart = read("id,born\na,1970-01-01\na,1971-01-01\n", DATED_MAP)[0]
    assert chart.born is None
    assert passed_over(chart)["date of birth"] == "two are given: 1970-01-01 and 1971-01-01"


# Shipped maps, on rows written for the test.


def test_a_registry_row_by_item_numbers(read: Read) -> None:
    items = "20,400,410,390,220,230,3827,3826,3915,3850,3854,3852,3851,3855,1001,1012,1003,756,820"
    row = "7,C504,2,20230411,2,061,1,R20,0,2,0,1.4,3.1,0,cT2,pN0(i+),cM0(i+),021,00"
    chart = read(f"{items}\n{row}\n", None)[0]
    assert values(chart) == {
        "sex": "female",
        "age": 61,
        "er_status": "positive",
        "pr_status": "negative",
        "her2_ihc": "2+",
        "her2_ish_result": "negative",
        "her2_ish_ratio": 1.4,
        "her2_ish_copies": 3.1,
        "clinical_t": "T2",
        "pathological_n": "N0",
        "m": "M0",
        "tumour_size": 21,
        "positive_nodes": 0,
    }
    assert {o.side for o in seen(chart, "her2_ihc")} == {"left"}
    assert {o.on for o in chart.observations} == {date(2023, 4, 11)}
    assert passed_over(chart)["her2OverallSummary"] == "negative or equivocal: 0"


@pytest.mark.parametrize(
    ("column", "code", "why"),
    [
        ("tumorSizeSummary", "998", "diffuse"),
        ("tumorSizeSummary", "999", "not documented"),
        ("regionalNodesPositive", "98", "no nodes were examined"),
        ("her2IshDualProbeRatio", "XX.3", "2.0 or more, not how much"),
        ("estrogenReceptorPercntPosOrRange", "R10", "a range, 1 to 10 %"),
        ("ageAtDiagnosis", "999", "not stated"),
        ("ajccTnmPathT", "88", "not applicable"),
        ("her2IhcSummary", "8", "not collected"),
    ],
)
def test_registry_codes_that_are_no_value(read: Read, column: str, code: str, why: str) -> None:
    chart = read(f"patientIdNumber,primarySite,her2OverallSummary,{column}\n7,C504,1,{code}\n", None)[0]
    assert values(chart) == {"her2_status": "positive"}
    assert passed_over(chart)[column] == f"{why}: {code}"


def test_a_registry_row_of_another_site_is_passed_over(read: Read) -> None:
    chart = read("patientIdNumber,primarySite,her2OverallSummary\n7,C619,1\n", None)[0]
    assert chart.observations == ()
    assert chart.unread[-1].why == "the map does not read such a row"


def test_mcode_tables_are_read_as_fhir_is(tmp_path: Path, library: Library) -> None:
    tables = {
        "patient": "mrn,familyName,givenName,gender,dateOfBirth\n1,X,Y,female,1970-02-03\n",
        "observation": "mrn,observationId,status,code,codeSystem,displayName,value,valueCodeSystem,effectiveDate\n"
        "1,a,final,48676-1,http://loinc.org,HER2,10828004,http://snomed.info/sct,2024-01-02\n"
        "1,b,final,49683-6,http://loinc.org,ratio,2.5,,2024-01-02\n"
        "1,c,final,21889-1,http://loinc.org,size,2.1 cm,,2024-01-02\n"
        "1,d,preliminary,40556-3,http://loinc.org,ER,positive,,2024-01-02\n",
        "staging": "mrn,conditionId,stageGroup,t,n,m,type,stagingSystem,stagingCodeSystem,effectiveDate\n"
        "1,c,2A,pT2,pN0,cM0,Pathologic,,,2024-02-01\n",
        "cancer-related-medication-administration": "mrn,medicationId,code,codeSystem,displayText,startDate,endDate,"
        "treatmentReasonCode,treatmentIntent,status\n1,m,,,Herceptin,2024-03-01,2025-03-01,,,completed\n",
        "encounter": "mrn,encounterId,status\n1,e,finished\n",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text)
    charts = list(read_table(tmp_path, library))
    assert len(charts) == 1
    chart = charts[0]
    assert (chart.patient, chart.born) == ("1", date(1970, 2, 3))
    assert values(chart) == {
        "sex": "female",
        "her2_status": "positive",
        "her2_ish_ratio": 2.5,
        "tumour_size": 21,
        "recorded_stage": "II",
        "pathological_t": "T2",
        "pathological_n": "N0",
        "m": "M0",
    }
    assert seen(chart, "her2_status")[0].where == "Observation/observation.csv row 2"
    assert [(t.agent, t.start, t.end) for t in chart.treatments] == [
        ("trastuzumab", date(2024, 3, 1), date(2025, 3, 1))
    ]
    assert passed_over(chart)["ER"] == "its status is preliminary"
    assert passed_over(chart)["encounterId"] == "no fact asks for it: e"


# A map that is wrong is an error of the knowledge, with its line.


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("  x: {fact: her2_statsu}", ":12: there is no fact `her2_statsu`. Did you mean her2_status?"),
        ("  x: {fact: her2_status, values: {yes: maybe}}", ":12: 'maybe' is not a value of `her2_status`"),
        ("  x: {values: {yes: positive}}", ":12: answers no fact"),
        ("  x: {values: {yes: {no_fact: 1}}}", ":12: there is no fact `no_fact`"),
        ("  x: {fact: grade, patterns: [{match: '(', give: '1'}]}", ":12: '(' is not a regular expression"),
        ("  x: {fact: grade, patterns: [{match: '.', give: \\1}]}", r":12: the pattern has no group \1"),
        ("  x: {}", "the column x says nothing"),
        ("  x: {fact: her2_status, specimen: biopsy}", "the column x names no specimen `biopsy`"),
        ("  x: {fact: her2_status, colour: red}", ":12: the key `colour` has no meaning here"),
        ("side: [{column: x, words: {a: middle}}]", "'middle' is no side"),
        ("treatments: {agent: x, names: {TCH: [no-drug]}}", "`TCH` names no agent `no-drug`"),
        ("  x: {fact: grade, patterns: [{match: '(a+)+', give: '1'}]}", ":12: '(a+)+' leaves a choice inside"),
        ("side: [{column: x, patterns: {(a|aa)*b: left}}]", ":12: '(a|aa)*b' leaves a choice inside a repetition"),
        ("only: {x: 'a{99999999999}'}", ":12: 'a{99999999999}' is not a regular expression"),
        ("only: {x: '['}", ":12: '[' is not a regular expression"),
    ],
)
def test_a_map_that_is_wrong_is_refused_with_its_line(tmp_path: Path, library: Library, line: str, told: str) -> None:
    place = tmp_path / "map.yaml"
    place.write_text(f"# a map\n{SMALL_MAP}{line}\n".replace("\n\n", "\n#\n"))
    with pytest.raises(KnowledgeError) as refusal:
        read_column_map(place, library)
    assert told in str(refusal.value)
    assert str(place) in str(refusal.value)


def test_a_file_that_is_no_map_is_refused(tmp_path: Path, library: Library) -> None:
    place = tmp_path / "map.yaml"
    place.write_text("[]")
    with pytest.raises(KnowledgeError, match="is not one column map"):
        read_column_map(place, library)
    with pytest.raises(KnowledgeError, match="cannot be read"):
        read_column_map(tmp_path / "none.yaml", library)


def test_the_knowledge_with_a_wrong_map_does_not_load() -> None:
    files = read_files(knowledge_folder())
    files["columns/metabric.yaml"] = files["columns/metabric.yaml"].replace("fact: sex", "fact: sexx")
    with pytest.raises(KnowledgeError, match=r"knowledge/columns/metabric.yaml:\d+: there is no fact `sexx`"):
        build_library(files, "test")
