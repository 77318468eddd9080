"""Facts -> any patient at all: what is recorded is left open, and what follows from it is worked out.

In: facts in dependency order, contradictions, domains. Out: for each fact a bit for each value, before and after
contradictions are withdrawn. The meaning is that of `language.settle` for records of one day, stated once more; a
generated test holds the two together. It knows no recommendations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from ..language.evaluate import OPERATORS
from ..model.condition import All, Any, Between, Compare, Condition, Expression, IsUnknown, Not, OneOf, Value, Yes
from ..model.fact import Contradiction, Derivation, Fact
from .circuit import FALSE, TRUE, UNKNOWN, Bit, Circuit, Rails
from .domain import Domains


class Column(Struct, frozen=True):
    """A bit for each value of a fact, whether it has one, and whether its answers contradict each other."""

    values: Mapping[Value, Bit]
    present: Bit
    unsure: Bit = FALSE


class Facts:
    """What is known of each fact, and the truth of conditions on it, each part worked out once."""

    def __init__(
        self, circuit: Circuit, columns: Mapping[str, Column], given: Mapping[str, Value] | None = None
    ) -> None:
        self.circuit = circuit
        self.columns = dict(columns)
        self.memo: dict[Expression, Rails] = {}
        for fact, value in (given or {}).items():
            self.columns[fact] = Column({value: TRUE}, TRUE)

    def condition(self, condition: Condition) -> Rails:
        return self.circuit.all_of([self.truth(criterion.expression) for criterion in condition.criteria])

    def truth(self, expression: Expression) -> Rails:
        kept = self.memo.get(expression)
        if kept is None:
            kept = self.memo[expression] = self.work_out(expression)
        return kept

    def work_out(self, expression: Expression) -> Rails:
        if isinstance(expression, All):
            return self.circuit.all_of([self.truth(part) for part in expression.parts])
        if isinstance(expression, Any):
            return self.circuit.any_of([self.truth(part) for part in expression.parts])
        if isinstance(expression, Not):
            part = self.truth(expression.part)
            return Rails(part.false, part.true)
        column = self.columns[expression.fact]
        if isinstance(expression, IsUnknown):
            return Rails(-column.present, column.present)
        if not column.values:
            return UNKNOWN
        sides: tuple[list[Bit], list[Bit]] = [], []
        for value, bit in column.values.items():
            sides[not meets(expression, value)].append(bit)
        return Rails(self.circuit.some(sides[0]), self.circuit.some(sides[1]))


def meets(atom: Yes | Compare | OneOf | Between, value: Value) -> bool:
    """Whether a value answers a question with yes."""
    if isinstance(atom, Yes):
        return value is True
    if isinstance(atom, Compare):
        return OPERATORS[atom.operator](value, atom.value)
    if isinstance(atom, OneOf):
        return value in atom.values
    return atom.low <= value <= atom.high  # type: ignore[operator]


def open_record(circuit: Circuit, domains: Domains) -> dict[str, Column]:
    """Any record: of each fact one value or none."""
    return {
        fact: column_of(circuit, dict(zip(d.values, circuit.open_bits(len(d.values)), strict=True)))
        for fact, d in domains.items()
    }


def column_of(circuit: Circuit, bits: Mapping[Value, Bit]) -> Column:
    return Column(bits, circuit.some(bits.values()))


class Patient:
    """`first`: what follows before contradictions are looked at, all there is of a `consistent` patient."""

    def __init__(
        self,
        circuit: Circuit,
        recorded: Mapping[str, Column],
        facts: Mapping[str, Fact],
        contradictions: Sequence[Contradiction],
    ) -> None:
        self.circuit = circuit
        self.facts = facts
        self.contradictions = contradictions
        self.recorded = recorded
        self.first = self.settle_once({})
        broken = [self.first.condition(rule.when).true for rule in contradictions]
        unsure = [column.unsure for column in self.first.columns.values()]
        self.consistent = -circuit.some([*broken, *unsure])

    def settled(self) -> Facts:
        """What follows once the facts of every contradiction are withdrawn, and of those that then show, and so on."""
        circuit = self.circuit
        stated = dict.fromkeys((rule.id for rule in self.contradictions), FALSE)
        withdrawn: dict[str, Bit] = {}
        found = self.first
        while True:
            new = {r.id: circuit.every([found.condition(r.when).true, -stated[r.id]]) for r in self.contradictions}
            if not circuit.possible(circuit.some(new.values())):
                return found
            for rule in self.contradictions:
                stated[rule.id] = circuit.some([stated[rule.id], new[rule.id]])
                for fact in rule.facts:
                    withdrawn[fact] = circuit.some([withdrawn.get(fact, FALSE), new[rule.id]])
            found = self.settle_once(withdrawn)

    def settle_once(self, withdrawn: Mapping[str, Bit]) -> Facts:
        found = Facts(self.circuit, {})
        for fact in self.facts.values():
            found.columns[fact.id] = self.column(fact, found, withdrawn.get(fact.id, FALSE))
        return found

    def column(self, fact: Fact, found: Facts, withdrawn: Bit) -> Column:
        """The values on which everything that answers the fact's question agrees."""
        circuit = self.circuit
        answers = {value: [bit] for value, bit in self.recorded[fact.id].values.items()}
        lines = ((line.give, found.condition(line.when).true) for line in fact.findings)
        for value, bit in (*self.taken(fact, found), *self.decided(fact.derive, found), *lines):
            answers.setdefault(value, []).append(bit)
        bits = {value: circuit.some(parts) for value, parts in answers.items()}
        unsure = circuit.some([self.twice(list(bits.values())) if follows(fact) else FALSE, withdrawn])
        kept = {value: circuit.every([bit, -unsure]) for value, bit in bits.items()}
        return Column(kept, circuit.some(kept.values()), unsure)

    def twice(self, bits: Sequence[Bit]) -> Bit:
        """Whether two or more are set."""
        once, more = FALSE, []
        for bit in bits:
            more.append(self.circuit.every([bit, once]))
            once = self.circuit.some([once, bit])
        return self.circuit.some(more)

    def taken(self, fact: Fact, found: Facts) -> Iterable[tuple[Value, Bit]]:
        """From the first source that is known; one that contradicts itself is not passed by for the next."""
        passed: list[Bit] = []
        for name in fact.abstract.first_known if fact.abstract else ():
            source = found.columns[name]
            yield from ((value, self.circuit.every([bit, *passed])) for value, bit in source.values.items())
            passed += [-source.present, -source.unsure]

    def decided(self, derive: Sequence[Derivation], found: Facts) -> Iterable[tuple[Value, Bit]]:
        """A decision list: the first line that holds, unless an earlier one that cannot be told gives another value."""
        circuit = self.circuit
        before: list[tuple[Value, Rails]] = []
        for line in derive:
            truth = found.condition(line.when)
            others = [rails.false for value, rails in before if value != line.give]
            passed = [-rails.true for _, rails in before]
            yield line.give, circuit.every([truth.true, *others, *passed])
            before.append((line.give, truth))


def follows(fact: Fact) -> bool:
    """Whether anything but a record can answer the fact's question."""
    return bool(fact.derive or fact.findings or (fact.abstract and fact.abstract.first_known))
