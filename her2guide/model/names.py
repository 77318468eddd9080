"""How others write the names of treatments: drugs, regimens in short, look-alikes, the words around them.

In: one YAML item of `knowledge/names/` per struct, unknown keys refused. Out: frozen structs.
They do not know whether the drugs they name exist: `library` checks that.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .knowledge import Item

Role = Literal["adds nothing", "joins", "missing", "names no drug", "unnamed", "doubt", "alters"]


class Drug(Item, frozen=True, kw_only=True):
    """Further names of an agent, or a drug that is no agent and has its class here.

    `suffixes`: the four letters that follow a nonproprietary name in the US. `group`: a class that is named without
    the drug.
    """

    drug_class: str | None = None
    names: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    group: bool = False


class Shorthand(Item, frozen=True, kw_only=True):
    """A regimen in short: the drugs it gives, or several readings of which the text must name the drugs of one.

    `leads`: the drug that follows is written right after it.
    """

    names: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    either: tuple[tuple[str, ...], ...] = ()
    leads: bool = False
    because: str

    def readings(self) -> tuple[tuple[str, ...], ...]:
        return self.either or (self.gives,)


class Family(Item, frozen=True, kw_only=True):
    """Drugs that are confused with one another. `together`: two of them side by side are both given."""

    members: tuple[str, ...]
    together: bool = False
    because: str


class WordList(Item, frozen=True, kw_only=True):
    """Words beside a name, what they do to it, and why; `patterns` are regular expressions of one word."""

    role: Role
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    because: str


class Names(Struct, frozen=True):
    """Everything under knowledge/names, by id."""

    drugs: dict[str, Drug]
    shorthands: dict[str, Shorthand]
    families: dict[str, Family]
    words: dict[str, WordList]
