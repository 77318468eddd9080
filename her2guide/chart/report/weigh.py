"""All that was found in a report -> what is proposed once, and what contradicts itself.

In: proposals and what was passed over, in reading order. Out: the same, each value once; an addendum replaces
what was said before of the same specimen; values that differ are not proposed at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from ...model.fact import Fact
from ...model.report import ReportWords
from .proposal import Passed, Proposal, Tissue

Key = tuple[str, str | None, str]  # fact, side, name of the tissue


class Weighing:
    def __init__(self, words: ReportWords, facts: Mapping[str, Fact]) -> None:
        self.facts = facts
        readings = [(s, r) for s in words.subjects.values() for r in s.readings]
        self.of_report = {fact for s, r in readings if s.of_report for fact in (r.fact, r.settles)}
        self.yields_to = {r.fact: r.yields_to for _, r in readings if r.yields_to}
        self.summed = {r.fact for s, r in readings if s.summed}

    def weighed(
        self, proposals: Sequence[Proposal], passed: Sequence[Passed], sides: int
    ) -> tuple[tuple[Proposal, ...], tuple[Passed, ...]]:
        found = [self.placed(proposal) for proposal in proposals]
        found, out = self.without_side(found, sides)
        kept: list[Proposal] = []
        for key, group in self.grouped(found).items():
            chosen, refused = self.newest(key, group, passed)
            kept += chosen
            out += refused
        kept, more = self.several(kept)
        out += more
        kept = [p for p in kept if not self.said_better(p, kept)]
        return tuple(sorted(kept, key=lambda p: p.place)), tuple(sorted((*passed, *out), key=lambda p: p.place))

    def said_better(self, proposal: Proposal, kept: Sequence[Proposal]) -> bool:
        """Whether the tests that a summary rests on are proposed themselves."""
        better = self.yields_to.get(proposal.fact, ())
        _, side, name = key_of(proposal)
        return any(p.fact in better and p.tissue.side == side and name in ("", p.tissue.name()) for p in kept)

    def placed(self, proposal: Proposal) -> Proposal:
        """What is said of the report as a whole belongs to no specimen, a count to no focus."""
        if proposal.fact in self.of_report:
            return replace(proposal, tissue=Tissue(side=proposal.tissue.side))
        if proposal.fact in self.summed:
            return replace(proposal, tissue=replace(proposal.tissue, tumour=""))
        return proposal

    def without_side(self, found: Sequence[Proposal], sides: int) -> tuple[list[Proposal], list[Passed]]:
        """Of two cancers nothing is proposed that may be about either."""
        lost = [p for p in found if sides > 1 and not p.tissue.side and p.tissue.site != "metastasis"]
        return [p for p in found if p not in lost], [self.refused(p, "left or right cannot be told") for p in lost]

    def grouped(self, found: Sequence[Proposal]) -> dict[Key, list[Proposal]]:
        """By fact, side and specimen; what has no specimen belongs to the only one of which the same is said."""
        groups: dict[Key, list[Proposal]] = {}
        for proposal in found:
            groups.setdefault(key_of(proposal), []).append(proposal)
        for fact, side, name in list(groups):
            others = [key for key in groups if key[:2] == (fact, side) and key[2]]
            if not name and len(others) == 1:
                groups[others[0]] += groups.pop((fact, side, name))
        return groups

    def newest(self, key: Key, group: list[Proposal], passed: Sequence[Passed]) -> tuple[list[Proposal], list[Passed]]:
        """The value of the last addendum that gives one; none where it gives several."""
        last = max(p.addendum for p in group)
        current = [p for p in group if p.addendum == last]
        if len({p.value for p in current}) > 1:
            values = " and ".join(dict.fromkeys(str(p.value) for p in current))
            return [], [self.refused(p, f"the report says both {values}") for p in group]
        older = [p for p in group if p.addendum < last and p.value != current[0].value]
        line = current[0].place.line
        chosen = next((p for p in current if p.tissue.name() == key[2]), current[0])
        tissue = next((p.tissue for p in group if p.tissue.name() == key[2]), chosen.tissue)
        waited = [p for p in passed if p.awaited and p.about == chosen.about and p.addendum < last]
        said = [(p.words, p.place.line) for p in older] + [(p.words, p.place.line) for p in waited]
        before = [f"{words} (line {at})" for words, at in said]
        return [replace(chosen, tissue=tissue, replaces="; ".join(before))], [
            self.refused(p, f"line {line} of the addendum says {chosen.value}") for p in older
        ]

    def several(self, kept: Sequence[Proposal]) -> tuple[list[Proposal], list[Passed]]:
        """Counts of several specimens of one side are parts of a total that the report does not give."""
        out = []
        for proposal in kept:
            same = [p for p in kept if p.fact == proposal.fact and p.tissue.side == proposal.tissue.side]
            if proposal.fact in self.summed and len(same) > 1 and any(p.value for p in same):
                out.append(proposal)
        why = "each specimen has its own count and the total is not given"
        return [p for p in kept if p not in out], [self.refused(p, why) for p in out]

    def refused(self, proposal: Proposal, why: str) -> Passed:
        return Passed(proposal.about, proposal.words, proposal.place, proposal.tissue, why, proposal.addendum)


def key_of(proposal: Proposal) -> Key:
    return proposal.fact, proposal.tissue.side, proposal.tissue.name()
