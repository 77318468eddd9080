"""Every row of every table of the specification, and that the tables leave nothing out."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from her2guide.documents import read_yaml
from her2guide.language import parse, typed
from her2guide.language.evaluate import trace_condition
from her2guide.language.needs import needs_of
from her2guide.language.parse import NOT_OURS, Misread, read_expression
from her2guide.language.sentence import Speaker
from her2guide.language.settle import Settled, settle, show
from her2guide.library.read import knowledge_folder
from her2guide.model.case import Known, Origin
from her2guide.model.condition import Condition, Criterion, Expression, Operator, Yes
from her2guide.model.fact import Contradiction
from tests.language.specification import Row, example_library, rows, written
from tools.language_page import page

ROWS = [pytest.param(section, row, id=name) for name, section, row in rows()]
TRUTHS = {True: "true", False: "false", None: "unknown"}
FACTS = example_library().facts


def of_kind(*keys: str) -> list[Any]:
    return [param for param in ROWS if set(keys) <= param.values[0].keys() | param.values[1].keys()]


def condition_of(section: Row, row: Row) -> Condition:
    obtain = section.get("obtain") == "yes"
    lines = [Criterion(line, read_expression(line, FACTS, may_ask_unknown=obtain), "here") for line in written(row)]
    return Condition(tuple(lines))


def settled(given: Row) -> Settled:
    recorded = {name: Known(typed.typed_value(FACTS[name], raw), Origin("recorded")) for name, raw in given.items()}
    return settle(tuple(FACTS.values()), recorded, example_library().contradictions)


def values_of(given: Row) -> dict[str, Any]:
    return {name: known.value for name, known in settled(given).known.items()}


def text_of(value: Any) -> str:
    """A value as the tables write it: 25 is 25.0."""
    return f"{value:g}" if isinstance(value, float) else show(value)


@pytest.mark.parametrize(("section", "row"), of_kind("write", "gives"))
def test_condition_gives(section: Row, row: Row) -> None:
    truth, _ = trace_condition(condition_of(section, row), values_of(row["given"]))
    assert TRUTHS[truth] == row["gives"]


@pytest.mark.parametrize(("section", "row"), of_kind("write", "refused"))
def test_condition_is_refused(section: Row, row: Row) -> None:
    with pytest.raises(Misread) as fault:
        condition_of(section, row)
    assert f"{fault.value.what} {fault.value.do}".strip() == row["refused"]


@pytest.mark.parametrize(("section", "row"), of_kind("says"))
def test_condition_says(section: Row, row: Row) -> None:
    words = knowledge_folder() / "words/en/sentences.yaml"
    phrases = read_yaml(words.read_text(encoding="utf-8"), words.name).data
    assert Speaker(FACTS, phrases).condition(condition_of(section, row)) == row["says"]


@pytest.mark.parametrize(("section", "row"), of_kind("asks"))
def test_condition_asks(section: Row, row: Row) -> None:
    values = values_of(row["given"])
    truth, trace = trace_condition(condition_of(section, row), values)
    asked = needs_of([line.step for line in trace], FACTS, values) if truth is None else ()
    assert list(asked) == row["asks"]


@pytest.mark.parametrize(("section", "row"), [row for row in of_kind("fact", "gives") if "write" not in row.values[1]])
def test_fact_follows(section: Row, row: Row) -> None:
    found = settled(row["given"])
    known = found.known.get(section["fact"])
    assert (text_of(known.value) if known else "unknown") == str(row["gives"])
    assert "; ".join(conflict.says for conflict in found.conflicts) == row.get("conflict", "")


@pytest.mark.parametrize(("section", "row"), of_kind("value", "reads"))
def test_value_is_read(section: Row, row: Row) -> None:
    value = typed.typed_value(FACTS[row["fact"]], row["value"], row.get("unit"))
    assert text_of(value) == str(row["reads"])


@pytest.mark.parametrize(("section", "row"), of_kind("value", "refused"))
def test_value_is_refused(section: Row, row: Row) -> None:
    with pytest.raises(typed.NotAValue) as fault:
        typed.typed_value(FACTS[row["fact"]], row["value"], row.get("unit"))
    assert f"{fault.value.what} {fault.value.do}".strip() == row["refused"]


def test_every_row_is_tested_once() -> None:
    kinds = [of_kind("write", "gives"), of_kind("write", "refused"), of_kind("says"), of_kind("asks")]
    kinds += [of_kind("value", "reads"), of_kind("value", "refused")]
    kinds += [[row for row in of_kind("fact", "gives") if "write" not in row.values[1]]]
    names = [param.id for kind in kinds for param in kind]
    assert sorted(names) == sorted(param.id for param in ROWS)
    assert len(set(names)) == len(names), "two rows are the same"


def trees() -> list[Expression]:
    """The expressions of every row that is not refused, with their parts."""
    open_ones = [
        line.expression
        for param in of_kind("write")
        if "refused" not in param.values[1]
        for line in condition_of(*param.values).criteria
    ]
    for tree in open_ones:
        open_ones += getattr(tree, "parts", ()) or ([tree.part] if hasattr(tree, "part") else [])
    return open_ones


def test_every_kind_of_expression_and_operator_stands_in_a_row() -> None:
    assert {type(tree) for tree in trees()} == set(get_args(Expression))
    assert {tree.operator for tree in trees() if hasattr(tree, "operator")} == set(get_args(Operator))


def message_patterns() -> list[str]:
    """Every message of parse.py and typed.py as a pattern, read from the source."""
    patterns = [re.escape(what) for _, what, _ in NOT_OURS]
    for module in (parse, typed):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
        messages = [call.args[0] for call in calls if call.func.id in ("Misread", "NotAValue")]  # type: ignore[attr-defined]
        patterns += [pattern_of(message) for message in messages if not isinstance(message, ast.Name)]
    return sorted(set(patterns))


def pattern_of(message: ast.expr) -> str:
    parts = message.values if isinstance(message, ast.JoinedStr) else [message]
    return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else ".+" for part in parts)


@pytest.mark.parametrize("pattern", message_patterns())
def test_every_message_stands_in_a_row(pattern: str) -> None:
    messages = [param.values[1]["refused"] for param in of_kind("refused")]
    assert any(re.match(pattern, message) for message in messages)


def test_the_page_is_current() -> None:
    place = Path(__file__).parents[2] / "docs/language.md"
    assert place.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_a_contradiction_that_withdraws_other_facts_comes_to_an_end() -> None:
    rule = Contradiction(
        id="odd", title="odd", when=Condition((Criterion("fit", Yes("fit"), "here"),)), facts=("small",)
    )
    recorded = {"fit": Known(True, Origin("recorded")), "small": Known(True, Origin("recorded"))}
    found = settle(tuple(FACTS.values()), recorded, [rule])
    assert "small" not in found.known and [conflict.says for conflict in found.conflicts] == ["odd"]
