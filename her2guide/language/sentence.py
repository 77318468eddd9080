"""Expression -> a sentence in words, for the reader who does not program.

In: a checked tree, the facts (titles and labels), and the phrases of one language
(`words/<language>/sentences.yaml`). Out: text without a full stop. Nothing medical is known here.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..model.condition import (
    All,
    Any,
    Between,
    Compare,
    Condition,
    Expression,
    Not,
    OneOf,
    Value,
    Yes,
)
from ..model.fact import Fact

Phrases = Mapping[str, str]

OPERATOR_PHRASES = {"=": "equals", "<>": "differs", "<": "less", "<=": "at_most", ">": "more", ">=": "at_least"}
OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


class Speaker:
    """Says expressions in one language."""

    def __init__(self, facts: Mapping[str, Fact], phrases: Phrases) -> None:
        self.facts = facts
        self.phrases = phrases

    def condition(self, condition: Condition) -> str:
        """All criteria in one sentence."""
        parts = tuple(criterion.expression for criterion in condition.criteria)
        if not parts:
            return self.phrases["always"]
        return self.say(parts[0] if len(parts) == 1 else All(parts))

    def say(self, expression: Expression) -> str:
        expression = opposite_inside(expression)
        if isinstance(expression, All):
            return self.phrases["and"].join(self.inner(part, Any) for part in expression.parts)
        if isinstance(expression, Any):
            return self.phrases["or"].join(self.inner(part, All) for part in expression.parts)
        if isinstance(expression, Not):
            return self.negated(expression.part)
        return self.atom(expression)

    def inner(self, part: Expression, grouped: type) -> str:
        """A part of a chain; a chain of the other kind stands in parentheses, as it was written."""
        said = self.say(part)
        return f"({said})" if isinstance(opposite_inside(part), grouped) else said

    def negated(self, part: Expression) -> str:
        """NOT of a question, said as its opposite where the language has one."""
        if isinstance(part, Yes):
            return self.label(part.fact, "no")
        if isinstance(part, Compare):
            return self.atom(Compare(part.fact, OPPOSITE[part.operator], part.value))  # type: ignore[arg-type]
        if isinstance(part, OneOf):
            return self.fill("none_of", part.fact, values=self.listed(part))
        if isinstance(part, Between):
            return self.fill("not_between", part.fact, **self.ends(part))
        return self.phrases["not"].format(part=self.say(part))

    def atom(self, atom: Expression) -> str:
        if isinstance(atom, Yes):
            return self.label(atom.fact, "yes")
        if isinstance(atom, Compare):
            return self.fill(OPERATOR_PHRASES[atom.operator], atom.fact, value=self.value(atom.fact, atom.value))
        if isinstance(atom, OneOf):
            return self.fill("one_of", atom.fact, values=self.listed(atom))
        if isinstance(atom, Between):
            return self.fill("between", atom.fact, **self.ends(atom))
        return self.fill("unknown", atom.fact)  # type: ignore[union-attr]

    def fill(self, phrase: str, fact: str, **parts: str) -> str:
        return self.phrases[phrase].format(fact=self.facts[fact].title, **parts)

    def ends(self, atom: Between) -> dict[str, str]:
        return {"low": self.value(atom.fact, atom.low), "high": self.value(atom.fact, atom.high)}

    def listed(self, atom: OneOf) -> str:
        return self.phrases["or"].join(self.value(atom.fact, value) for value in atom.values)

    def label(self, fact: str, value: str) -> str:
        return dict(self.facts[fact].values)[value]  # type: ignore[arg-type]

    def value(self, fact_id: str, value: Value) -> str:
        """A value with its label or its unit."""
        fact = self.facts[fact_id]
        if isinstance(value, bool):
            return self.label(fact_id, "yes" if value else "no")
        if isinstance(value, str):
            return self.label(fact_id, value)
        return self.phrases["number"].format(value=f"{value:g}", unit=fact.unit or "").strip()


def opposite_inside(expression: Expression) -> Expression:
    """NOT of a chain or of a NOT carried inside (De Morgan holds in Kleene's logic): it is easier to hear."""
    if not isinstance(expression, Not):
        return expression
    part = expression.part
    if isinstance(part, Not):
        return opposite_inside(part.part)
    if isinstance(part, All):
        return Any(tuple(Not(inner) for inner in part.parts))
    return All(tuple(Not(inner) for inner in part.parts)) if isinstance(part, Any) else expression
