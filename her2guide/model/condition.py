"""The condition language as a tree: what one criterion of a rule means.

In: nothing; these are the nouns that `language` builds from text and runs.
Out: `Condition`, a list of criteria that must all hold, each with its text and its place.
It does not know how to parse, evaluate or say itself.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Value = bool | int | float | str
Operator = Literal["=", "<>", "<", "<=", ">", ">="]


class Yes(Struct, frozen=True, tag="yes"):
    """A yes/no fact named bare: true when the answer is yes."""

    fact: str


class Compare(Struct, frozen=True, tag="compare"):
    """`fact operator value`, for a number or a coded value."""

    fact: str
    operator: Operator
    value: Value


class OneOf(Struct, frozen=True, tag="in"):
    """`fact IN (values)`."""

    fact: str
    values: tuple[Value, ...]


class Between(Struct, frozen=True, tag="between"):
    """`fact BETWEEN low AND high`, both ends included."""

    fact: str
    low: int | float
    high: int | float


class IsUnknown(Struct, frozen=True, tag="unknown"):
    """`fact IS UNKNOWN`: the only question about knowledge itself; never unknown."""

    fact: str


class Not(Struct, frozen=True, tag="not"):
    part: Expression


class All(Struct, frozen=True, tag="all"):
    """AND of two or more parts."""

    parts: tuple[Expression, ...]


class Any(Struct, frozen=True, tag="any"):
    """OR of two or more parts."""

    parts: tuple[Expression, ...]


Expression = Yes | Compare | OneOf | Between | IsUnknown | Not | All | Any
Atom = Yes | Compare | OneOf | Between | IsUnknown


class Criterion(Struct, frozen=True):
    """One line of a condition: its text, its meaning, and `file:line`."""

    text: str
    expression: Expression
    where: str


class Condition(Struct, frozen=True, cache_hash=True):
    """Criteria that must all hold. No criteria: always true. It keeps its hash: `compiled` looks it up by it."""

    criteria: tuple[Criterion, ...] = ()
