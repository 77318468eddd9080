"""Truth as two rails of a circuit for the solver: surely true and surely false; neither is unknown.

In: parts of formulas. Out: names for them, each defined once, and models of what is claimed together.
It knows no facts and no patients. Source: the strong tables of Kleene, as in `her2guide.kleene`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import z3

Bit = z3.BoolRef
TRUE, FALSE = z3.BoolVal(True), z3.BoolVal(False)


class Rails(NamedTuple):
    """`true` and `false` are never both set; where neither is, the truth is unknown."""

    true: Bit
    false: Bit


UNKNOWN = Rails(FALSE, FALSE)


class Circuit:
    """Formulas under construction. A part that was built before is the same part."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, tuple[int, ...]], Bit] = {}
        self.solver = z3.SolverFor("QF_FD")

    def variable(self, name: str) -> Bit:
        return z3.Bool(name)

    def require(self, *claims: Bit) -> None:
        self.solver.add(*claims)

    def every(self, parts: Iterable[Bit]) -> Bit:
        """AND of bits; true of none."""
        return self.joined("and", parts, z3.And, neutral=TRUE, decisive=FALSE)

    def some(self, parts: Iterable[Bit]) -> Bit:
        """OR of bits; false of none."""
        return self.joined("or", parts, z3.Or, neutral=FALSE, decisive=TRUE)

    def joined(self, kind: str, parts: Iterable[Bit], join: type, neutral: Bit, decisive: Bit) -> Bit:
        kept = {part.get_id(): part for part in parts if not part.eq(neutral)}
        if decisive.get_id() in kept:
            return decisive
        if len(kept) < 2:  # noqa: PLR2004 - nothing to join
            return next(iter(kept.values()), neutral)
        key = kind, tuple(sorted(kept))
        if key not in self.names:
            named = self.names[key] = z3.Bool(f"{kind} {len(self.names)}")
            self.solver.add(named == join(*kept.values()))
        return self.names[key]

    def opposite(self, part: Bit) -> Bit:
        if part.eq(TRUE) or part.eq(FALSE):
            return FALSE if part.eq(TRUE) else TRUE
        return part.arg(0) if z3.is_not(part) else z3.Not(part)

    def but(self, part: Bit, *others: Bit) -> Bit:
        """A bit where none of the others is set."""
        return self.every([part, *map(self.opposite, others)])

    def all_of(self, parts: Iterable[Rails]) -> Rails:
        """AND of truths: false where one is false, true where all are."""
        rails = list(parts)
        return Rails(self.every(part.true for part in rails), self.some(part.false for part in rails))

    def any_of(self, parts: Iterable[Rails]) -> Rails:
        """OR of truths: true where one is true, false where all are."""
        rails = list(parts)
        return Rails(self.some(part.true for part in rails), self.every(part.false for part in rails))

    def unknown(self, rails: Rails) -> Bit:
        return self.every([self.opposite(rails.true), self.opposite(rails.false)])

    def model(self, *claims: Bit) -> z3.ModelRef | None:
        """A model of everything that is claimed together, or none where that is impossible."""
        if any(claim.eq(FALSE) for claim in claims):
            return None
        found = self.solver.check(*[claim for claim in claims if not claim.eq(TRUE)])
        if found == z3.unknown:
            raise RuntimeError(f"the solver gave up: {self.solver.reason_unknown()}")
        return self.solver.model() if found == z3.sat else None
