"""Column maps: what is written in short in their YAML made whole, and checked against the facts and agents.

In: a row of YAML, or a finished map. Out: the row as its struct wants it, and the problems with their places.
It does not know any table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from ..documents import Document, Steps
from ..errors import Problem, nearest
from ..language.typed import NotAValue, typed_value
from ..model.chart import Setting, Side, Site
from ..model.columns import Column, ColumnMap, Told
from ..model.fact import Fact
from .patterns import LASTS, lasts

GROUP = re.compile(r"\\(\d)\Z")
Raw = dict[str, Any]
Refuse = Callable[[Steps, str, str], None]


def whole_map(document: Document, path: Steps, row: Raw, facts: Mapping[str, Fact], problems: list[Problem]) -> Raw:
    """A map in which every word and pattern gives `fact: value`, each checked; what is wrong is added to `problems`."""

    def refuse(at: Steps, what: str, do: str) -> None:
        problems.append(Problem(document.where((*path, *at)), what, do))

    ready = dict(row)
    if isinstance(row.get("columns"), dict):
        ready["columns"] = {
            str(name): whole_column(("columns", name), column, facts, refuse) if isinstance(column, dict) else column
            for name, column in row["columns"].items()
        }
    check_regular(ready, (), refuse)
    return ready


def whole_column(path: Steps, column: Raw, facts: Mapping[str, Fact], refuse: Refuse) -> Raw:
    fact = column.get("fact")
    if fact is not None and fact not in facts:
        refuse((*path, "fact"), f"there is no fact `{fact}`.", nearest(str(fact), facts))
    known = Column.__struct_fields__
    for key in (key for key in column if key not in known):
        refuse((*path, key), f"the key `{key}` has no meaning here.", nearest(key, known) or "Remove it.")
    made = {key: value for key, value in column.items() if key in known}
    if isinstance(column.get("values"), dict):
        made["values"] = {
            str(word): given((*path, "values", word), value, fact, 0, facts, refuse)
            for word, value in column["values"].items()
        }
    if isinstance(column.get("patterns"), list):
        made["patterns"] = [
            {**row, "give": given((*path, "patterns", n, "give"), row["give"], fact, groups_in(row), facts, refuse)}
            if isinstance(row, dict) and "give" in row
            else row
            for n, row in enumerate(column["patterns"])
        ]
    return made


def groups_in(row: Raw) -> int:
    """How many groups the regular expression of a pattern has; none if it is not one, which is refused elsewhere."""
    try:
        return re.compile(str(row.get("match"))).groups
    except (re.error, RecursionError, OverflowError):
        return 0


def given(path: Steps, value: Any, fact: Any, groups: int, facts: Mapping[str, Fact], refuse: Refuse) -> Raw:
    """`fact: value` pairs of what a word or a pattern gives; a lone value answers the column's own fact."""
    pairs = value if isinstance(value, dict) else {fact: value}
    found: Raw = {}
    for name, raw in pairs.items():
        at = (*path, name) if isinstance(value, dict) else path
        if name is None:
            refuse(at, "answers no fact.", "Add `fact:` to the column, or write fact: value.")
        elif name not in facts:
            if isinstance(value, dict):
                refuse(at, f"there is no fact `{name}`.", nearest(str(name), facts))
        elif isinstance(raw, str) and (group := GROUP.match(raw)):
            if int(group[1]) > groups:
                refuse(at, f"the pattern has no group {raw}.", "Put the part in parentheses.")
            found[name] = raw
        else:
            try:
                found[name] = typed_value(facts[name], raw)
            except NotAValue as fault:
                refuse(at, fault.what, fault.do)
    return found


def check_regular(value: Any, path: Steps, refuse: Refuse) -> None:
    """Every `match`, and every key of a map `patterns` and value of `only`, must be a regular expression."""
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        words = [child] if key == "match" else regular_words(key, child)
        for word in words:
            try:
                re.compile(str(word))
                if lasts(str(word)):
                    refuse((*path, key), f"'{word}' {LASTS[0]}", LASTS[1])
            except (re.error, RecursionError, OverflowError) as fault:
                refuse((*path, key), f"'{word}' is not a regular expression: {fault}.", "Correct it.")
        check_regular(child, (*path, key), refuse)


def regular_words(key: Any, child: Any) -> list[Any]:
    if not isinstance(child, dict):
        return []
    return list(child) if key == "patterns" else list(child.values()) if key == "only" else []


def check_columns(item: ColumnMap, agents: Mapping[str, Any]) -> Iterator[Problem]:
    """Names inside a map that lead nowhere."""
    where = f"columnmap {item.id}"
    for name, column in item.columns.items():
        if column.specimen is not None and column.specimen not in item.specimens:
            yield Problem(where, f"the column {name} names no specimen `{column.specimen}`.", "Add it to specimens:.")
        if not (column.fact or column.values or column.patterns or column.left_out):
            yield Problem(where, f"the column {name} says nothing.", "Add fact:, or left_out: with the reason.")
    told = {
        "side": (item.side, get_args(Side)),
        "site": (tuple(t for tissue in item.specimens.values() for t in tissue.site), get_args(Site)),
        "setting": (item.treatments.setting if item.treatments else (), get_args(Setting)),
        "yes": ((*item.both_sides, *(item.treatments.ongoing if item.treatments else ())), ("yes", "no")),
    }
    for kind, (rows, known) in told.items():
        for word in words_of(rows):
            if word not in known:
                yield Problem(where, f"'{word}' is no {kind}.", f"Use {', '.join(known)}.")
    for word, names in item.treatments.names.items() if item.treatments else ():
        for name in names:
            if name not in agents:
                yield Problem(where, f"`{word}` names no agent `{name}`.", nearest(name, agents) or "Correct the id.")


def words_of(rows: tuple[Told, ...]) -> Iterator[str]:
    for row in rows:
        yield from dict.fromkeys((*row.words.values(), *row.patterns.values()))
