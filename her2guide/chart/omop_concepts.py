"""Concept ids of an OMOP CDM -> codes with their vocabulary, and drugs -> what is in them.

In: the vocabulary tables of a CDM, as far as they are there, and the lists of `knowledge/codes/omop.yaml`.
Out: codings as FHIR has them. Only concepts that the records name are kept. What a code means is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..library.library import Library
from .fhir_structs import Coding
from .omop_rows import all_of
from .omop_tables import Tables

NAMED = ("concept", "source_concept", "value_concept", "unit_concept", "site", "event_field")


def coding_of(text: str, display: str | None = None) -> Coding:
    """`vocabulary|code` as a coding."""
    vocabulary, _, code = text.partition("|")
    return Coding(vocabulary, code, display)


class Concepts:
    """Look-ups by concept id; 0 and None are no concept."""

    def __init__(self, tables: Tables, library: Library) -> None:
        given = library.codes["omop_concepts"]
        self.patterns = [(re.compile(text), asks) for text, asks in library.codes["omop_patterns"].items()]
        self.known = {key: coding_of(code) for key, code in given.items()}
        self.inside: dict[str, list[str]] = {}
        if "concept" in tables.columns:
            drugs = all_of(tables, ("concept",))
            steps = library.codes["omop_to_ingredient"]["steps"].split("|")
            pairs = [pair for sql in ingredients(tables, drugs, steps) for pair in tables.rows(sql)]
            for drug, ingredient in dict.fromkeys(pairs):
                self.inside.setdefault(str(drug), []).append(str(ingredient))
            self.known |= self.read(tables, {key for found in self.inside.values() for key in found})

    def read(self, tables: Tables, more: set[str]) -> dict[str, Coding]:
        """The concepts that a record names, and the ingredients."""
        sql = "SELECT CAST(concept_id AS VARCHAR), vocabulary_id, CAST(concept_code AS VARCHAR), concept_name"
        named = f"{sql} FROM concept WHERE CAST(concept_id AS VARCHAR) IN ({all_of(tables, NAMED)})"
        kinds = (
            f"{sql} FROM concept WHERE concept_class_id = 'Ingredient'" if more else f"{sql} FROM concept WHERE 1 = 0"
        )
        rows = [*tables.rows(named), *(row for row in tables.rows(kinds) if row[0] in more)]
        return {str(key): Coding(vocabulary, code, name) for key, vocabulary, code, name in rows}

    def codings(self, *keys: str | None) -> tuple[Coding, ...]:
        """Each concept as its own code, then as its concept id."""
        found = []
        for key in keys:
            if key and key != "0":
                known = self.known.get(key)
                found += [known] if known else []
                found.append(Coding("OMOP", key, known.display if known else None))
        return tuple(found)

    def name(self, key: str | None) -> str:
        known = self.known.get(key or "")
        return (known.display if known else None) or ""

    def says(self, *keys: str | None) -> Iterator[tuple[Coding, str]]:
        """The question and the value of each concept whose meaning is in its own name."""
        for known in (self.known[key] for key in keys if key in self.known):
            for pattern, question in self.patterns:
                if said := pattern.fullmatch(f"{known.system}|{known.code}|{known.display or ''}"):
                    yield coding_of(question, known.display), said[1]

    def ingredients(self, key: str | None) -> list[str]:
        """What is in a drug; a drug that is its own ingredient has none but itself."""
        return self.inside.get(key or "", [])


def ingredients(tables: Tables, drugs: str, steps: list[str]) -> Iterator[str]:
    """SQL for (drug, ingredient): by ancestry, and else step by step along the relationships that still hold."""
    kind = "(SELECT CAST(concept_id AS VARCHAR) FROM concept WHERE concept_class_id = 'Ingredient')"
    if "concept_ancestor" in tables.columns:
        pair = "CAST(descendant_concept_id AS VARCHAR) AS a, CAST(ancestor_concept_id AS VARCHAR) AS b"
        found = f"SELECT {pair} FROM concept_ancestor"  # noqa: S608 - no word of the data
        yield f"SELECT a, b FROM ({found}) f WHERE a IN ({drugs}) AND b IN {kind} ORDER BY a, b"  # noqa: S608 - as above
    elif "concept_relationship" in tables.columns:
        named = ", ".join(f"'{step}'" for step in steps)
        pair = "CAST(concept_id_1 AS VARCHAR), CAST(concept_id_2 AS VARCHAR) FROM concept_relationship"
        ended = "invalid_reason" in tables.columns["concept_relationship"]
        valid = "AND COALESCE(invalid_reason, '') = ''" if ended else ""
        yield (
            f"WITH RECURSIVE step(a, b) AS (SELECT {pair} WHERE relationship_id IN ({named}) {valid}), way(a, b) AS"  # noqa: S608 - as above
            f" (SELECT id, id FROM ({drugs}) d UNION SELECT way.a, step.b FROM way JOIN step ON step.a = way.b)"
            f" SELECT a, b FROM way WHERE b IN {kind} AND a <> b ORDER BY a, b"
        )
