"""Operations on planes written down once, then done for any number of chunks of rows.

In: operations, each on two planes that are named by numbers (`Slot`). Out: the planes that were asked for. Equal
operations are one; what nobody asks for is not done; a plane is let go after its last use. It does not know what its
inputs mean, but that some can be withdrawn: what these sway can be done again for a few words of the planes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from sys import getrefcount
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .planes import AND, OR, XOR, Plane, Rows

ALONE = 2  # references to a plane that only the one who lets it go still holds: its name and the count itself
Slot = int
NOTHING: Slot = 0
EVERYTHING: Slot = 1


class Input(NamedTuple):
    """A plane that is given for each chunk: `what` is asked of a fact, and of which value or limit."""

    what: Literal["value", "present", "<", "<=", "=", "same", "withdrawn"]
    fact: str
    value: bool | float | str = ""


class Step(NamedTuple):
    operation: np.ufunc
    left: Slot
    right: Slot
    out: Slot
    done: tuple[Slot, ...]  # what nobody needs any more


class Plan:
    """Write with `input`, `both`, `either`, `less` and `rest`; `mark` the end of a first part; then `ready` it."""

    def __init__(self) -> None:
        self.inputs: dict[Input, Slot] = {}
        self.made: dict[tuple[np.ufunc, Slot, Slot], Slot] = {}
        self.swayed: set[Slot] = set()  # what can change when something is withdrawn
        self.early: set[Slot] = set()  # the first part
        self.operands: set[Slot] = set()  # what the swayed part of it is made of, and is not swayed itself
        self.replaced: set[Slot] = set()  # what is taken over of it when it was done again
        self.first: list[Step] = []
        self.again: list[Step] = []
        self.second: list[Step] = []

    def input(self, asked: Input) -> Slot:
        slot = self.inputs.get(asked)
        if slot is None:
            slot = self.inputs[asked] = self.next()
            if asked.what == "withdrawn":
                self.swayed.add(slot)
        return slot

    def next(self) -> Slot:
        return 2 + len(self.inputs) + len(self.made)

    def make(self, operation: np.ufunc, left: Slot, right: Slot) -> Slot:
        slot = self.made.get((operation, left, right))
        if slot is None:
            slot = self.made[operation, left, right] = self.next()
            if left in self.swayed or right in self.swayed:
                self.swayed.add(slot)
        return slot

    def both(self, a: Slot, b: Slot) -> Slot:
        a, b = min(a, b), max(a, b)
        if a in (NOTHING, b):
            return a
        return b if a == EVERYTHING else self.make(AND, a, b)

    def either(self, a: Slot, b: Slot) -> Slot:
        a, b = min(a, b), max(a, b)
        if a in (NOTHING, b):
            return b
        return EVERYTHING if EVERYTHING in (a, b) else self.make(OR, a, b)

    def less(self, a: Slot, b: Slot) -> Slot:
        return self.rest(a, self.both(a, b))

    def rest(self, a: Slot, b: Slot) -> Slot:
        """`less` where all of `b` is known to lie in `a`: one operation in place of two."""
        if NOTHING in (a, b):
            return a
        return NOTHING if a == b else self.make(XOR, a, b)

    def union(self, slots: Iterable[Slot]) -> Slot:
        found = NOTHING
        for slot in slots:
            found = self.either(found, slot)
        return found

    def mark(self) -> None:
        """What was written so far is the first part: it can be done again where something is withdrawn."""
        self.early = {*self.inputs.values(), *self.made.values()}

    def ready(self, wanted: Iterable[Slot]) -> None:
        """Leave out what is not needed for the wanted planes, and note after which step each is let go."""
        self.inputs = dict(sorted(self.inputs.items(), key=lambda item: item[0].fact))  # a column is read in one go
        needed = {NOTHING, EVERYTHING, *self.inputs.values(), *wanted}
        early = [(made, out) for made, out in self.made.items() if out in self.early]
        self.second = steps_for([(made, out) for made, out in self.made.items() if out not in self.early], needed)
        self.replaced = needed & self.early & self.swayed
        swayed = [step for step in steps_for(early, set(needed)) if step.out in self.swayed]
        self.again = [step._replace(done=()) for step in swayed]
        self.operands = {slot for step in swayed for slot in (step.left, step.right)} - self.swayed
        self.first = steps_for(early, needed | self.operands)

    def start(self, given: Mapping[Slot, Plane], rows: Rows) -> list[Plane]:
        """A place for every plane, with those that are given."""
        slots = [rows.none] * self.next()
        slots[EVERYTHING] = rows.all
        for slot, plane in given.items():
            slots[slot] = plane
        return slots

    def cut(self, slots: Sequence[Plane], words: NDArray[np.intp], rows: Rows) -> list[Plane]:
        """The first part as it was done, in some words only, so that what is swayed can be done again there."""
        return self.start({slot: rows.known(slots[slot][words]) for slot in self.operands}, rows)

    def put_back(self, part: Sequence[Plane], words: NDArray[np.intp], slots: list[Plane], rows: Rows) -> None:
        """Take over what was done again in some words."""
        for slot in self.replaced:
            if (old := slots[slot]) is not rows.none or part[slot].any():
                changed = old.copy()
                changed[words] = part[slot]
                slots[slot] = rows.known(changed)


def steps_for(made: Sequence[tuple[tuple[np.ufunc, Slot, Slot], Slot]], needed: set[Slot]) -> list[Step]:
    """The steps to what is needed; their operands are needed as well, up to the step that uses them last."""
    steps = []
    for (operation, left, right), out in reversed(made):
        if out in needed:
            done = tuple({left, right} - needed)
            needed.update(done)
            steps.append(Step(operation, left, right, out, done))
    return steps[::-1]


def do(steps: Iterable[Step], slots: list[Plane], rows: Rows) -> None:
    """Do some steps of a plan."""
    combine, none = rows.combine, rows.none
    for operation, left, right, out, done in steps:
        slots[out] = combine(operation, slots[left], slots[right])
        for slot in done:
            plane, slots[slot] = slots[slot], none
            if getrefcount(plane) == ALONE:
                rows.spare.append(plane)
