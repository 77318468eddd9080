"""Edition x case -> guidance.

In: the recommendations in force and one row of facts.
Out: a verdict with its trace for each, the options after safety, the facts still missing.
It does not know how the case was found or how the guidance will be said.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import Problem, RequestError
from ..language.needs import Questions
from ..library.library import EditionInForce, InForce
from ..model.case import Case
from ..model.guidance import Guidance, MissingFact, Option, Verdict
from .criteria import criteria_of
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
    verdicts = criteria_of(edition).verdicts(edition.recommendations, questions)
    holding = [entry for entry, found in zip(edition.recommendations, verdicts, strict=True) if found.applies]
    given_way = {name for entry in holding for name in entry.item.in_place_of}
    options = tuple(
        option
        for entry in holding
        if entry.item.id not in given_way
        for option in options_of(entry, edition, questions)
    )
    return Guidance(
        edition=edition.head.id,
        region=edition.region,  # type: ignore[arg-type]
        as_of=edition.as_of,
        knowledge=edition.library.digest,
        case=case,
        verdicts=tuple(verdicts),
        options=options,
        missing=missing_facts((decision.id for decision in edition.head.decisions), verdicts, options),
        notices=edition.notices,
    )


def options_of(entry: InForce, edition: EditionInForce, questions: Questions) -> Iterable[Option]:
    """The option of a recommendation that applies, after safety."""
    item = entry.item
    name = item.recommend.option()
    if name is None:
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
    settles: dict[str, list[Verdict]] = {}
    checks: dict[str, dict[str, Option]] = {}
    for found in verdicts:
        for fact in found.needs:
            settles.setdefault(fact, []).append(found)
    for option in options:
        for finding in (finding for agent in option.agents for finding in agent.findings):
            for fact in finding.needs if option.standing == "needs check" else ():
                checks.setdefault(fact, {})[option.recommendation] = option

    def weight(fact: str) -> tuple[bool, int, int, int, str]:
        touched = [*settles.get(fact, ()), *checks.get(fact, {}).values()]
        reached = {order[found.decision] for found in touched}
        treats = fact in checks or any(found.action not in ("obtain", "avoid") for found in touched)
        return (not treats, -len(reached), min(reached), -len(touched), fact)

    every = sorted({*settles, *checks}, key=weight)
    return tuple(
        MissingFact(fact, tuple([found.recommendation for found in settles.get(fact, ())]), tuple(checks.get(fact, ())))
        for fact in every
    )
