"""Asks a person one question at a time, and lists questions for the terminal.

In: a consultation, the words for its facts, a way to hear lines. Out: the answers, what is to be asked at
the visit, the consultation with the answers. *I don't know* is an answer: it is not asked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct, field
from msgspec.structs import replace

from ..engine.ask import Question, questions
from ..engine.consultation import Consultation, new_conflicts
from ..errors import Problem, RequestError
from ..guide.words import Voice
from ..language.typed import NotAValue, written_value
from ..model.condition import Value
from ..model.fact import Fact
from ..model.guidance import Guidance
from .consult import plain_chart
from .json_out import as_json
from .output import complain, say
from .tables import guidance_text

Hear = Callable[[], str | None]  # the next line; None when there is no more

DONT_KNOW = ("", "i don't know", "i dont know", "i don’t know", "don't know", "dk", "unknown")
STOP = ("q", "quit")
SHORT = {"y": "yes", "n": "no"}


class Interview(Struct, frozen=True):
    """How far the asking has come. `cannot_tell`: the facts that nobody present knows."""

    consultation: Consultation
    answers: dict[str, Value] = field(default_factory=dict)
    cannot_tell: tuple[str, ...] = ()


class Asked(Struct, frozen=True):
    """What came of the asking: the answers, the questions left for the visit, the guidance now."""

    answers: dict[str, Value]
    at_the_visit: tuple[str, ...]
    guidance: Guidance


def interview(consultation: Consultation, voice: Voice, hear: Hear) -> tuple[Asked, Consultation]:
    """Ask until nothing more can change an answer, or the person stops. Each answer is applied at once."""
    state = Interview(consultation)
    left = questions(consultation)
    while left:
        say_lines(question_lines(left[0].fact, voice))
        after = hear_answer(state, left[0].fact, voice, hear)
        if after is None:
            break
        state = after
        asked = (*state.cannot_tell, *state.answers)
        left = questions(state.consultation, cannot_tell=asked)
    at_the_visit = (*state.cannot_tell, *(question.fact for question in left))
    return Asked(state.answers, at_the_visit, state.consultation.guidance()), state.consultation


def hear_answer(state: Interview, name: str, voice: Voice, hear: Hear) -> Interview | None:
    """The interview after an answer that can be used; None when the person stops."""
    fact = voice.library.facts[name]
    while (line := hear()) is not None and line.strip().lower() not in STOP:
        text = line.strip()
        if text.lower() in DONT_KNOW:
            return replace(state, cannot_tell=(*state.cannot_tell, name))
        if text == "?":
            say_lines(help_lines(fact, voice))
            continue
        after = accept(state, fact, text, voice)
        if after is not None:
            return after
    return None


def accept(state: Interview, fact: Fact, text: str, voice: Voice) -> Interview | None:
    """The interview with this answer, or none and a sentence on what is wrong with it."""
    try:
        value = written_value(fact, meant(fact, text, voice))
    except NotAValue as fault:
        complain([Problem(fact.id, fault.what, fault.do)])
        return None
    after = state.consultation.answered({fact.id: value})
    conflicts = new_conflicts(state.consultation.case(), after.case())
    if conflicts:
        do = "Answer again, or leave it empty if you are not sure."
        complain(Problem(fact.id, f"does not fit the record: {conflict.says}.", do) for conflict in conflicts)
        return None
    say(f"  noted: {voice.state(fact.id, value)}")
    return replace(state, consultation=after, answers={**state.answers, fact.id: value})


def meant(fact: Fact, text: str, voice: Voice) -> str:
    """The value behind a patient's word for it; any other text as it is."""
    if fact.kind == "yes_no":
        return SHORT.get(text.lower(), text)
    named = {voice.value(fact.id, value).lower(): value for value in fact.values} if fact.kind == "code" else {}
    return text if text in fact.values else named.get(text.lower(), text)


def say_lines(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


def question_lines(name: str, voice: Voice) -> tuple[str, ...]:
    """The question with the answers that are understood."""
    return ("", question_line(name, voice), f"  answer: {permitted(voice.library.facts[name], voice)}; dk, ?, q")


def question_line(fact: str, voice: Voice) -> str:
    return voice.text("facts", fact, "question") or f"{voice.fact(fact)}?"


def why_lines(fact: str, voice: Voice) -> Iterator[str]:
    why = voice.text("facts", fact, "why")
    if why:
        yield f"   why: {why}"


def permitted(fact: Fact, voice: Voice) -> str:
    """The values that may be answered, each with its plain label."""
    if fact.kind == "yes_no":  # said in full: a question may be put the other way round than its fact
        return f"yes ({voice.state(fact.id, True)}), no ({voice.state(fact.id, False)})"
    if fact.kind == "code":
        labels = ((value, voice.value(fact.id, value)) for value in fact.values)
        return ", ".join(value if value == label else f"{value} ({label})" for value, label in labels)
    limits = f" from {fact.range.low:g} to {fact.range.high:g}" if fact.range else ""
    units = f" (also: {', '.join(u for u in fact.units if u != fact.unit)})" if set(fact.units) - {fact.unit} else ""
    return f"a number{limits}, in {fact.unit}{units}"


def help_lines(fact: Fact, voice: Voice) -> Iterator[str]:
    """Why it is asked, what the record would call it, and how to go on."""
    yield from why_lines(fact.id, voice)
    yield f"   in the record: {fact.title} ({fact.id})"
    if fact.note:
        yield f"   {fact.note}"
    yield "   empty or dk: I don't know; it is kept for the visit. q: stop here."


def questions_text(found: Sequence[Question], consultation: Consultation, voice: Voice) -> str:
    """The ranked questions with why, the permitted answers, and what they could settle."""
    if not found:
        return "No question could change an answer.\n"
    lines = ["Questions that could change an answer, the most decisive first"]
    for number, asked in enumerate(found, 1):
        lines += ["", f"{number}. {question_line(asked.fact, voice)}", *why_lines(asked.fact, voice)]
        lines.append(f"   {asked.fact}: {permitted(voice.library.facts[asked.fact], voice)}")
        lines += settles_lines(asked, consultation, voice)
    return "\n".join(lines) + "\n"


def settles_lines(asked: Question, consultation: Consultation, voice: Voice) -> Iterator[str]:
    """The decisions and options that hang on a question."""
    titles = {decision.id: decision.title for decision in consultation.edition.head.decisions}
    named = [voice.text("decisions", name, "heading") or titles[name] for name in asked.decisions]
    together = ", together with other answers" if asked.together else ""
    yield f"   could settle{together}: {'; '.join(named)}"
    if asked.regimens:
        yield f"   options: {'; '.join(voice.library.regimens[name].title for name in asked.regimens)}"


def visit_text(facts: Sequence[str], voice: Voice) -> str:
    """The questions that are left, as a list to take along."""
    if not facts:
        return ""
    return "\n".join(["", "To ask at the visit", *(f"  {question_line(fact, voice)}" for fact in facts)]) + "\n"


def listed_questions(consultation: Consultation, *, as_data: bool) -> str:
    found = questions(consultation)
    voice = Voice(consultation.edition.library, "en")
    return as_json(found) if as_data else questions_text(found, consultation, voice)


def asked_chart(consultation: Consultation, hear: Hear, *, as_data: bool, name: str | None) -> tuple[str, str]:
    """What came of asking as text or JSON, and the chart with the answers if it is to be written under a name."""
    library = consultation.edition.library
    voice = Voice(library, "en")
    if name:
        refuse_unwritable(consultation, name)
    asked, answered = interview(consultation, voice, hear)
    plain = plain_chart(answered, name) if name else ""
    if as_data:
        return as_json(asked), plain
    return guidance_text(asked.guidance, library) + visit_text(asked.at_the_visit, voice), plain


def refuse_unwritable(consultation: Consultation, name: str) -> None:
    """Before anything is asked: a chart that could not be read again is not asked about for nothing."""
    day = consultation.seen_on
    if day > date.today():
        what = f"answers of {day} lie in the future, and a chart that holds them is not read."
        raise RequestError([Problem(name, what, "Leave out -o, or ask as of an earlier day.")])
    plain_chart(consultation, name)
