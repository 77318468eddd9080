"""Operations on planes written down once, then done for any number of chunks of rows.

In: operations, each on two planes that are named by numbers (`Slot`). Out: the planes that were asked for. Equal
operations are one; what nobody asks for is not done; a plane is let go after its last use. It knows no facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .planes import Plane, Rows

Slot = int
NOTHING: Slot = 0
EVERYTHING: Slot = 1
Name = Literal["both", "either", "less", "rest"]


class Input(NamedTuple):
    """A plane that is given for each chunk: `what` is asked of a fact, and of which value or limit."""

    what: Literal["value", "present", "<", "<=", "=", "same", "withdrawn"]
    fact: str
    value: bool | float | str = ""


class Step(NamedTuple):
    operation: Name
    left: Slot
    right: Slot
    out: Slot
    done: tuple[Slot, ...]  # what nobody needs any more


class Plan:
    """Write with `input`, `both`, `either`, `less` and `rest`; `mark` the end of a first part; then `ready` it."""

    def __init__(self) -> None:
        self.inputs: dict[Input, Slot] = {}
        self.made: dict[tuple[Name, Slot, Slot], Slot] = {}
        self.swayed: set[Slot] = set()  # what can change when something is withdrawn
        self.first_part = 0
        self.steps: tuple[list[Step], list[Step]] = ([], [])
        self.kept: list[Slot] = []

    def input(self, asked: Input) -> Slot:
        slot = self.inputs.get(asked)
        if slot is None:
            slot = self.inputs[asked] = self.next()
            if asked.what == "withdrawn":
                self.swayed.add(slot)
        return slot

    def next(self) -> Slot:
        return 2 + len(self.inputs) + len(self.made)

    def make(self, name: Name, left: Slot, right: Slot) -> Slot:
        slot = self.made.get((name, left, right))
        if slot is None:
            slot = self.made[name, left, right] = self.next()
            if left in self.swayed or right in self.swayed:
                self.swayed.add(slot)
        return slot

    def both(self, a: Slot, b: Slot) -> Slot:
        a, b = min(a, b), max(a, b)
        if a == NOTHING or a == b:
            return a
        return b if a == EVERYTHING else self.make("both", a, b)

    def either(self, a: Slot, b: Slot) -> Slot:
        a, b = min(a, b), max(a, b)
        if a == NOTHING or a == b:
            return b
        return EVERYTHING if EVERYTHING in (a, b) else self.make("either", a, b)

    def less(self, a: Slot, b: Slot) -> Slot:
        if NOTHING in (a, b):
            return a
        if b == EVERYTHING or a == b:
            return NOTHING
        return self.make("rest" if a == EVERYTHING else "less", a, b)

    def rest(self, a: Slot, b: Slot) -> Slot:
        """`less` where all of `b` is known to lie in `a`."""
        if NOTHING in (a, b):
            return a
        return NOTHING if a == b else self.make("rest", a, b)

    def union(self, slots: Iterable[Slot]) -> Slot:
        found = NOTHING
        for slot in slots:
            found = self.either(found, slot)
        return found

    def mark(self) -> None:
        """What was written so far is the first part: it can be done again where something is withdrawn."""
        self.first_part = len(self.made)

    def ready(self, wanted: Iterable[Slot]) -> None:
        """Leave out what is not needed for the wanted planes, and note after which step each is let go."""
        needed = {NOTHING, EVERYTHING, *self.inputs.values(), *wanted}
        first, second = self.steps
        early = {*self.inputs.values(), *list(self.made.values())[: self.first_part]}
        for number, ((name, left, right), out) in reversed(list(enumerate(self.made.items()))):
            if number == self.first_part - 1:
                self.kept = sorted(needed & self.swayed & early)
            if out in needed:
                done = tuple({left, right} - needed)
                needed.update(done)
                (first if number < self.first_part else second).append(Step(name, left, right, out, done))
        first.reverse()
        second.reverse()

    def start(self, given: Mapping[Slot, Plane], rows: Rows) -> list[Plane]:
        """A place for every plane, with those that are given."""
        slots = [rows.none] * self.next()
        slots[EVERYTHING] = rows.all
        for slot, plane in given.items():
            slots[slot] = plane
        return slots

    def do(self, steps: Iterable[Step], slots: list[Plane], rows: Rows) -> None:
        act = {name: getattr(rows, name) for name in ("both", "either", "less", "rest")}
        none = rows.none
        for operation, left, right, out, done in steps:
            slots[out] = act[operation](slots[left], slots[right])
            for slot in done:
                slots[slot] = none

    def put_back(self, part: list[Plane], words: NDArray[np.intp], slots: list[Plane], rows: Rows) -> None:
        """Replace in what the second part needs the words that were done again."""
        for slot in self.kept:
            if (old := slots[slot]) is not rows.none or part[slot].any():
                changed = old.copy()
                changed[words] = part[slot]
                slots[slot] = rows.known(changed)
