"""A loaded library -> what an author should still mend.

In: a library whose references agree. Out: problems in words, examples and evidence, and the list
of what has not been checked against a source. Loading already refused what is malformed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from ..chart.definitions import Definitions, defined
from ..errors import Problem
from ..language.evaluate import trace_condition
from ..language.needs import needs_of
from ..language.sentence import Speaker
from ..library.library import Edition, Library
from ..model.case import Known, Origin
from ..model.condition import Value
from ..model.guidance import SAID
from ..model.knowledge import Example, Recommendation

TRUTHS = {True: "yes", False: "no", None: "unknown"}
KEYS: dict[str, tuple[str, ...]] = {
    "recommendations": ("say", "why"),
    "facts": ("label", "question"),
    "agents": ("name", "watch"),
}


def lint_library(library: Library) -> list[Problem]:
    """Every problem: examples that do not come out as expected, words that are missing."""
    return [
        *(p for edition in library.editions.values() for p in lint_edition(edition, library)),
        *(p for language in library.words for p in lint_words(language, library)),
        *(p for language in library.words for p in lint_notices(language, library)),
        *lint_sentences(library),
    ]


def lint_edition(edition: Edition, library: Library) -> Iterator[Problem]:
    for item in edition.recommendations:
        kinds = {example.expect for example in item.examples}
        for kind in SAID.values():
            if kind not in kinds:
                yield Problem(f"recommendation {item.id}", f"has no example that {kind}.", "Add one.")
        for example in item.examples:
            yield from lint_example(item, example, library)


def lint_example(item: Recommendation, example: Example, library: Library) -> Iterator[Problem]:
    """An example must come out as its author expects, and ask for what the author says."""
    where = f"recommendation {item.id}, example `{example.name}`"
    definitions = defined(library.facts, example.as_of or date.today())
    values, conflicts = settle_given(example.given, definitions, library)
    for conflict in conflicts:
        yield Problem(where, f"contradicts itself: {conflict}.")
    truth, trace = trace_condition(item.when, values)
    if SAID[truth] != example.expect:
        seen = "; ".join(f"{step.text} is {TRUTHS[step.truth]}" for step in trace)
        yield Problem(where, f"is expected to give `{example.expect}` but gives `{SAID[truth]}` ({seen}).")
        return
    needs = needs_of((step.step for step in trace), definitions.facts, values) if truth is None else ()
    if set(needs) != set(example.needs):
        yield Problem(where, f"says it needs {list(example.needs)} but needs {list(needs)}.")


def settle_given(
    given: Mapping[str, Value], definitions: Definitions, library: Library
) -> tuple[dict[str, Value], list[str]]:
    """The values that follow from given ones, and what contradicts itself among them."""
    recorded = {fact: Known(value, Origin("recorded")) for fact, value in given.items()}
    settled = definitions.settling.settle(recorded, library.contradictions)
    values = {fact: known.value for fact, known in settled.known.items()}
    return values, [conflict.says for conflict in settled.conflicts]


def lint_words(language: str, library: Library) -> Iterator[Problem]:
    """Each id that a guide may show has its words in each language."""
    shown: dict[str, Iterable[str]] = {
        "recommendations": [item.id for edition in library.editions.values() for item in edition.recommendations],
        "facts": library.facts,
        "agents": library.agents,
    }
    words = library.words[language]
    for topic, ids in shown.items():
        entries = words.get(topic, {})
        for name in ids:
            entry = entries.get(name)
            missing = [key for key in KEYS[topic] if not (isinstance(entry, dict) and entry.get(key))]
            if missing:
                yield Problem(f"words/{language}/{topic}", f"`{name}` lacks {' and '.join(missing)}.")
        for name in entries:
            if name not in set(ids):
                yield Problem(f"words/{language}/{topic}", f"`{name}` names nothing.", "Remove it.")
    for topic, known in (("regimens", library.regimens), ("evidence", library.evidence)):
        for name in words.get(topic, {}):
            if name not in known:
                yield Problem(f"words/{language}/{topic}", f"`{name}` names nothing.", "Remove it.")


def lint_notices(language: str, library: Library) -> Iterator[Problem]:
    """No banner and no set of questions that an edition may show is without its words."""
    heads = [edition.head for edition in library.editions.values()]
    needed = [f"edition-{head.id}" for head in heads] + [remark.show for head in heads for remark in head.remarks]
    asked = [entry.show for head in heads for entry in head.questions]
    everywhere = ["notice", "review-overdue", "expired", "conflicts", "changes", "outdated"]
    for topic, names in (("notices", [*needed, *everywhere]), ("questions", [*asked, "general"])):
        for name in names:
            if not library.words[language].get(topic, {}).get(name):
                yield Problem(f"words/{language}/{topic}.yaml", f"lacks `{name}`.")


def lint_sentences(library: Library) -> Iterator[Problem]:
    """Every condition can be said in every language that has phrases."""
    for language, words in library.words.items():
        phrases = words.get("sentences")
        if not phrases:
            yield Problem(f"words/{language}/sentences.yaml", "is missing.")
            continue
        speaker = Speaker(library.facts, phrases)  # type: ignore[arg-type]
        for edition in library.editions.values():
            for item in edition.recommendations:
                try:
                    speaker.condition(item.when)
                    speaker.advice(item.recommend, item.title)
                except KeyError as fault:
                    yield Problem(f"words/{language}/sentences.yaml", f"lacks the phrase {fault} (for {item.id}).")


def unverified_items(library: Library) -> list[str]:
    """What has not been checked against a source, with the reason.

    Evidence and sources listed here never reach a patient; recommendations do, with what was checked of them.
    """
    evidence = [f"evidence {item.id}: {item.unverified}" for item in library.evidence.values() if item.unverified]
    sources = [f"source {item.id}: {item.unverified}" for item in library.sources.values() if item.unverified]
    reviewed = [
        f"recommendation {item.id}: under review. {item.note or item.basis or ''}".strip()
        for edition in library.editions.values()
        for item in edition.recommendations
        if item.reviewed.status == "under review"
    ]
    return [*evidence, *sources, *reviewed]


def summary(library: Library) -> str:
    """How much knowledge there is."""
    recommendations = [item for edition in library.editions.values() for item in edition.recommendations]
    counts = {
        "facts": len(library.facts),
        "agents": len(library.agents),
        "regimens": len(library.regimens),
        "evidence": len(library.evidence),
        "sources": len(library.sources),
        "editions": len(library.editions),
        "recommendations": len(recommendations),
        "examples": sum(len(item.examples) for item in recommendations),
        "claims": len(library.claims),
        "unverified": len(unverified_items(library)),
    }
    return f"knowledge {library.digest} is in order: " + ", ".join(f"{n} {name}" for name, n in counts.items())
