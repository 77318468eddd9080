"""Regimen x values -> may it be given: ruled out, needs check, with caution, or offered.

In: the safety rules that stand with each agent. Out: the standing of the regimen and of each agent.
An unknown safety fact never counts as safe.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ..language.compiled import facts_of, holds
from ..language.evaluate import evaluate
from ..language.needs import Questions
from ..library.library import Library
from ..model.guidance import BEST_FIRST, AgentStanding, SafetyFinding, Standing
from ..model.knowledge import Agent, Regimen, SafetyRule


def regimen_standing(
    regimen: Regimen, library: Library, questions: Questions
) -> tuple[Standing, tuple[AgentStanding, ...]]:
    """A regimen stands as its worst agent; where one of several agents is given, as the best of those."""
    if regimen.provides:
        questions = Questions(questions.facts, {**questions.values, **regimen.provides})
    agents: list[AgentStanding] = []
    worst = 0
    for names in regimen.choices():
        standings = [agent_standing(library.agents[name], library, questions, names) for name in names]
        agents += standings
        worst = max(worst, min(BEST_FIRST.index(found.standing) for found in standings))
    return BEST_FIRST[worst], tuple(agents)


def agent_standing(agent: Agent, library: Library, questions: Questions, among: tuple[str, ...] = ()) -> AgentStanding:
    """One agent after its own safety rules."""
    if agent.id not in questions.findings:
        questions.findings[agent.id] = tuple(safety_findings(agent, library, questions))
    findings = questions.findings[agent.id]
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


def safety_findings(agent: Agent, library: Library, questions: Questions) -> Iterator[SafetyFinding]:
    for rule in agent.never_when:
        yield from rule_finding(agent, rule, questions, bars=True)
    for rule in agent.caution_when:
        yield from rule_finding(agent, rule, questions, bars=False)
    for fact in agent.know_before:
        if fact not in questions.values:
            title = library.facts[fact].title
            needs = questions.ask(fact)
            yield SafetyFinding(agent.id, "check", f"{title} must be known first", (fact,), needs=needs)


def rule_finding(agent: Agent, rule: SafetyRule, questions: Questions, *, bars: bool) -> Iterator[SafetyFinding]:
    """A rule that holds, or a bar that cannot be told. A caution that cannot be told is left to the team."""
    truth = holds(rule.when, questions.values)
    if truth is False or (truth is None and not bars):
        return
    criteria = tuple(criterion.text for criterion in rule.when.criteria)
    facts = facts_of(rule.when)
    if truth is True:
        kind: Literal["never", "caution"] = "never" if bars else "caution"
        yield SafetyFinding(agent.id, kind, rule.because, facts, criteria, rule.source)
    else:
        steps = (evaluate(criterion.expression, questions.values) for criterion in rule.when.criteria)
        needs = questions.behind(steps)
        yield SafetyFinding(agent.id, "check", rule.because, facts, criteria, rule.source, needs)
