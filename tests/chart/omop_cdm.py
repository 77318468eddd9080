"""A small OMOP CDM with four invented persons, written in each form that is read."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path

import duckdb

# concept_id, name, vocabulary, class, code; ids above 2,000,000,000 are local, as the CDM keeps them free for that.
CONCEPTS = [
    (8507, "MALE", "Gender", "Gender", "M"),
    (8532, "FEMALE", "Gender", "Gender", "F"),
    (2000000001, "HER2 by immune stain", "LOINC", "Lab Test", "85319-2"),
    (2000000002, "Estrogen receptor cells", "LOINC", "Lab Test", "85329-1"),
    (2000000003, "Ejection fraction", "LOINC", "Clinical Observation", "10230-1"),
    (2000000004, "Positive", "SNOMED", "Qualifier Value", "10828004"),
    (2000000005, "percent", "UCUM", "Unit", "%"),
    (2000000006, "Heart failure", "SNOMED", "Clinical Finding", "84114007"),
    (2000000007, "Sodium", "LOINC", "Lab Test", "2951-2"),
    (2000000008, "Simple mastectomy", "SNOMED", "Procedure", "172043006"),
    (2000000009, "Breast structure", "SNOMED", "Body Structure", "76752008"),
    (2000000010, "specimen.specimen_id", "CDM", "Field", "CDM1"),
    (1635085, "AJCC/UICC clinical M1 Category", "Cancer Modifier", "Staging/Grading", "c-AJCC/UICC-M1"),
    (2000000011, "Path T", "NAACCR", "NAACCR Variable", "880"),
    (35919867, "pT2", "NAACCR", "NAACCR Value", "880@p2"),
    (1387104, "trastuzumab", "RxNorm", "Ingredient", "224905"),
    (42801287, "pertuzumab", "RxNorm", "Ingredient", "1298944"),
    (19073699, "hyaluronidase", "RxNorm", "Ingredient", "62856"),
    (2000000012, "trastuzumab 150 MG Injection", "RxNorm", "Clinical Drug", "1922512"),
    (2000000013, "trastuzumab Injection [Herceptin]", "RxNorm", "Branded Drug", "2001"),
    (2000000014, "hyaluronidase / pertuzumab / trastuzumab Injection", "RxNorm", "Clinical Drug", "2002"),
    (2000000015, "ondansetron 8 MG Oral Tablet", "RxNorm", "Clinical Drug", "312086"),
]
ANCESTORS = [
    (1387104, 2000000012),
    (1387104, 2000000013),
    (1387104, 2000000014),
    (42801287, 2000000014),
    (19073699, 2000000014),
]
STEPS = [
    (2000000013, 2000000012, "Tradename of", None),
    (2000000012, 1387104, "RxNorm has ing", None),
    (2000000014, 1387104, "RxNorm has ing", None),
    (2000000014, 42801287, "RxNorm has ing", None),
    (2000000012, 42801287, "Has competitor", None),
    (2000000013, 42801287, "RxNorm has ing", "D"),
]
MEASURED = (
    "measurement_id person_id measurement_concept_id measurement_date value_as_number value_as_concept_id"
    " unit_concept_id operator_concept_id value_source_value measurement_source_value measurement_event_id"
    " meas_event_field_concept_id"
)
GIVEN = "drug_exposure_id person_id drug_concept_id drug_exposure_start_date drug_exposure_end_date drug_source_value"
CDM: dict[str, tuple[str, list[tuple[object, ...]]]] = {
    "person": (
        "person_id gender_concept_id year_of_birth month_of_birth day_of_birth",
        [(1, 8532, 1961, None, None), (2, 8507, 1950, 4, 30), (3, 8532, 1972, 2, None), (10, 0, 1980, None, None)],
    ),
    "specimen": (
        "specimen_id person_id specimen_concept_id specimen_date anatomic_site_concept_id",
        [(7, 1, 0, "2024-03-01", 2000000009)],
    ),
    "measurement": (
        MEASURED,
        [
            (1, 1, 2000000001, "2024-03-05", None, 2000000004, 0, None, "POS", "HER2", 7, 2000000010),
            (2, 1, 2000000002, "2024-03-05", 95, 0, 2000000005, None, "95%", "ER", 7, 2000000010),
            (3, 1, 2000000003, "2024-04-01", 61.5, 0, 2000000005, 4172703, None, "EF", None, None),
            (4, 1, 2000000007, "2024-04-01", 140, 0, None, None, None, "Na", None, None),
            (5, 1, 1635085, "2024-04-02", None, 0, None, None, None, "cM1", None, None),
            (6, 1, 2000000011, "2024-04-03", None, 35919867, None, None, None, "pT", None, None),
            (7, 2, 2000000003, "2024-04-01", 50, 0, 2000000005, 4171756, None, "EF", None, None),
            (8, 3, 2000000003, "2024-04-01", 140, 0, 2000000005, None, None, "EF", None, None),
            (9, 3, 0, "2024-04-01", None, 0, None, None, "'; DROP TABLE person; --", "free text", None, None),
        ],
    ),
    "condition_occurrence": (
        "condition_occurrence_id person_id condition_concept_id condition_start_date condition_end_date"
        " condition_status_concept_id condition_source_value",
        [
            (1, 1, 2000000006, "2024-05-01", "2024-05-01", 0, "I50.9"),
            (2, 2, 2000000006, "2024-05-01", "2024-09-01", 0, "I50.9"),
            (3, 3, 2000000006, "2024-05-01", None, 32899, "I50.9"),
        ],
    ),
    "procedure_occurrence": (
        "procedure_occurrence_id person_id procedure_concept_id procedure_date procedure_source_value",
        [(1, 1, 2000000008, "2024-06-01", "19303")],
    ),
    "drug_exposure": (
        GIVEN,
        [
            (1, 1, 2000000012, "2024-07-01", "2024-07-01", "50242013201"),
            (2, 1, 2000000013, "2024-07-22", "2024-07-22", "Herceptin"),
            (3, 1, 2000000015, "2024-07-01", "2024-07-03", "ondansetron"),
            (4, 2, 1387104, "2024-07-01", "2024-07-01", "trastuzumab deruxtecan"),
            (5, 3, 2000000014, "2024-07-01", "2024-07-01", "Phesgo"),
            (6, 3, 0, "2024-08-01", "2024-08-01", "Kadcyla"),
        ],
    ),
    "death": ("person_id death_date", [(2, "2025-01-05")]),
    "concept": ("concept_id concept_name vocabulary_id concept_class_id concept_code", list(CONCEPTS)),
    "concept_ancestor": ("ancestor_concept_id descendant_concept_id", list(ANCESTORS)),
    "concept_relationship": ("concept_id_1 concept_id_2 relationship_id invalid_reason", list(STEPS)),
}
TEXT = {
    word for columns, _ in CDM.values() for word in columns.split() if not word.endswith(("_id", "_id_1", "_id_2"))
} | {
    "vocabulary_id",
    "concept_class_id",
    "relationship_id",
}
TEXT -= {"value_as_number", "year_of_birth", "month_of_birth", "day_of_birth"}
Cdm = dict[str, tuple[str, list[tuple[object, ...]]]]


def without(*names: str, cdm: Cdm = CDM) -> Cdm:
    return {name: table for name, table in cdm.items() if name not in names}


def csv_folder(place: Path, cdm: Cdm = CDM) -> Path:
    """One CSV file a table; the vocabularies as Athena writes them, with tabs and without quotes."""
    place.mkdir()
    for name, (columns, rows) in cdm.items():
        tabs = name.startswith("concept")
        with (place / f"{name.upper()}.csv").open("w", newline="") as file:
            writer = csv.writer(file, delimiter="\t" if tabs else ",")
            writer.writerows([columns.split(), *rows])
    return place


def database(connection: duckdb.DuckDBPyConnection | sqlite3.Connection, cdm: Cdm = CDM, schema: str = "") -> None:
    """The tables with numbers; dates as text, as SQLite has them."""
    for name, (columns, rows) in cdm.items():
        typed = ", ".join(
            f"{column} {'VARCHAR' if column in TEXT else 'DOUBLE' if column == 'value_as_number' else 'BIGINT'}"
            for column in columns.split()
        )
        connection.execute(f"CREATE TABLE {schema}{name} ({typed})")
        marks = ", ".join("?" * len(columns.split()))
        if rows:
            connection.executemany(f"INSERT INTO {schema}{name} VALUES ({marks})", rows)  # noqa: S608 - names of this file


def duckdb_file(place: Path, cdm: Cdm = CDM) -> Path:
    with duckdb.connect(str(place)) as connection:
        connection.execute("CREATE SCHEMA cdm")
        database(connection, cdm, f'"{place.stem}".cdm.')
    return place


def sqlite_file(place: Path, cdm: Cdm = CDM) -> Path:
    connection = sqlite3.connect(place)
    database(connection, cdm)
    connection.commit()
    connection.close()
    return place


def parquet_folder(place: Path, cdm: Cdm = CDM) -> Path:
    place.mkdir()
    with duckdb.connect() as connection:
        database(connection, cdm)
        for name in cdm:
            connection.execute(f"COPY {name} TO '{place / name}.parquet'")
    return place
