"""The columns of the OMOP CDM 5.4 tables -> records that all have the same parts.

In: open tables. Out: records in the order of persons and days, and SQL that holds no word of the data.
Source: OHDSI CommonDataModel 5.4. It does not know what a concept means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ..errors import ChartError, Problem
from .omop_tables import Tables


class Record(Struct, frozen=True):
    """One row of any clinical table, each part as text or None; `key` is its primary key."""

    person: str
    key: str | None = None
    concept: str | None = None
    source_concept: str | None = None
    source: str | None = None
    start: str | None = None
    end: str | None = None
    number: str | None = None
    operator: str | None = None
    unit_concept: str | None = None
    unit: str | None = None
    value_concept: str | None = None
    text: str | None = None
    status: str | None = None
    event: str | None = None
    event_field: str | None = None
    site: str | None = None
    part: str | None = None
    year: str | None = None
    month: str | None = None
    day: str | None = None


PARTS = Record.__struct_fields__


def named(prefix: str, **own: str) -> dict[str, str]:
    """The columns that most tables have under their own prefix, and those of one table alone."""
    usual = {"person": "person_id", "concept": f"{prefix}_concept_id", "source": f"{prefix}_source_value"}
    return {**usual, "source_concept": f"{prefix}_source_concept_id", **own}


def valued(prefix: str, **own: str) -> dict[str, str]:
    """The same for tables of values."""
    value = {"number": "value_as_number", "value_concept": "value_as_concept_id"}
    unit = {"unit_concept": "unit_concept_id", "unit": "unit_source_value"}
    return {**named(prefix), **value, **unit, **own}


TABLES = {
    "person": {
        "person": "person_id",
        "key": "person_id",
        "concept": "gender_concept_id",
        "year": "year_of_birth",
        "month": "month_of_birth",
        "day": "day_of_birth",
    },
    "specimen": named(
        "specimen",
        key="specimen_id",
        start="specimen_date",
        site="anatomic_site_concept_id",
        part="anatomic_site_source_value",
    ),
    "measurement": valued(
        "measurement",
        key="measurement_id",
        start="measurement_date",
        operator="operator_concept_id",
        text="value_source_value",
        event="measurement_event_id",
        event_field="meas_event_field_concept_id",
    ),
    "observation": valued(
        "observation",
        key="observation_id",
        start="observation_date",
        text="value_as_string",
        event="observation_event_id",
        event_field="obs_event_field_concept_id",
    ),
    "condition_occurrence": named(
        "condition",
        key="condition_occurrence_id",
        start="condition_start_date",
        end="condition_end_date",
        status="condition_status_concept_id",
    ),
    "procedure_occurrence": named(
        "procedure", key="procedure_occurrence_id", start="procedure_date", end="procedure_end_date"
    ),
    "drug_exposure": named(
        "drug", key="drug_exposure_id", start="drug_exposure_start_date", end="drug_exposure_end_date"
    ),
    "episode": named("episode", key="episode_id", start="episode_start_date", end="episode_end_date"),
    "death": {"person": "person_id", "key": "person_id", "start": "death_date"},
}
VOCABULARY = {
    "concept": ("concept_id", "vocabulary_id", "concept_code", "concept_name", "concept_class_id"),
    "concept_ancestor": ("ancestor_concept_id", "descendant_concept_id"),
    "concept_relationship": ("concept_id_1", "concept_id_2", "relationship_id"),
}
CLINICAL = tuple(name for name in TABLES if name != "person")
NEEDED = ("person", "concept", "start")


def check_columns(tables: Tables) -> None:
    """Raises `ChartError` for every column without which a table cannot be read, and where nothing can be."""
    problems = []
    for name, present in tables.columns.items():
        wanted = VOCABULARY.get(name) or [TABLES[name][part] for part in NEEDED if part in TABLES[name]]
        missing = [column for column in wanted if column not in present]
        if missing:
            what = f"the table `{name}` has no column {', '.join(missing)}."
            problems.append(Problem(tables.source, what, "Name the columns as the OMOP CDM 5.4 does."))
    if not any(name in tables.columns for name in CLINICAL):
        do = f"Add at least one of {', '.join(CLINICAL)}."
        problems.append(Problem(tables.source, "there is no table of what happened to the persons.", do))
    if problems:
        raise ChartError(problems)


def records(tables: Tables, table: str) -> Iterator[Record]:
    """The rows of a table by person, day and key; none where it is not there."""
    present, columns = tables.columns.get(table, set()), TABLES[table]
    if not present:
        return
    parts = [columns[part] if columns.get(part) in present else None for part in PARTS]
    asked = ", ".join(f"CAST({column} AS VARCHAR)" if column else "NULL" for column in parts)
    order = [1 + PARTS.index(part) for part in ("person", "start", "key")]
    sql = f"SELECT {asked} FROM {table} ORDER BY {', '.join(map(str, order))}"  # noqa: S608 - names of this file
    for row in tables.rows(sql):
        yield Record(*row)  # type: ignore[arg-type]


def refuse_strangers(tables: Tables) -> None:
    """Raises `ChartError` for persons that stand twice or have no id, and for records of nobody in `person`."""
    person = "SELECT CAST(person_id AS VARCHAR) FROM person"
    asked = {"person": "SELECT COUNT(*) - COUNT(DISTINCT CAST(person_id AS VARCHAR)) FROM person"}
    for table in CLINICAL:
        if table in tables.columns:
            known = f"CAST(person_id AS VARCHAR) IN ({person} WHERE person_id IS NOT NULL)"
            asked[table] = f"SELECT COUNT(*) FROM {table} WHERE person_id IS NULL OR NOT {known}"  # noqa: S608 - as above
    problems = []
    for table, sql in asked.items():
        count = int(next(tables.rows(sql))[0] or 0)
        if count:
            what = "rows without a person_id, or with one that stands twice" if table == "person" else "records of"
            whom = "" if table == "person" else " persons that are not in `person`"
            do = "Give each person once, with every person whose records are there."
            problems.append(Problem(f"{tables.source}, {table}", f"holds {count:,} {what}{whom}.", do))
    if problems:
        raise ChartError(problems)


def all_of(tables: Tables, parts: Sequence[str]) -> str:
    """SQL for every concept id that stands in one of these parts of any table."""
    found = [
        f"SELECT CAST({columns[part]} AS VARCHAR) AS id FROM {table}"  # noqa: S608 - names of this file
        for table, columns in TABLES.items()
        for part in parts
        if columns.get(part) in tables.columns.get(table, set())
    ]
    return " UNION ".join(found)
