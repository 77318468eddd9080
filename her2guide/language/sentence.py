"""Expression -> a sentence in words, for the reader who does not program.

In: a checked tree, the facts (titles and labels), and the phrases of one language
(`words/<language>/sentences.yaml`). Out: text without a full stop. Nothing medical is known here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..model.condition import (
    All,
    Any,
    Between,
    Compare,
    Condition,
    Expression,
    IsUnknown,
    Not,
    OneOf,
    Value,
    Yes,
)
from ..model.fact import Fact
from ..model.knowledge import Advice

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
            return self.phrases["or"].join(self.alternatives(expression.parts))
        if isinstance(expression, Not):
            return self.negated(expression.part)
        return self.atom(expression)

    def advice(self, advice: Advice, title: str) -> str:
        """What is to be done: the facts to find out, or else the title of the recommendation or its regimen."""
        what = "; ".join(self.question(fact) for fact in advice.facts) or title
        return f"{self.phrases[advice.action]}: {what}"

    def question(self, fact: str) -> str:
        """A fact as something to find out."""
        if self.facts[fact].kind == "yes_no":
            return self.phrases["whether"].format(part=self.label(fact, "yes"))
        return self.facts[fact].title

    def alternatives(self, parts: tuple[Expression, ...]) -> list[str]:
        """The parts of an OR. That a fact is unknown is said beside what else is asked of it, or of all at once."""
        unknown = {p.fact: p for p in parts if isinstance(p, IsUnknown) and self.facts[p.fact].kind != "yes_no"}
        others = [part for part in parts if part not in unknown.values()]
        said = []
        for part in others:
            text = self.inner(part, All)
            beside = unknown.pop(subject(part), None)
            said.append(self.phrases["or_unknown"].format(part=text) if beside else text)
        titles = [self.facts[fact].title for fact in unknown]
        return [*([self.phrases["unknown"].format(fact=self.choice(titles))] if titles else []), *said]

    def choice(self, words: list[str]) -> str:
        """`red, green or sky blue`."""
        return self.phrases["or"].join([", ".join(words[:-1]), words[-1]] if words[1:] else words)

    def inner(self, part: Expression, grouped: type) -> str:
        """A part of a chain; a chain of the other kind, or a choice of values within an AND, stands in parentheses."""
        said, inside = self.say(part), opposite_inside(part)
        choice = grouped is Any and isinstance(inside, OneOf) and self.phrases["or"] in said
        return f"({said})" if choice or isinstance(inside, grouped) else said

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
        if isinstance(part, IsUnknown):
            return self.awareness("known", part.fact)
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
        return self.awareness("unknown", atom.fact)  # type: ignore[union-attr]

    def awareness(self, phrase: str, fact: str) -> str:
        """That a fact is known or unknown."""
        if self.facts[fact].kind == "yes_no":
            return self.phrases[f"{phrase}_whether"].format(part=self.question(fact))
        return self.fill(phrase, fact)

    def fill(self, phrase: str, fact: str, **parts: str) -> str:
        return self.phrases[phrase].format(fact=self.facts[fact].title, **parts)

    def ends(self, atom: Between) -> dict[str, str]:
        return {"low": self.value(atom.fact, atom.low), "high": self.value(atom.fact, atom.high)}

    def listed(self, atom: OneOf) -> str:
        fact = self.facts[atom.fact]
        runs = runs_in(list(fact.values), atom.values) if is_scale(fact) else [(value,) for value in atom.values]
        return self.choice([self.run([self.value(atom.fact, value) for value in run]) for run in runs])

    def run(self, words: list[str]) -> str:
        """`red`, or `red to blue` of values that follow each other."""
        return self.phrases["to"].format(low=words[0], high=words[-1]) if words[1:] else words[0]

    def label(self, fact: str, value: str) -> str:
        return dict(self.facts[fact].values)[value]  # type: ignore[arg-type]

    def value(self, fact_id: str, value: Value) -> str:
        """A value with its label or its unit."""
        fact = self.facts[fact_id]
        if isinstance(value, bool):
            return self.label(fact_id, "yes" if value else "no")
        if isinstance(value, str):
            return self.label(fact_id, value)
        return self.phrases["number"].format(value=f"{value:g}", unit=unit_beside(fact.title, fact)).strip()


def unit_beside(title: str, fact: Fact) -> str:
    """The unit of a number, unless the title says it already: `number of spots: 3`."""
    unit = fact.unit or ""
    words = re.findall(r"\w+", title.lower())
    return "" if unit.lower() in words or f"{unit}s".lower() in words else unit


def is_scale(fact: Fact) -> bool:
    """Whether the values are codes of a scale in its order (`T1`, `N0(i+)`, `2+`), not words."""
    labels = dict(fact.values).values() if fact.kind == "code" else ()  # type: ignore[arg-type]
    return all(" " not in label and not label[0].islower() for label in labels)


def runs_in(order: list[str], values: tuple[Value, ...]) -> list[tuple[Value, ...]]:
    """The values in their order, with three or more that follow each other in one group: `(T2, T3, T4)`."""
    groups: list[list[Value]] = []
    for place, value in enumerate(order):
        if value in values:
            follows = groups and order[place - 1] == groups[-1][-1]
            groups[-1].append(value) if follows else groups.append([value])
    long = 3
    return [run for group in groups for run in ([tuple(group)] if len(group) >= long else [(v,) for v in group])]


def subject(expression: Expression) -> str:
    """The fact that a single question is about; none for a chain."""
    return subject(expression.part) if isinstance(expression, Not) else getattr(expression, "fact", "")


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
