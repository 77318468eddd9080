"""Text of a criterion -> checked expression tree.

In: SQL text of the closed grammar, the facts it may name, and file:line for errors.
Out: `Expression`, or every problem found. The SQL parser is sqlglot; it is permissive, so
names, values, operators and grouping are checked here. It knows no patients.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import sqlglot
from sqlglot import exp

from ..errors import Problem, nearest
from ..model.condition import (
    All,
    Any,
    Between,
    Compare,
    Condition,
    Criterion,
    Expression,
    IsUnknown,
    Not,
    OneOf,
    Operator,
    Value,
    Yes,
)
from ..model.fact import Fact

LONGEST_CRITERION = 500
DEEPEST_NESTING = 12

COMPARISONS: dict[type[exp.Expression], Operator] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}

NOT_OURS: tuple[tuple[str, str, str], ...] = (
    (r"==", "'==' is not an operator here.", "Write = instead."),
    (r"!=", "'!=' is not an operator here.", "Write <> instead."),
    (r"!", "'!' is not an operator here.", "Write NOT instead."),
    (r"\b(AS|A?SYMMETRIC)\b", "AS and SYMMETRIC are not words of the language.", "Leave the word out."),
    (r"--|/\*|;|#", "Comments and semicolons are not allowed in a criterion.", "Use a YAML comment."),
    (r'["`\[\]{}$@?|&^~%\\+:]', "This character does not belong in a criterion.", "Quote values with '...'."),
    (r"\b(IS\s+(NOT\s+)?NULL|ISNULL|NOTNULL)\b", "NULL is not a word of the language.", "Write IS UNKNOWN."),
    (r"\bBETWEEN\s+\S+\s+(?!AND\b)", "BETWEEN needs AND between its ends.", "Write BETWEEN 10 AND 20."),
    (r"\bNOT\s+IS\b", "NOT IS is not an operator here.", "Write NOT before the name of the fact."),
    (r"\bNULL\b", "NULL is not a value.", "Unknown facts stay unknown by themselves."),
)


class Misread(Exception):
    """One fault inside a criterion; becomes a `Problem` with its place."""

    def __init__(self, what: str, do: str = "") -> None:
        super().__init__(what)
        self.what, self.do = what, do


def read_condition(
    lines: Sequence[str],
    facts: Mapping[str, Fact],
    where: Callable[[int], str],
    problems: list[Problem],
    *,
    may_ask_unknown: bool = False,
) -> Condition:
    """Read the lines of a `when` list; faults are added to `problems` and their lines left out."""
    criteria = []
    for number, text in enumerate(lines):
        try:
            expression = read_expression(text, facts, may_ask_unknown=may_ask_unknown)
        except Misread as fault:
            problems.append(Problem(where(number), f"in `{text}`: {fault.what}", fault.do))
        else:
            criteria.append(Criterion(text, expression, where(number)))
    return Condition(tuple(criteria))


def read_expression(text: str, facts: Mapping[str, Fact], *, may_ask_unknown: bool = False) -> Expression:
    """Parse and check one criterion. Raises `Misread` on the first fault."""
    refuse_foreign_text(text)
    try:
        tree = cast(exp.Expression, sqlglot.parse_one(text))  # whatever it is, the reader refuses what it does not know
    except (sqlglot.errors.SqlglotError, RecursionError) as fault:
        raise Misread("This is not a condition.", "See docs/language.md for what may be written.") from fault
    return Reader(facts, may_ask_unknown).read(tree)


def refuse_foreign_text(text: str) -> None:
    """Cap length and nesting, and refuse what sqlglot would quietly accept."""
    if not isinstance(text, str):
        raise Misread(f"{text!r} is not text.", "Quote the whole line.")
    if len(text) > LONGEST_CRITERION:
        raise Misread(f"A criterion has at most {LONGEST_CRITERION} characters.", "Use several lines.")
    bare = re.sub(r"'[^']*'", "''", text)
    depth = deepest = 0
    for character in bare:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    if deepest > DEEPEST_NESTING:
        raise Misread(f"Parentheses nest at most {DEEPEST_NESTING} deep.", "Use several lines.")
    for pattern, what, do in NOT_OURS:
        if re.search(pattern, bare, re.IGNORECASE):
            raise Misread(what, do)


class Reader:
    """Turns a sqlglot tree into ours, refusing everything outside the closed grammar."""

    def __init__(self, facts: Mapping[str, Fact], may_ask_unknown: bool) -> None:
        self.facts = facts
        self.may_ask_unknown = may_ask_unknown

    def read(self, tree: exp.Expression) -> Expression:
        if isinstance(tree, exp.Paren):
            return self.read(tree.this)
        if isinstance(tree, exp.Not):
            return Not(self.read(tree.this))
        if isinstance(tree, exp.And):
            return All(self.parts(tree, exp.And, exp.Or))
        if isinstance(tree, exp.Or):
            return Any(self.parts(tree, exp.Or, exp.And))
        if isinstance(tree, exp.Column):
            return self.yes(tree)
        if isinstance(tree, exp.In):
            return self.one_of(tree)
        if isinstance(tree, exp.Between):
            return self.between(tree)
        if isinstance(tree, exp.Is):
            return self.is_unknown(tree)
        if type(tree) in COMPARISONS:
            return self.compare(tree, COMPARISONS[type(tree)])
        raise Misread(
            f"`{tree.sql()}` is outside the language.",
            "Allowed: comparisons, IN, BETWEEN, AND, OR, NOT and parentheses over facts.",
        )

    def parts(
        self, tree: exp.Expression, same: type[exp.Expression], other: type[exp.Expression]
    ) -> tuple[Expression, ...]:
        """The operands of a chain of AND (or OR); a bare chain of the other kind is ambiguous."""
        found: list[Expression] = []
        for side in (tree.this, tree.expression):
            if isinstance(side, other):
                raise Misread("AND and OR are mixed.", "Add parentheses to say which belongs together.")
            found += self.parts(side, same, other) if isinstance(side, same) else [self.read(side)]
        return tuple(found)

    def fact(self, tree: exp.Expression) -> Fact:
        if not isinstance(tree, exp.Column) or tree.table:
            raise Misread(f"`{tree.sql()}` stands where a fact should.", "Begin with the name of a fact.")
        known = self.facts.get(tree.name)
        if known is None:
            raise Misread(f"There is no fact `{tree.name}`.", nearest(tree.name, self.facts))
        return known

    def yes(self, tree: exp.Expression) -> Yes:
        fact = self.fact(tree)
        if fact.kind != "yes_no":
            raise Misread(f"`{fact.id}` is not a yes/no fact.", "Compare it with a value.")
        return Yes(fact.id)

    def value(self, fact: Fact, tree: exp.Expression) -> Value:
        if fact.kind == "yes_no":
            raise Misread(f"`{fact.id}` is a yes/no fact.", f"Write {fact.id} or NOT {fact.id}.")
        negative = isinstance(tree, exp.Neg)
        literal = tree.this if negative else tree
        if not isinstance(literal, exp.Literal) or (negative and literal.is_string):
            raise Misread(f"`{tree.sql()}` is not a value.", "Quote coded values with '...'; compare with a constant.")
        if fact.kind == "code":
            return coded(fact, tree)
        if literal.is_string:
            raise Misread(f"`{fact.id}` is a number, {tree.sql()} is not.", "Leave the quotes out.")
        return numeric(fact, float(literal.this) * (-1 if negative else 1))

    def compare(self, tree: exp.Expression, operator: Operator) -> Compare:
        fact = self.fact(tree.this)
        if fact.kind == "code" and operator not in ("=", "<>"):
            raise Misread(f"`{fact.id}` has coded values without an order.", "Use = , <> or IN.")
        return Compare(fact.id, operator, self.value(fact, tree.expression))

    def one_of(self, tree: exp.In) -> OneOf:
        fact = self.fact(tree.this)
        if not tree.expressions:
            raise Misread("IN needs a list of values.", "Write IN ('a', 'b').")
        return OneOf(fact.id, tuple(self.value(fact, value) for value in tree.expressions))

    def between(self, tree: exp.Between) -> Between:
        fact = self.fact(tree.this)
        low, high = (self.value(fact, tree.args[end]) for end in ("low", "high"))
        if isinstance(low, str) or isinstance(high, str):
            raise Misread(f"`{fact.id}` has coded values without an order.", "Use IN.")
        if low > high:
            raise Misread(f"BETWEEN {low} AND {high} holds for nothing.", "Put the smaller number first.")
        return Between(fact.id, low, high)

    def is_unknown(self, tree: exp.Is) -> IsUnknown:
        if not isinstance(tree.expression, exp.Null):
            raise Misread(f"`{tree.sql()}` is outside the language.", "Name a yes/no fact bare.")
        if not self.may_ask_unknown:
            raise Misread("IS UNKNOWN is only for recommendations that say obtain.", "Leave the line out.")
        return IsUnknown(self.fact(tree.this).id)


def coded(fact: Fact, tree: exp.Expression) -> str:
    """A quoted value of a coded fact."""
    if not tree.is_string:
        raise Misread(f"`{fact.id}` has coded values.", f"Quote the value: '{tree.sql()}'.")
    if tree.this not in fact.values:
        close = nearest(tree.this, fact.values)
        raise Misread(f"'{tree.this}' is not a value of `{fact.id}`.", close or f"It has: {', '.join(fact.values)}.")
    return str(tree.this)


def numeric(fact: Fact, number: float) -> int | float:
    """A number that the fact can have."""
    in_range(fact, number)
    if number.is_integer():
        return int(number)
    if fact.kind == "integer":
        raise Misread(f"`{fact.id}` is a whole number, {number:g} is not.", "Leave the fraction out.")
    return number


def in_range(fact: Fact, number: float) -> None:
    if fact.range and not fact.range.low <= number <= fact.range.high:
        raise Misread(
            f"{number:g} is outside the range of `{fact.id}`.",
            f"It goes from {fact.range.low:g} to {fact.range.high:g} {fact.unit or ''}".strip() + ".",
        )
