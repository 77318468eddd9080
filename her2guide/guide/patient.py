"""The patient's guide: where you are, options people discuss, what is not known, questions, words, sources.

In: guidance and words. Out: blocks. Options that are ruled out are named with the reason, never hidden;
what the edition says and what has changed since stand together.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..language.evaluate import holds
from ..model.guidance import Guidance, Option
from ..model.knowledge import Recommendation
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
from .teller import Teller
from .words import Voice

MOST_MISSING = 8
MOST_QUESTIONS = 8
MOST_TERMS = 14


def patient_blocks(guidance: Guidance, voice: Voice) -> list[Block]:
    return PatientGuide(guidance, voice).blocks()


class PatientGuide(Teller):
    def __init__(self, guidance: Guidance, voice: Voice) -> None:
        super().__init__(guidance, voice)
        self.watched: set[str] = set()

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
        if self.guidance.case.conflicts:
            yield Notice(voice.text("notices", "conflicts"))
            yield Bullets(tuple(conflict.says for conflict in self.guidance.case.conflicts))

    def options(self) -> Iterator[Block]:
        voice = self.voice
        yield Heading(voice.label("options"))
        open_options = [option for option in self.guidance.options if option.standing != "ruled out"]
        tests = [v for v in self.guidance.verdicts if v.applies and v.action == "obtain"]
        talks = [v for v in self.guidance.verdicts if v.applies and self.is_talk(self.items[v.recommendation])]
        if not open_options:
            yield Paragraph(voice.label("nothing_found"))
        for decision in self.edition.head.decisions:
            cards = [self.card(option) for option in open_options if option.decision == decision.id]
            cards += [self.talk(self.items[v.recommendation]) for v in (*tests, *talks) if v.decision == decision.id]
            if cards:
                yield Subheading(voice.text("decisions", decision.id, "heading") or decision.title)
                yield from cards

    def is_talk(self, item: Recommendation) -> bool:
        """Something to talk about that is no regimen."""
        return item.recommend.regimen is None and item.recommend.action not in ("avoid", "obtain")

    def talk(self, item: Recommendation) -> Card:
        return Card(self.say(item), (), (*self.why(item), *self.since_then(item)))

    def say(self, item: Recommendation) -> str:
        return self.voice.text("recommendations", item.id, "say") or item.title

    def card(self, option: Option) -> Card:
        item, voice = self.item(option), self.voice
        tags = [voice.label(f"place_{option.place}")]
        rows = [*self.why(item), *self.how(option), *self.found(item), *self.watch(option)]
        if option.standing == "needs check":
            tags.append(voice.label("needs_check"))
            rows.append(Row(voice.label("needs_check"), self.to_check(option)))
        if self.states(option, "caution"):
            tags += [voice.label("caution")] if option.standing == "offered with caution" else []
            rows.append(Row(voice.label("caution"), self.states(option, "caution")))
        return Card(self.say(item), tuple(tags), (*rows, *self.since_then(item)))

    def why(self, item: Recommendation) -> Iterator[Row]:
        text = self.voice.text("recommendations", item.id, "why")
        if text:
            yield Row(self.voice.label("why"), text)

    def how(self, option: Option) -> Iterator[Row]:
        text = self.voice.text("regimens", option.regimen, "how")
        if text:
            yield Row(self.voice.label("how"), text)

    def found(self, item: Recommendation) -> Iterator[Row]:
        for evidence in self.evidence(item):
            text = self.voice.text("evidence", evidence.id, "found")
            if text:
                yield Row(self.voice.label("found"), text + self.voice.cite(evidence.source))
                return

    def watch(self, option: Option) -> Iterator[Row]:
        """What to watch for with each agent, said once in a guide."""
        for agent in self.agents(option):
            text = self.voice.text("agents", agent.agent, "watch")
            if text and agent.agent not in self.watched:
                self.watched.add(agent.agent)
                yield Row(f"{self.voice.label('watch')} ({self.name(agent.agent)})", text)

    def since_then(self, item: Recommendation) -> Iterator[Row]:
        """What has changed since the edition was written, or was wrong in it."""
        for claim in self.corrections(item.id):
            if claim.now:
                yield Row(self.voice.label("since_then"), claim.now + self.voice.cite(*claim.sources))

    def ruled_out(self) -> Iterator[Block]:
        barred = [option for option in self.guidance.options if option.standing == "ruled out"]
        if barred:
            yield Heading(self.voice.label("ruled_out_heading"))
            yield Bullets(tuple(f"{self.say(self.item(o))}: {self.states(o, 'never')}" for o in barred))

    def not_needed(self) -> Iterator[Block]:
        avoided = [v for v in self.guidance.verdicts if v.applies and v.action == "avoid"]
        if avoided:
            yield Heading(self.voice.label("not_needed_heading"))
            yield from (self.talk(self.items[v.recommendation]) for v in avoided)

    def could_not_tell(self) -> Iterator[Block]:
        voice = self.voice
        if not self.guidance.missing:
            return
        yield Heading(voice.label("could_not_tell"))
        yield Paragraph(voice.label("could_not_tell_intro"))
        asked = [self.question(missing.fact) for missing in self.guidance.missing[:MOST_MISSING]]
        yield Questions(tuple(asked), room=True, write_here=voice.label("room_to_write"))

    def question(self, fact: str) -> str:
        voice = self.voice
        asked = voice.text("facts", fact, "question") or f"{voice.fact(fact)}?"
        why = voice.text("facts", fact, "why")
        return f"{asked} ({why})" if why else asked

    def questions(self) -> Iterator[Block]:
        voice = self.voice
        own = [
            text
            for option in self.guidance.options
            for text in voice.texts("recommendations", option.recommendation, "ask")[:1]
        ]
        sets = [asked.show for asked in self.edition.head.questions if holds(asked.when, self.values)]
        special = [text for name in sets for text in voice.texts("questions", name)[:2]]
        general = [*special, *voice.texts("questions", "general")[:3]]
        chosen = list(dict.fromkeys([*own[: MOST_QUESTIONS - len(general)], *general]))
        yield Heading(voice.label("questions_heading"))
        yield Questions(tuple(chosen), room=True, write_here=voice.label("room_to_write"))

    def terms(self, body: list[Block]) -> Iterator[Block]:
        """The words of the glossary that this guide uses."""
        text = repr(body).lower()
        glossary = self.voice.words.get("glossary", {})
        used = [
            Row(term, meaning, "")
            for term, meaning in glossary.items()
            if term.lower() in text and isinstance(meaning, str)
        ]
        if used:
            yield Heading(self.voice.label("words_heading"))
            yield Terms(tuple(used[:MOST_TERMS]))

    def sources(self) -> Iterator[Block]:
        yield Heading(self.voice.label("sources_heading"))
        if self.voice.cited:
            yield Numbered(self.voice.bibliography())
        yield Paragraph(self.voice.label("helpful"))
