"""One guidance in the words of one language: the sentences that both readers' guides share.

In: guidance and a voice. Out: rows and phrases about known facts, safety, evidence, corrections.
It decides nothing medical: standings, places and verdicts come with the guidance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from ..language.compiled import holds
from ..library.library import published_by
from ..model.case import Change
from ..model.condition import Value
from ..model.guidance import AgentStanding, Guidance, Option, SafetyFinding
from ..model.knowledge import PLACES, Claim, Evidence, Recommendation, Remark
from .blocks import Block, Bullets, Notice, Row
from .words import Voice

GRAVE = ("wrong", "outdated")
GRAVEST_FIRST = ("wrong", "outdated", "contested", "imprecise", "supported")


class Teller:
    def __init__(self, guidance: Guidance, voice: Voice) -> None:
        self.guidance = guidance
        self.voice = voice
        self.edition = voice.library.editions[guidance.edition]
        self.items = {item.id: item for item in self.edition.recommendations}
        self.verdicts = {verdict.recommendation: verdict for verdict in guidance.verdicts}
        self.known = guidance.case.known
        self.values = guidance.case.values()
        self.audits: dict[str, list[Claim]] = {}
        self.claims = sorted(voice.library.claims.values(), key=lambda claim: GRAVEST_FIRST.index(claim.verdict))
        for claim in self.claims:
            for name in claim.recommendations if claim.verdict != "supported" else ():
                self.audits.setdefault(name, []).append(claim)

    @property
    def audits_edition(self) -> bool:
        """Whether the edition repeats a text whose claims are audited."""
        return any(name in self.items for claim in self.claims for name in claim.recommendations)

    def item(self, option: Option) -> Recommendation:
        return self.items[option.recommendation]

    def summary(self) -> list[str]:
        """The facts that open a guide: those without a condition always, the others when they are known."""
        return [entry.show for entry in self.edition.head.summary if self.opens(entry)]

    def opens(self, entry: Remark) -> bool:
        if not entry.when.criteria:
            return True
        return entry.show in self.known and holds(entry.when, self.values) is not False

    def known_rows(self) -> tuple[Row, ...]:
        """The summary with the day of each record."""
        return tuple(self.known_row(name) for name in self.summary())

    def known_row(self, name: str) -> Row:
        known, voice = self.known.get(name), self.voice
        if known is None:
            return Row(voice.fact(name), voice.label("not_known"))
        day = known.origin.on if known.origin.kind == "recorded" else None
        return Row(voice.fact(name), voice.value(name, known.value), voice.day(day) if day else "")

    def doubts(self) -> Iterator[Block]:
        """What of the record cannot be relied on: contradictions, changed receptors, values that are too old."""
        case, voice = self.guidance.case, self.voice
        groups = {
            "conflicts": [conflict.says for conflict in case.conflicts],
            "changes": [self.change(change) for change in case.changes],
            "outdated": [self.dated(old.fact, old.value, old.on) for old in case.outdated],
        }
        for notice, said in groups.items():
            if said:
                yield Notice(voice.text("notices", notice))
                yield Bullets(tuple(said))

    def change(self, change: Change) -> str:
        before = self.dated(change.fact, change.before, change.before_on)
        after = self.voice.value(change.fact, change.after)
        return f"{before}; {after}" + (f" ({self.voice.day(change.after_on)})" if change.after_on else "")

    def dated(self, fact: str, value: Value, on: date | None) -> str:
        said = f"{self.voice.fact(fact)}: {self.voice.value(fact, value)}"
        return f"{said} ({self.voice.day(on)})" if on else said

    def evidence(self, item: Recommendation) -> list[Evidence]:
        """Checked evidence about such patients, published by the day of the guidance: nothing else is shown."""
        named = (self.voice.library.evidence[name] for name in item.evidence)
        every = (evidence for evidence in named if holds(evidence.when, self.values))
        return [evidence for evidence in every if evidence.checked and published_by(evidence, self.guidance.as_of)]

    def corrections(self, name: str) -> list[Claim]:
        """What is wrong, outdated, contested or imprecise about a recommendation, the gravest first."""
        return self.audits.get(name, [])

    def agents(self, option: Option) -> list[AgentStanding]:
        """Where one of several agents is given: without those ruled out, unless all of them are."""
        standing = {agent.agent: agent.standing for agent in option.agents}
        return [
            agent
            for agent in option.agents
            if agent.standing != "ruled out" or all(standing[other] == "ruled out" for other in agent.instead_of)
        ]

    def option_groups(self) -> list[list[Option]]:
        """Options in the order of the decisions, those of one regimen together, the usual ones first."""
        groups: dict[tuple[str, str], list[Option]] = {}
        decisions = [decision.id for decision in self.edition.head.decisions]
        for option in sorted(self.guidance.options, key=lambda o: (decisions.index(o.decision), PLACES.index(o.place))):
            groups.setdefault((option.decision, option.regimen), []).append(option)
        return list(groups.values())

    def is_supportive(self, option: Option) -> bool:
        """A measure such as yoga, that treats symptoms and not the cancer."""
        agents = self.voice.library.agents
        return all(agents[agent.agent].kind == "supportive" for agent in option.agents)

    def name(self, agent: str) -> str:
        return self.voice.text("agents", agent, "name") or self.voice.library.agents[agent].title

    def names(self, agents: Iterable[str]) -> str:
        return ", ".join(self.name(agent) for agent in agents)

    def findings(self, option: Option, kind: str) -> list[SafetyFinding]:
        """The safety findings of one kind, each state once."""
        found = [f for agent in self.agents(option) for f in agent.findings if f.kind == kind]
        return list({(f.facts, f.because): f for f in found}.values())

    def needs(self, option: Option) -> list[str]:
        """The facts that must be known before an option can be called safe."""
        return list(dict.fromkeys(fact for finding in self.findings(option, "check") for fact in finding.needs))

    def to_check(self, option: Option) -> str:
        return "; ".join(self.voice.fact(fact) for fact in self.needs(option))

    def state(self, finding: SafetyFinding) -> str:
        """The facts of a finding as they stand for this patient."""
        stated = [self.voice.state(fact, self.known[fact].value) for fact in finding.facts if fact in self.known]
        return ", ".join(stated) or finding.because

    def states(self, option: Option, kind: str) -> str:
        return "; ".join(dict.fromkeys(self.state(finding) for finding in self.findings(option, kind)))
