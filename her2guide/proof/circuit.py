"""Truth as two rails of a circuit: surely true and surely false; neither is unknown. And the solver's word on it.

A bit is a whole number, its negative the opposite. In: open bits and what is built of them; what was built before is
the same bit. Out: models of what is claimed together, found by Z3 among the parts that the claims rest on.
It knows no facts and no patients. Source of the rails: the strong tables of Kleene, as in `her2guide.kleene`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import z3

Bit = int
Model = Callable[[Bit], bool]
TRUE, FALSE = 1, -1


class Rails(NamedTuple):
    """`true` and `false` are never both set; where neither is, the truth is unknown."""

    true: Bit
    false: Bit


UNKNOWN = Rails(FALSE, FALSE)


class Circuit:
    """`parts`: for each bit the bits of which it is the AND; of an open bit, those of which at most one is set."""

    def __init__(self) -> None:
        self.solver = z3.SolverFor("QF_FD")
        self.parts: list[tuple[Bit, ...]] = [(), ()]
        self.gates: dict[tuple[Bit, ...], Bit] = {}
        self.handles: dict[Bit, z3.BoolRef] = {}
        self.told: set[Bit] = set()
        self.answers: dict[frozenset[Bit], bool] = {}

    def open_bits(self, count: int) -> list[Bit]:
        """New bits that are open; at most one of them is set."""
        bits = list(range(len(self.parts), len(self.parts) + count))
        self.parts += [tuple(bits)] * count
        return bits

    def every(self, parts: Iterable[Bit]) -> Bit:
        """AND of bits; true of none."""
        kept = {*parts} - {TRUE}
        if FALSE in kept or any(-part in kept for part in kept):
            return FALSE
        if len(kept) <= 1:
            return kept.pop() if kept else TRUE
        key = tuple(sorted(kept))
        if key not in self.gates:
            self.gates[key] = len(self.parts)
            self.parts.append(key)
        return self.gates[key]

    def some(self, parts: Iterable[Bit]) -> Bit:
        """OR of bits; false of none."""
        return -self.every([-part for part in parts])

    def all_of(self, parts: Sequence[Rails]) -> Rails:
        """AND of truths: false where one is false, true where all are."""
        return Rails(self.every([part.true for part in parts]), self.some([part.false for part in parts]))

    def any_of(self, parts: Sequence[Rails]) -> Rails:
        """OR of truths: true where one is true, false where all are."""
        return Rails(self.some([part.true for part in parts]), self.every([part.false for part in parts]))

    def unknown(self, rails: Rails) -> Bit:
        return self.every([-rails.true, -rails.false])

    def possible(self, *claims: Bit) -> bool:
        """Whether everything that is claimed can be so together."""
        key = frozenset(claims) - {TRUE}
        if key not in self.answers:
            self.answers[key] = FALSE not in key and self.check(key)
        return self.answers[key]

    def check(self, claims: Iterable[Bit]) -> bool:
        self.cone(claims)
        found = self.solver.check(*map(self.literal, claims))
        if found == z3.unknown:
            raise RuntimeError(f"the solver gave up: {self.solver.reason_unknown()}")
        return bool(found == z3.sat)

    def model(self, *claims: Bit) -> Model | None:
        """A model of everything that is claimed together, or none where that is impossible."""
        key = frozenset(claims) - {TRUE}
        if FALSE in key or not self.check(key):
            return None
        model = self.solver.model()
        found = {bit for bit in self.cone(key) if z3.is_true(model[self.literal(bit)])} | {TRUE}
        return lambda bit: (abs(bit) in found) is (bit > 0)

    def possible_among(self, bits: Iterable[Bit]) -> set[Bit]:
        """Those of the bits that can be set, each by itself: as a rule none, which is one question."""
        left, found = {*bits} - {FALSE}, set[Bit]()
        while left:
            model = self.model(self.some(left))
            if model is None:
                break
            found |= {bit for bit in left if model(bit)}
            left -= found
        return found

    def cone(self, claims: Iterable[Bit]) -> set[Bit]:
        """All bits that claims rest on; each is told to the solver once."""
        cone: set[Bit] = set()
        left = [abs(claim) for claim in claims]
        while left:
            bit = left.pop()
            if bit not in cone and bit != TRUE:
                cone.add(bit)
                left += map(abs, self.parts[bit])
        if not cone <= self.told:
            self.tell(cone - self.told)
        return cone

    def tell(self, bits: set[Bit]) -> None:
        """As text, which the solver reads far faster than it is told part by part."""
        told = [f"(declare-const |{bit}| Bool)" for bit in bits]
        for bit in bits:
            parts = self.parts[bit]
            said = " ".join(f"|{part}|" if part > 0 else f"(not |{-part}|)" for part in parts)
            if bit not in parts:
                told.append(f"(assert (= |{bit}| (and {said})))")
            elif len(parts) > 1 and bit == parts[0]:
                told.append(f"(assert ((_ at-most 1) {said}))")
        self.solver.from_string("\n".join(told))
        self.told |= bits

    def literal(self, bit: Bit) -> z3.BoolRef:
        name = abs(bit)
        if name not in self.handles:
            self.handles[name] = z3.Bool(str(name))
        return self.handles[name] if bit > 0 else z3.Not(self.handles[name])
