"""Regimen x values -> may it be given: ruled out, needs check, with caution, or offered.

In: the safety rules that stand with each agent. Out: the standing of the regimen and of each agent.
An unknown safety fact never counts as safe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from ..language.evaluate import evaluate, facts_of, holds
from ..language.needs import ask, needs_of
from ..library.library import Library
from ..model.condition import Value
from ..model.guidance import BEST_FIRST, AgentStanding, SafetyFinding, Standing
from ..model.knowledge import Agent, Regimen, SafetyRule


def regimen_standing(
    regimen: Regimen, library: Library, values: Mapping[str, Value]
) -> tuple[Standing, tuple[AgentStanding, ...]]:
    """A regimen stands as its worst agent; where one of several agents is given, as the best of those."""
    given = {**values, **regimen.provides}
    agents: list[AgentStanding] = []
    worst = 0
    for entry in regimen.agents:
        names = (entry,) if isinstance(entry, str) else entry
        standings = [agent_standing(library.agents[name], library, given, names) for name in names]
        agents += standings
        worst = max(worst, min(BEST_FIRST.index(found.standing) for found in standings))
    return BEST_FIRST[worst], tuple(agents)


def agent_standing(
    agent: Agent, library: Library, values: Mapping[str, Value], among: tuple[str, ...] = ()
) -> AgentStanding:
    """One agent after its own safety rules."""
    findings = tuple(safety_findings(agent, library, values))
    kinds = {finding.kind for finding in findings}
    standing: Standing = "offered"
    if "never" in kinds:
        standing = "ruled out"
    elif "check" in kinds:
        standing = "needs check"
    elif "caution" in kinds:
        standing = "offered with caution"
    others = tuple(name for name in among if name != agent.id)
    return AgentStanding(agent.id, standing, findings, others)


def safety_findings(agent: Agent, library: Library, values: Mapping[str, Value]) -> Iterator[SafetyFinding]:
    for rule in agent.never_when:
        yield from rule_finding(agent, rule, library, values, bars=True)
    for rule in agent.caution_when:
        yield from rule_finding(agent, rule, library, values, bars=False)
    for fact in agent.know_before:
        if fact not in values:
            title = library.facts[fact].title
            needs = ask(fact, library.facts, values)
            yield SafetyFinding(agent.id, "check", f"{title} must be known first", (fact,), needs=needs)


def rule_finding(
    agent: Agent, rule: SafetyRule, library: Library, values: Mapping[str, Value], *, bars: bool
) -> Iterator[SafetyFinding]:
    """A rule that holds, or a bar that cannot be told. A caution that cannot be told is left to the team."""
    truth = holds(rule.when, values)
    if truth is False or (truth is None and not bars):
        return
    criteria = tuple(criterion.text for criterion in rule.when.criteria)
    facts = facts_of(rule.when)
    if truth is True:
        kind: Literal["never", "caution"] = "never" if bars else "caution"
        yield SafetyFinding(agent.id, kind, rule.because, facts, criteria, rule.source)
    else:
        steps = (evaluate(criterion.expression, values) for criterion in rule.when.criteria)
        needs = needs_of(steps, library.facts, values)
        yield SafetyFinding(agent.id, "check", rule.because, facts, criteria, rule.source, needs)
