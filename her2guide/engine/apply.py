"""Edition x case -> guidance.

In: the recommendations in force and one row of facts.
Out: a verdict with its trace for each, the options after safety, the facts still missing.
It does not know how the case was found or how the guidance will be said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..errors import Problem, RequestError
from ..language.compiled import holds
from ..language.needs import Questions
from ..library.library import EditionInForce, InForce
from ..model.case import Case
from ..model.guidance import Guidance, MissingFact, Option, Verdict
from .criteria import criteria_of, together
from .safety import regimen_standing


def apply(edition: EditionInForce, case: Case, *, clocks_apart: bool = False) -> Guidance:
    """Apply an edition to a case.

    Raises `RequestError` when the case looks further than the edition, unless the two clocks are set apart.
    """
    if case.as_of > edition.as_of and not clocks_apart:
        raise RequestError(
            [
                Problem(
                    "as_of",
                    f"the case is of {case.as_of}, the edition of {edition.as_of}.",
                    "Cut the case at the same day or earlier.",
                )
            ]
        )
    questions = Questions(edition.library.facts, case.values())
    verdicts = tuple(verdicts_of(edition, questions))
    judged = list(zip(edition.recommendations, verdicts, strict=True))
    given_way = {name for entry, found in judged if found.applies for name in entry.item.in_place_of}
    options = tuple(
        option
        for entry, found in judged
        if entry.item.id not in given_way
        for option in options_of(entry, found, edition, questions)
    )
    return Guidance(
        edition=edition.head.id,
        region=edition.region,  # type: ignore[arg-type]
        as_of=edition.as_of,
        knowledge=edition.library.digest,
        case=case,
        verdicts=verdicts,
        options=options,
        missing=missing_facts((decision.id for decision in edition.head.decisions), verdicts, options),
        notices=edition.notices,
    )


def verdicts_of(edition: EditionInForce, questions: Questions) -> Iterator[Verdict]:
    """Each recommendation for one case; what could settle it is named when it cannot be told."""
    criteria = criteria_of(edition)
    traces = criteria.traces(questions.values)
    truths = [trace.truth for trace in traces]
    for entry in edition.recommendations:
        item, pick = entry.item, criteria.picks[entry.item.id]
        truth, trace = together(pick(truths)), pick(traces)
        needs = questions.behind_traces(trace) if truth is None else ()
        studied = holds(item.studied_in, questions.values) if item.studied_in.criteria else True
        yield Verdict(item.id, item.decision, item.recommend.action, entry.place, truth, trace, needs, studied)


def options_of(entry: InForce, found: Verdict, edition: EditionInForce, questions: Questions) -> Iterable[Option]:
    """The regimen of a recommendation that applies, after safety. *Avoid* and *obtain* bring none up."""
    item = entry.item
    name = item.recommend.regimen
    if found.applies is not True or name is None or item.recommend.action in ("avoid", "obtain"):
        return
    standing, agents = regimen_standing(edition.library.regimens[name], edition.library, questions)
    yield Option(item.id, item.decision, item.recommend.action, entry.place, name, standing, agents)


def missing_facts(
    decisions: Iterable[str], verdicts: Iterable[Verdict], options: Iterable[Option]
) -> tuple[MissingFact, ...]:
    """Each missing fact with what it could settle.

    First those that bear on a treatment, then those that bear on the most decisions, then those of the
    decisions that the edition puts first.
    """
    order = {decision: index for index, decision in enumerate(decisions)}
    settles: dict[str, dict[str, str]] = {}
    checks: dict[str, dict[str, str]] = {}
    treats = {found.recommendation for found in verdicts if found.action not in ("obtain", "avoid")}
    for found in verdicts:
        for fact in found.needs:
            settles.setdefault(fact, {})[found.recommendation] = found.decision
    for option in options:
        for finding in (finding for agent in option.agents for finding in agent.findings):
            for fact in finding.needs if option.standing == "needs check" else ():
                checks.setdefault(fact, {})[option.recommendation] = option.decision

    def weight(fact: str) -> tuple[bool, int, int, int, str]:
        touched = {**settles.get(fact, {}), **checks.get(fact, {})}
        reached = {order[decision] for decision in touched.values()}
        return (treats.isdisjoint(touched), -len(reached), min(reached), -len(touched), fact)

    every = sorted({*settles, *checks}, key=weight)
    return tuple(MissingFact(f, tuple(settles.get(f, ())), tuple(checks.get(f, ()))) for f in every)
