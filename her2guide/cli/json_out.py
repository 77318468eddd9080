"""Guidance, case and guide as JSON, and the JSON Schemas that describe them and the plain chart."""

from __future__ import annotations

import json
from typing import Any, get_args

import msgspec

from ..errors import Problem, RequestError, nearest
from ..guide.blocks import Guide
from ..library.library import Library
from ..model.case import Case
from ..model.chart import Setting, Side, Site
from ..model.fact import Fact
from ..model.guidance import Guidance

SCHEMAS = ("guidance", "case", "guide", "chart", "questions", "asked", "whatif", "flips", "comparison")


def as_json(item: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(item), indent=2).decode() + "\n"


def structs() -> dict[str, Any]:
    """What each command writes as JSON. Imported here: only a schema needs them all."""
    from ..engine.ask import Question
    from ..engine.compare import Comparison
    from ..engine.flips import Flip
    from ..engine.whatif import WhatIf
    from .asking import Asked

    return {
        "guidance": Guidance,
        "case": Case,
        "guide": Guide,
        "questions": tuple[Question, ...],
        "asked": Asked,
        "whatif": WhatIf,
        "flips": tuple[Flip, ...],
        "comparison": dict[str, tuple[Comparison, ...]],
    }


def schema_text(name: str, library: Library) -> str:
    """A JSON Schema (draft 2020-12) by name. Raises `RequestError` for another name."""
    if name == "chart":
        made = chart_schema(library)
    elif name in SCHEMAS:
        made = msgspec.json.schema(structs()[name])
    else:
        hint = nearest(name, SCHEMAS) or f"There is: {', '.join(SCHEMAS)}."
        raise RequestError([Problem("schema", f"there is no schema `{name}`.", hint)])
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **made}, indent=2) + "\n"


def chart_schema(library: Library) -> dict[str, Any]:
    """The plain chart form with every fact of the library."""
    day = {"type": "string", "format": "date"}
    facts = {fact.id: {"title": fact.title, **fact_schema(fact)} for fact in library.facts.values()}
    treatment = {
        "agent": {"type": "string"},
        "setting": {"enum": list(get_args(Setting))},
        "start": day,
        "end": day,
        "ongoing": yes_no(),
        "side": {"enum": list(get_args(Side))},
    }
    text = {"type": "string"}
    record = {
        "on": day,
        "report": text,
        "side": treatment["side"],
        "specimen": text,
        "site": {"enum": list(get_args(Site))},
        "part": text,
        "taken": day,
    }
    patient = {"id": {"type": "string"}, "born": day, "sex": {"enum": list(library.facts["sex"].values)}}
    top = {
        "patient": closed(patient),
        "records": {"type": "array", "items": closed({**record, **facts})},
        "treatments": {"type": "array", "items": {**closed(treatment), "required": ["agent"]}},
        "treatments_complete": yes_no(),
    }
    return {"title": "her2guide plain chart", **closed(top), "required": ["patient"]}


def closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def yes_no() -> dict[str, Any]:
    return {"enum": ["yes", "no", True, False]}


def fact_schema(fact: Fact) -> dict[str, Any]:
    """What may be written as the value of a fact; leave it out, or write unknown, when it is not known."""
    if fact.kind == "yes_no":
        return {"enum": ["yes", "no", True, False, "unknown"]}
    if fact.kind == "code":
        return {"enum": [*fact.values, *fact.reads, "unknown"]}
    limits = {"minimum": fact.range.low, "maximum": fact.range.high} if fact.range else {}
    number = {"type": "integer" if fact.kind == "integer" else "number"}
    units = list(dict.fromkeys([*fact.units, fact.unit]))
    measured = closed({"value": {"type": "number"}, "unit": {"enum": units}})
    return {"anyOf": [{**number, **limits}, measured, {"const": "unknown"}]}
