"""The trace of one recommendation for one chart, as text.

In: guidance and a recommendation id. Out: each criterion with its truth, the values used, and where
in the record each came from, followed through derived facts.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import Problem, RequestError, nearest
from ..language.evaluate import facts_in
from ..language.needs import Questions, inputs_of
from ..language.sentence import Speaker
from ..language.settle import show
from ..library.library import Library
from ..model.guidance import SAID, Guidance, Option

TRUTHS = {True: "yes    ", False: "no     ", None: "unknown"}
DEEPEST = 8  # deeper than any chain of facts


def explanation(guidance: Guidance, recommendation: str, library: Library) -> str:
    """The explanation as text. Raises `RequestError` for an id that is not in force."""
    found = {verdict.recommendation: verdict for verdict in guidance.verdicts}
    if recommendation not in found:
        hint = nearest(recommendation, found) or "`her2guide advise` lists them."
        raise RequestError([Problem(recommendation, f"is not in force in the {guidance.edition} edition.", hint)])
    verdict = found[recommendation]
    item = next(i for i in library.editions[guidance.edition].recommendations if i.id == recommendation)
    speaker = Speaker(library.facts, library.words["en"]["sentences"])  # type: ignore[arg-type]
    lines = [
        item.title,
        f"{guidance.edition} edition, {guidance.region}, as of {guidance.as_of}: {SAID[verdict.applies]}",
        "",
    ]
    for trace in verdict.trace:
        lines.append(f"{TRUTHS[trace.truth]}  {trace.text}")
        lines.append(f"         ({speaker.say(trace.step.expression)})")
        for fact in facts_in(trace.step.expression):
            lines += value_lines(fact, guidance, library, "         ")
    if verdict.needs:
        lines += ["", "could be settled by:", *(f"  {name}: {library.facts[name].title}" for name in verdict.needs)]
    for option in guidance.options:
        if option.recommendation == recommendation:
            lines += ["", f"option {option.regimen}: {option.standing}", *safety_lines(option, guidance, library)]
    return "\n".join(lines) + "\n"


def value_lines(name: str, guidance: Guidance, library: Library, indent: str, depth: int = 0) -> Iterator[str]:
    """A fact's value and its origin, then the facts it follows from."""
    known = guidance.case.known.get(name)
    if known is None:
        yield f"{indent}{name}: unknown"
        questions = Questions(library.facts, guidance.case.values())
        for fact in inputs_of(library.facts[name]) if depth < DEEPEST else ():
            if questions.partly_known(fact):
                yield from value_lines(fact, guidance, library, indent + "  ", depth + 1)
        return
    origin = known.origin
    day = f" on {origin.on}" if origin.on else ""
    places = () if origin.kind == "derived" else origin.where  # those of the facts below, which are shown
    place = f" at {', '.join(places[:3])}" if places else ""
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""  # noqa: PLR2004
    rule = f", {origin.rule}" if origin.rule else ""
    yield f"{indent}{name} = {show(known.value)}  [{origin.kind}{rule}{day}{place}{more}]"
    for fact in origin.facts if depth < DEEPEST else ():
        yield from value_lines(fact, guidance, library, indent + "  ", depth + 1)


def safety_lines(option: Option, guidance: Guidance, library: Library) -> Iterator[str]:
    """Each agent with its findings, the values they rest on and where those stand."""
    for agent in option.agents:
        yield f"  {agent.agent}: {agent.standing}"
        for finding in agent.findings:
            needs = f" (needs {', '.join(finding.needs)})" if finding.needs else ""
            yield f"    {finding.kind}: {finding.because}{needs}"
            for fact in finding.facts if finding.kind != "check" else ():
                yield from value_lines(fact, guidance, library, " " * 9)
