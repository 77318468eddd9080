"""Definitions -> the text of a CQL library: a parameter for each recorded fact, a `define` for each definition.

In: `Defined`. Out: CQL 1.5 without a data model, so that any engine can run it on flat input.
Unknown is null. `in` never is null in CQL, nor is its negation: a list of values is written as a chain of `=`.
It knows no engine. Source of the syntax: https://cql.hl7.org, Author's Guide and Appendix L.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model.condition import Atom, Between, Compare, IsUnknown, OneOf, Value
from .definitions import (
    Choice,
    Defined,
    Definition,
    Differ,
    Every,
    Given,
    Is,
    Meaning,
    Negated,
    Recorded,
    Said,
    Some,
    Taken,
    Truth,
)

TYPES = {"yes_no": "Boolean", "code": "String", "standing": "String", "integer": "Integer", "decimal": "Decimal"}
OPERATORS = {"<>": "!="}  # written otherwise than in conditions


def cql_text(defined: Defined, library: str, version: str) -> str:
    """A CQL library. `version`: the digest of the knowledge, so that answers can be traced to it."""
    return "\n\n".join((f"library {name_of(library)} version {literal(version)}", *statements(defined))) + "\n"


def statements(defined: Defined) -> Iterator[str]:
    """The parameters, then the definitions in order."""
    for definition in defined.definitions:
        if isinstance(definition.meaning, Recorded):
            yield f"parameter {name_of(parameter(definition.meaning))} {TYPES[definition.kind]}"
    yield "context Unfiltered"
    for definition in defined.definitions:
        yield f"define {name_of(definition.name)}:\n  {meaning_of(definition)}"


def name_of(name: str) -> str:
    return f'"{escaped(name)}"'


def parameter(recorded: Recorded) -> str:
    """The name of the parameter for a recorded fact."""
    return f"recorded.{recorded.fact}"


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'")


def literal(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{escaped(value)}'" if isinstance(value, str) else f"{value!r}"


def meaning_of(definition: Definition) -> str:
    meaning: Meaning = definition.meaning
    if isinstance(meaning, Recorded):
        return name_of(parameter(meaning))
    return choice(meaning, TYPES[definition.kind]) if isinstance(meaning, Choice) else truth(meaning)


def choice(chosen: Choice, kind: str) -> str:
    """The first line that is true; a line that cannot be told is passed by, as in the definition."""
    lines = [f"    when {truth(when)} then {given(give, kind)}" for when, give in chosen.lines]
    return "\n".join(("case", *lines, f"    else {nothing(kind)}", "  end"))


def given(give: Taken | Given, kind: str) -> str:
    if isinstance(give, Taken):
        return name_of(give.name)
    return nothing(kind) if give.value is None else literal(give.value)


def nothing(kind: str) -> str:
    return f"null as {kind}"


def truth(said: Truth) -> str:
    """An expression in brackets where it has parts."""
    if isinstance(said, Said):
        return f"({nothing('Boolean')})" if said.truth is None else literal(said.truth)
    if isinstance(said, Is):
        return f"({truth(said.part)} is {literal(said.truth)})"
    if isinstance(said, Differ):
        return f"({name_of(said.name)} != {name_of(said.other)})"
    if isinstance(said, Negated):
        return f"(not {truth(said.part)})"
    if isinstance(said, Every | Some):
        return f"({(' and ' if isinstance(said, Every) else ' or ').join(map(truth, said.parts))})"
    return atom(said)


def atom(asked: Atom) -> str:
    fact = name_of(asked.fact)
    if isinstance(asked, IsUnknown):
        return f"({fact} is null)"
    if isinstance(asked, Compare):
        return f"({fact} {OPERATORS.get(asked.operator, asked.operator)} {literal(asked.value)})"
    if isinstance(asked, Between):
        return f"({fact} >= {literal(asked.low)} and {fact} <= {literal(asked.high)})"
    if isinstance(asked, OneOf):
        return f"({' or '.join(f'{fact} = {literal(value)}' for value in asked.values)})"
    return fact
