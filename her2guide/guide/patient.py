"""The patient's guide: where you are, options people discuss, what is not known, questions, words, sources.

In: guidance and words. Out: blocks. Options that are ruled out are named with the reason, never hidden;
what the edition says and what has changed since stand together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..language.compiled import holds
from ..model.guidance import Guidance, Option
from ..model.knowledge import Decision, Recommendation
from .blocks import (
    Block,
    Bullets,
    Card,
    Heading,
    Notice,
    Numbered,
    Paragraph,
    Questions,
    Row,
    Rows,
    Subheading,
    Terms,
)
from .teller import GRAVE, GRAVEST_FIRST, Teller
from .words import Voice

MOST_FULL = 8  # with more options than this, only the usual ones are told at length
MOST_MISSING = 5
MOST_CORRECTIONS = 2
MOST_QUESTIONS = 6
MOST_TERMS = 10


def patient_blocks(guidance: Guidance, voice: Voice) -> list[Block]:
    return PatientGuide(guidance, voice).blocks()


class PatientGuide(Teller):
    """Everything is said once: a warning or a correction that has been given is not repeated."""

    def __init__(self, guidance: Guidance, voice: Voice) -> None:
        super().__init__(guidance, voice)
        self.told: set[str] = set()

    def blocks(self) -> list[Block]:
        body = [
            *self.where_you_are(),
            *self.options(),
            *self.ruled_out(),
            *self.not_needed(),
            *self.could_not_tell(),
            *self.questions(),
        ]
        return [*body, *self.terms(body), *self.sources()]

    def where_you_are(self) -> Iterator[Block]:
        voice = self.voice
        yield Heading(voice.label("where_you_are"))
        yield Rows(voice.label("where_you_are"), self.known_rows())
        for remark in self.edition.head.remarks:
            if holds(remark.when, self.values):
                yield Notice(voice.text("notices", remark.show))
        yield from self.doubts()

    def options(self) -> Iterator[Block]:
        voice = self.voice
        yield Heading(voice.label("options"))
        groups = self.open_groups()
        if not groups:
            yield Paragraph(voice.label("nothing_found"))
        for decision in self.edition.head.decisions:
            mine = [group for group in groups if group[0].decision == decision.id]
            cards: list[Block] = list(self.briefly([item for item in self.talks() if item.decision == decision.id]))
            cards += [self.card(group) for group in mine if not self.is_supportive(group[0])]
            cards += self.supportive([group[0] for group in mine if self.is_supportive(group[0])])
            if cards:
                yield self.subheading(decision)
                yield from cards

    def open_groups(self) -> list[list[Option]]:
        return [group for group in self.option_groups() if group[0].standing != "ruled out"]

    def talks(self) -> list[Recommendation]:
        """What applies and is no regimen: tests to ask about and things to talk over."""
        items = [self.items[verdict.recommendation] for verdict in self.guidance.verdicts if verdict.applies]
        return [item for item in items if item.recommend.regimen is None and item.recommend.action != "avoid"]

    def talk(self, item: Recommendation) -> Card:
        """What is no regimen: the reason follows the name, and what has changed."""
        return Card(self.say(item), (), (*self.why(item), *self.since_then([item])))

    def briefly(self, items: list[Recommendation]) -> Iterator[Block]:
        """What is no regimen: each in one line with its reason; a card where something has changed."""
        plain = [item for item in items if not self.corrections(item.id)]
        lines = [f"{self.say(item)}: {''.join(row.text for row in self.why(item))}" for item in plain]
        if lines:
            yield Bullets(tuple(lines))
        yield from (self.talk(item) for item in items if item not in plain)

    def say(self, item: Recommendation) -> str:
        return self.voice.text("recommendations", item.id, "say") or item.title

    def card(self, group: list[Option]) -> Card:
        """One regimen: the usual reason for it, and what is to be known about it."""
        option, voice = group[0], self.voice
        items = [self.item(member) for member in group]
        tags = [voice.label(f"place_{option.place}")]
        tags += [voice.label("needs_check")] if option.standing == "needs check" else []
        tags += [voice.label("not_studied")] if self.verdicts[items[0].id].studied is False else []
        tags += [voice.label("see_today")] if any(self.is_superseded(item) for item in items) else []
        short = option.place != "preferred" and len(self.open_groups()) > MOST_FULL
        rows = [
            *self.why(items[0]),
            *([] if short else [*self.how(option), *self.found(items)]),
            *self.watch(option),
            *self.safety(option),
            *self.since_then(items),
        ]
        return Card(self.say(items[0]), tuple(tags), tuple(rows))

    def is_superseded(self, item: Recommendation) -> bool:
        """Whether what the edition says here is wrong or outdated today."""
        return any(claim.verdict in GRAVE for claim in self.corrections(item.id))

    def supportive(self, options: list[Option]) -> Iterator[Card]:
        """Measures such as yoga on one card: the reason for each is enough, they need no leaflet."""
        if options:
            items = [self.item(option) for option in options]
            reasons = [Row(self.say(item), row.text) for item in items for row in self.why(item)]
            safety = [row for option in options for row in self.safety(option)]
            titles = ", ".join(self.voice.library.regimens[option.regimen].title for option in options)
            tag = self.voice.label(f"place_{options[0].place}")
            yield Card(titles.capitalize(), (tag,), (*reasons, *dict.fromkeys(safety), *self.since_then(items)))

    def why(self, item: Recommendation) -> Iterator[Row]:
        text = self.voice.text("recommendations", item.id, "why")
        if text:
            yield Row(self.voice.label("why"), text)

    def how(self, option: Option) -> Iterator[Row]:
        text = self.voice.text("regimens", option.regimen, "how")
        if text:
            yield Row(self.voice.label("how"), text)

    def found(self, items: list[Recommendation]) -> Iterator[Row]:
        """The first checked result that has words and has not been told."""
        for evidence in (evidence for item in items for evidence in self.evidence(item)):
            text = self.voice.text("evidence", evidence.id, "found")
            if text and evidence.id not in self.told:
                self.told.add(evidence.id)
                yield Row(self.voice.label("found"), text + self.voice.cite([evidence.source]))
                return

    def watch(self, option: Option) -> Iterator[Row]:
        """What to watch for: with the regimen where that is said, else with each of its agents."""
        together = self.voice.text("regimens", option.regimen, "watch")
        if together:
            if together not in self.told:
                self.told.add(together)
                yield Row(self.voice.label("watch"), together)
            return
        for agent in self.agents(option):
            text = self.voice.text("agents", agent.agent, "watch")
            if text and agent.agent not in self.told:
                self.told.add(agent.agent)
                yield Row(f"{self.voice.label('watch')}: {self.name(agent.agent)}", text)

    def safety(self, option: Option) -> Iterator[Row]:
        """What must be known first, and what asks for care, with the agent it concerns."""
        if option.standing == "needs check":
            yield Row(self.voice.label("needs_check"), self.to_check(option))
        agents: dict[str, list[str]] = {}
        for agent in self.agents(option):
            for finding in agent.findings:
                if finding.kind == "caution":
                    agents.setdefault(self.state(finding), []).append(agent.agent)
        yield from self.barred_members(option)
        for state, names in agents.items():
            which = f" ({self.names(names)})" if len(option.agents) > 1 else ""
            yield Row(self.voice.label("caution"), f"{state}{which}")

    def barred_members(self, option: Option) -> Iterator[Row]:
        """Where one of several agents is given: those that this patient should not have, and why."""
        for agent in option.agents:
            if agent.standing == "ruled out":
                states = dict.fromkeys(self.state(f) for f in agent.findings if f.kind == "never")
                yield Row(self.voice.label("not_this"), f"{self.name(agent.agent)} ({'; '.join(states)})")

    def since_then(self, items: list[Recommendation]) -> Iterator[Row]:
        """What has changed since the edition was written, or was wrong in it.

        The gravest come first and stand with every option they concern; what was merely imprecise gives way
        when a card would grow too long.
        """
        claims = {claim.id: claim for item in items for claim in self.corrections(item.id)}
        given = 0
        for claim in sorted(claims.values(), key=lambda claim: GRAVEST_FIRST.index(claim.verdict)):
            told = claim.id in self.told and claim.verdict not in GRAVE
            minor = claim.verdict == "imprecise" and given >= MOST_CORRECTIONS
            if claim.now and not told and not minor:
                given += 1
                self.told.add(claim.id)
                yield Row(self.voice.label("since_then"), claim.now + self.voice.cite(claim.sources))

    def ruled_out(self) -> Iterator[Block]:
        barred = [option for option in self.guidance.options if option.standing == "ruled out"]
        if barred:
            yield Heading(self.voice.label("ruled_out_heading"))
            lines = [f"{self.say(self.item(option))}: {self.states(option, 'never')}" for option in barred]
            yield Bullets(tuple(dict.fromkeys(lines)))

    def not_needed(self) -> Iterator[Block]:
        avoided = [self.items[v.recommendation] for v in self.guidance.verdicts if v.applies and v.action == "avoid"]
        if avoided:
            said = "not_needed_heading" if self.audits_edition else "avoid_heading"
            yield Heading(self.voice.label(said))
        for decision in self.edition.head.decisions:
            mine = [item for item in avoided if item.decision == decision.id]
            if mine:
                yield self.subheading(decision)
                yield from self.briefly(mine)

    def subheading(self, decision: Decision) -> Subheading:
        return Subheading(self.voice.text("decisions", decision.id, "heading") or decision.title)

    def could_not_tell(self) -> Iterator[Block]:
        voice = self.voice
        missing = [entry.fact for entry in self.guidance.missing]
        if not missing:
            return
        yield Heading(voice.label("could_not_tell"))
        yield Paragraph(voice.label("could_not_tell_intro"))
        asked = [self.question(fact) for fact in missing[:MOST_MISSING]]
        yield Questions(tuple(asked))
        if missing[MOST_MISSING:]:
            rest = "; ".join(voice.fact(fact) for fact in missing[MOST_MISSING:])
            yield Paragraph(f"{voice.label('more_questions')}: {rest}.")

    def question(self, fact: str) -> str:
        voice = self.voice
        asked = voice.text("facts", fact, "question") or f"{voice.fact(fact)}?"
        why = voice.text("facts", fact, "why")
        return f"{asked} ({why})" if why else asked

    def questions(self) -> Iterator[Block]:
        voice = self.voice
        sets = [asked.show for asked in self.edition.head.questions if holds(asked.when, self.values)]
        general = [text for name in (*sets, "general") for text in voice.texts("questions", name)[:2]]
        own = [
            text
            for group in self.open_groups()
            for text in voice.texts("recommendations", group[0].recommendation, "ask")[:1]
            if not self.is_supportive(group[0])
        ]
        chosen = dict.fromkeys([*own[: max(MOST_QUESTIONS - len(general), 2)], *general])
        yield Heading(voice.label("questions_heading"))
        yield Questions(tuple(chosen))

    def terms(self, body: list[Block]) -> Iterator[Block]:
        """The words of the glossary that this guide uses."""
        text = repr(body).lower()
        glossary = self.voice.words.get("glossary", {})
        used = [
            Row(term, meaning)
            for term, meaning in glossary.items()
            if isinstance(meaning, str) and re.search(rf"\b{re.escape(term.lower())}\b", text)
        ]
        if used:
            yield Heading(self.voice.label("words_heading"))
            yield Terms(tuple(used[:MOST_TERMS]))

    def sources(self) -> Iterator[Block]:
        if self.voice.cited:
            yield Heading(self.voice.label("sources_heading"))
            yield Numbered(self.voice.bibliography())
        yield Paragraph(self.voice.label("helpful"))
