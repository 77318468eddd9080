"""Library -> the book: the whole knowledge as one readable HTML page.

In: a library. Out: every recommendation as a sentence and with its rule as written, its examples,
evidence, claims; facts, agents with their safety, regimens, sources. It adds no statement of its own.
"""

from __future__ import annotations

from typing import Any

from ..language.sentence import Speaker
from ..language.settle import show
from ..library.library import Edition, Library
from ..model.condition import Condition
from ..model.knowledge import Decision, Evidence, Recommendation, Region
from .clinician import figure
from .html import environment
from .words import Voice, reference, short_name


def write_book(library: Library, language: str = "en") -> str:
    """The book as HTML, in reading order: editions, claims, facts, agents, evidence, sources."""
    voice = Voice(library, language)
    speaker = Speaker(library.facts, voice.words["sentences"])  # type: ignore[arg-type]
    claims: dict[str, list[Any]] = {}
    for claim in library.claims.values():
        for name in claim.recommendations:
            claims.setdefault(name, []).append(claim)
    return (
        environment()
        .get_template("book.html")
        .render(
            library=library,
            voice=voice,
            speaker=speaker,
            say=speaker.condition,
            show=show,
            result=result,
            chapter=chapter,
            shared=shared,
            besides=besides,
            standing=lambda item: {region: dated(item, region, voice) for region in item.in_force},
            what=lambda item: what(item, library),
            rated=rated,
            reference=reference,
            short_name=short_name,
            titles={item.id: item.title for e in library.editions.values() for item in e.recommendations},
            claims=claims,
            language=language,
            about=voice.words.get("about", {}).values(),
        )
    )


def chapter(edition: Edition, decision: Decision) -> list[tuple[str, list[Recommendation]]]:
    """The recommendations of a decision in three parts, each in the order of its files: do, avoid, history."""
    parts: dict[str, list[Recommendation]] = {"do": [], "avoid": [], "history": []}
    for item in edition.recommendations:
        if item.decision == decision.id:
            usual = "avoid" if item.recommend.action == "avoid" else "do"
            parts["history" if has_ended(item) else usual].append(item)
    return [(part, items) for part, items in parts.items() if items]


def shared(edition: Edition, decision: Decision) -> Condition:
    """The lines that every recommendation of a decision has, to be said once at the head of its chapter."""
    every = [item.when for item in edition.recommendations if item.decision == decision.id]
    alone = every[0] if every[1:] else Condition()
    for when in every:
        alone = besides(alone, besides(alone, when))
    return alone


def besides(when: Condition, said: Condition) -> Condition:
    """The lines of a condition that have not been said."""
    texts = {line.text for line in said.criteria}
    return Condition(tuple(line for line in when.criteria if line.text not in texts))


def has_ended(item: Recommendation) -> bool:
    """Whether it is withdrawn in every region in which it ever held."""
    last = [places[max(places)] for places in item.in_force.values() if places]
    return bool(last) and set(last) == {"withdrawn"}


def dated(item: Recommendation, region: Region, voice: Voice) -> str:
    """Its place in a region from each day on, in the words for its action; equal neighbours are said once.

    Of a test or a talk that is usual, only the day is said.
    """
    places = item.in_force[region]
    plain = set(places.values()) <= {"preferred", "withdrawn"}
    said: list[str] = []
    before = None
    for day, place in sorted(places.items()):
        own = voice.text("book", "places", f"{item.recommend.action}-{place}") or place
        word = "" if plain and place == "preferred" and item.recommend.action in ("obtain", "discuss") else own
        if word != before:
            phrase = voice.text("book", "on" if place == "withdrawn" else "from")
            said.append(phrase.format(place=word, day=voice.day(day)).strip())
        before = word
    return "; ".join(said) or voice.text("book", "not-in-force")


def what(item: Recommendation, library: Library) -> str:
    """What a recommendation is about: its regimen, but of what is avoided the whole title, which alone says how."""
    regimen = item.recommend.regimen
    return library.regimens[regimen].title if regimen and item.recommend.action != "avoid" else item.title


def result(evidence: Evidence) -> str:
    """A result in words, with the study and the relative effect that the words leave out."""
    ratio = evidence.ratio
    if ratio is None or f"{ratio.measure} {ratio.value:.2f}" in evidence.finding:
        return f"{evidence.study}: {evidence.finding}"
    return f"{figure(evidence, with_arms=False)}. {evidence.finding}"


def rated(item: Recommendation) -> dict[str, str]:
    """Strength and certainty, as far as they are graded."""
    every = {"strength": item.strength, "certainty": item.certainty}
    return {name: grade for name, grade in every.items() if grade != "not graded"}
