"""A treatment's name or code as written -> the agents it means.

In: ids, names, brands and codes of the library's agents; for the records of others whatever somebody typed.
Out: an agent id or None; or a `Reading`. It does not know when or how a treatment was given.
A plain chart is read by `exact` names only: an antibody is not the conjugates that are named after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Literal

from msgspec import Struct

from ..errors import nearest
from ..library.library import Library
from ..library.names import names_of, plain, words_of
from ..model.names import Names
from .lexicon import Lexicon
from .treatment_text import Piece, pieces_of

KEPT = 10_000  # readings: records say the same few hundred names again and again
LONGEST = 500  # characters; the name of a treatment is shorter
FEW = 3  # letters
PARTING = frozenset("+,;&→>|\n")  # signs between two treatments; a stroke or bracket can also mean `the same as`
OPENING = frozenset("(:=")

How = Literal["exact", "regimen", "respelled"]


class Reading(Struct, frozen=True):
    """What a text says was given: ids of agents, and ids of drugs that are no agent (`library.names.drugs`).

    `how`: None where nothing could be read; `heard`: the names it rests on, as written; `why`: what stays undecided
    and for which reason, also beside what was read. `missing`: the text says that nothing is recorded, or is empty.
    """

    agents: tuple[str, ...] = ()
    substances: tuple[str, ...] = ()
    how: How | None = None
    heard: tuple[str, ...] = ()
    why: str = ""
    missing: bool = False


class AgentNames:
    """The look-up from every written form of an agent to its id."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.ids: dict[str, str] = {}
        self.codes: dict[tuple[str, str], str] = {}
        for agent in library.agents.values():
            self.ids.update(dict.fromkeys(names_of(agent), agent.id))
            for system, codes in agent.codes.items():
                if system != "atc":  # some ATC codes are shared by several forms of a drug
                    self.codes.update({(system, code): agent.id for code in codes})

    @cached_property
    def asked(self) -> set[str]:
        """The drug classes that matter; only the records of others ask."""
        return self.library.asked_classes()

    def exact(self, name: str) -> str | None:
        """The agent with this id, name or brand."""
        return self.ids.get(plain(name))

    def drug(self, name: str) -> str | None:
        """The agent, or the drug that is no agent, with exactly this name."""
        found = self.exact(name)
        if found:
            return found
        reading = self.read(name)
        alone = reading.how == "exact" and len(reading.substances) == 1 and not reading.agents and not reading.why
        return reading.substances[0] if alone else None

    def agent(self, name: str) -> str | None:
        """The one agent that a name in the record of others means; None where it means several, or other drugs too."""
        found = self.exact(name)
        if found:
            return found
        reading = self.read(name)
        alone = len(reading.agents) == 1 and not reading.substances and not reading.why
        return reading.agents[0] if alone else None

    def drugs(self, name: str) -> tuple[tuple[str, ...], str]:
        """Every treatment that a name in the record of others means, and what stays open in it.

        Of drugs that are no agent, those of a class that a fact or a line of therapy asks for.
        """
        found = self.exact(name)
        if found:
            return (found,), ""
        reading = self.read(name)
        others = tuple(drug for drug in reading.substances if self.library.drug_class(drug) in self.asked)
        return (*reading.agents, *others), reading.why

    def coded(self, system: str, code: str) -> str | None:
        return self.codes.get((system, code))

    def nearest(self, name: str) -> str:
        """A hint for a slip of the pen only: another drug with a similar name must not be proposed."""
        slip = nearest(plain(name), self.ids, alike=0.88)
        return slip or "Write the parts of a combination as one entry each; `her2guide book` lists the agents."

    def read(self, text: str) -> Reading:
        """A treatment as anyone may have typed it. Nothing is read unless every word is understood."""
        return treatment_names(self.library).read(text)


class TreatmentNames:
    """The names of a library made ready for reading, and what was read before."""

    def __init__(self, library: Library) -> None:
        self.names = library.names
        self.lexicon = Lexicon(library)
        self.read = lru_cache(KEPT)(self.read_anew)

    def read_anew(self, text: str) -> Reading:
        if len(text) > LONGEST:
            return Reading(why=f"it is too long for the name of a treatment ({len(text)} characters)")
        pieces, corrected = pieces_of(text, self.lexicon)
        return TextReader(pieces, corrected, self.names, self.lexicon).reading()


READY: dict[str, TreatmentNames] = {}


def treatment_names(library: Library) -> TreatmentNames:
    """The names of a library, made ready once: it takes longer than to read a chart."""
    kept = READY.get(library.digest)
    if kept is None or kept.names is not library.names:
        kept = READY[library.digest] = TreatmentNames(library)
    return kept


class TextReader:
    """What the pieces of one text mean together."""

    def __init__(self, pieces: Sequence[Piece], corrected: bool, names: Names, lexicon: Lexicon) -> None:
        self.pieces = pieces
        self.corrected = corrected
        self.words = names.words
        self.shorthands = names.shorthands
        self.lexicon = lexicon
        self.named = [piece for piece in pieces if piece.kind in ("drug", "shorthand")]
        self.drugs = {piece.means for piece in self.named if piece.kind == "drug"}

    def reading(self) -> Reading:
        heard = tuple(piece.said for piece in self.named)
        why = next(self.doubts(), None)
        if why:
            return Reading(heard=heard, why=why)
        given, open_ones = self.given()
        left = "; ".join([*open_ones, *self.unnamed()])
        if not given:
            missing = all(piece.kind in ("missing", "sign") for piece in self.pieces)
            return Reading(heard=heard, why=left or "it names no treatment", missing=missing)
        agents = tuple(drug for drug in given if drug in self.lexicon.agents)
        return Reading(agents, tuple(drug for drug in given if drug not in agents), self.how(), heard, left)

    def how(self) -> How:
        if self.corrected:
            return "respelled"
        return "regimen" if any(piece.kind == "shorthand" for piece in self.named) else "exact"

    def doubts(self) -> Iterator[str]:
        """Why nothing may be read from the text at all."""
        forbidding = ("doubt", "alters", "missing") if self.named else ("doubt", "alters")
        yield from self.reasons(forbidding)
        yield from (f"`{piece.said}` is not known" for piece in self.pieces if piece.kind == "unknown")
        for one, other in zip(self.named, self.named[1:], strict=False):
            yield from self.side_by_side(one, other)
        for piece in self.named:
            if not all(self.holds(piece, drug) for drug in self.explained(piece)):
                yield f"`{piece.said}` is explained by drugs that it does not hold"

    def reasons(self, kinds: Sequence[str]) -> Iterator[str]:
        """For each list that has words of these kinds in the text: the words, and what they do."""
        for name in dict.fromkeys(piece.means for piece in self.pieces if piece.kind in kinds):
            said = " ".join(piece.said for piece in self.pieces if piece.means == name and piece.kind in kinds)
            yield f"`{said}`: {self.words[name].because}"

    def side_by_side(self, one: Piece, other: Piece) -> Iterator[str]:
        """Two names that nothing parts: one may explain or replace the other, or be no name at all."""
        between = [piece for piece in self.pieces if one.end <= piece.start < other.start]
        if any(piece.kind == "joins" or piece.said in PARTING for piece in between):
            return
        a, b = self.may_mean(one), self.may_mean(other)
        if any(self.lexicon.alike(x, y) for x in a - b for y in b - a):
            yield f"`{one.said}` beside `{other.said}`: which of the two was given is not told"
        if any(piece.kind == "sign" for piece in between) or (self.leads(one) and self.is_spelled(other)):
            return
        if self.is_short(one) or self.is_short(other) or not (self.is_spelled(one) or self.is_spelled(other)):
            yield f"`{other.said}` right after `{one.said}`: whether it is another treatment is not told"

    def leads(self, piece: Piece) -> bool:
        return piece.kind == "shorthand" and self.shorthands[piece.means].leads

    def is_spelled(self, piece: Piece) -> bool:
        return "".join(words_of(piece.said)) in self.lexicon.drugs

    def is_short(self, piece: Piece) -> bool:
        """Whether so few letters can as well be a slip of a word that belongs to the other name."""
        return piece.kind == "shorthand" or (len(piece.said) <= FEW and piece.said.isalpha())

    def may_mean(self, piece: Piece) -> set[str]:
        """Every drug that a piece can mean."""
        if piece.kind == "drug":
            return {piece.means}
        return {drug for reading in self.shorthands[piece.means].readings() for drug in reading}

    def explained(self, piece: Piece) -> list[str]:
        """The drugs in the bracket, or after the colon, that stands right after a shorthand."""
        after = [p for p in self.pieces if p.start >= piece.end and p.kind != "adds nothing"]
        if piece.kind != "shorthand" or not after or after[0].said not in OPENING:
            return []
        ends = [p.start for p in after if p.said == ")" and after[0].said == "("]
        return [p.means for p in after if p.kind == "drug" and (not ends or p.start < ends[0])]

    def holds(self, shorthand: Piece, drug: str) -> bool:
        """Whether a drug can be one of those of a shorthand, or of a class that it names without the drug."""
        held, classes = self.may_mean(shorthand), self.lexicon.classes
        return drug in held or classes[drug] in {classes[group] for group in held & self.lexicon.groups}

    def given(self) -> tuple[list[str], list[str]]:
        """The drugs, each once, in the order of the text; and the shorthands that stay open."""
        found: dict[str, None] = {}
        open_ones = []
        for piece in self.named:
            readings = self.shorthands[piece.means].readings() if piece.kind == "shorthand" else ((piece.means,),)
            told = [reading for reading in readings if set(reading) <= self.drugs]
            left = told if len(told) == 1 else readings
            found.update(dict.fromkeys(drug for drug in left[0] if all(drug in reading for reading in left)))
            if len(left) > 1:
                meant = " or ".join(" + ".join(reading) for reading in left)
                open_ones.append(f"`{piece.said}` can mean {meant}")
        return [drug for drug in found if not self.is_covered(drug, found)], open_ones

    def is_covered(self, drug: str, found: Collection[str]) -> bool:
        """A class that is named without the drug says no more where a drug of the class is named."""
        groups, classes = self.lexicon.groups, self.lexicon.classes
        return drug in groups and any(classes[other] == classes[drug] for other in found if other not in groups)

    def unnamed(self) -> Iterator[str]:
        """Treatments that the text brings up without a name; beside a name their kind adds nothing."""
        yield from self.reasons(("unnamed",) if self.named else ("unnamed", "names no drug", "missing"))
