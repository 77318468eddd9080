"""Random partial cases: what must hold for every patient, however much of the chart is missing."""

from __future__ import annotations

from functools import lru_cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from her2guide.engine.safety import BEST_FIRST, regimen_standing
from her2guide.language.compiled import facts_of, holds
from her2guide.language.needs import Questions
from her2guide.library.library import Library
from her2guide.library.read import read_library
from her2guide.model.condition import Value
from her2guide.model.fact import Fact
from her2guide.model.guidance import AgentStanding, Guidance
from tests.conftest import guidance_of

FEW = settings(
    max_examples=200, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
Given = dict[str, Value]


def value_of(fact: Fact) -> st.SearchStrategy[Value]:
    if fact.kind == "yes_no":
        return st.booleans()
    if fact.kind == "code":
        return st.sampled_from(sorted(fact.values))
    assert fact.range
    low, high = fact.range.low, fact.range.high
    if fact.kind == "integer":
        return st.integers(int(low), int(high))
    return st.floats(low, high, allow_nan=False).map(lambda number: round(number, 1))


BEGINNINGS: list[Given] = [
    {},
    {"her2_status": "positive", "disease_extent": "early", "er_status": "positive"},
    {"her2_status": "positive", "disease_extent": "metastatic", "er_status": "positive"},
    {"her2_ihc": "1+", "disease_extent": "metastatic"},
]


@lru_cache
def drawn() -> st.SearchStrategy[Given]:
    """Any facts with any values, half of the time only those that follow from no other fact."""
    every = {fact.id: value_of(fact) for fact in read_library().facts.values()}
    loose = {fact.id: every[fact.id] for fact in read_library().facts.values() if not (fact.derive or fact.findings)}
    rows = [st.fixed_dictionaries({}, optional=chosen) for chosen in (every, loose)]
    return st.builds(lambda row, first: {**row, **first}, st.one_of(rows), st.sampled_from(BEGINNINGS))


def cases() -> st.SearchStrategy[Given]:
    return drawn()


@lru_cache
def asked_facts() -> list[str]:
    recommendations = read_library().editions["article"].recommendations
    return sorted({fact for item in recommendations for fact in facts_of(item.when)})


@lru_cache
def few_facts() -> st.SearchStrategy[Given]:
    """Little is known, and only what recommendations ask: contradictions are rare."""
    library = read_library()
    named = st.lists(st.sampled_from(asked_facts()), max_size=6, unique=True)
    rows = named.flatmap(lambda names: st.fixed_dictionaries({n: value_of(library.facts[n]) for n in names}))
    return st.builds(lambda row, first: {**row, **first}, rows, st.sampled_from(BEGINNINGS))


def little() -> st.SearchStrategy[Given]:
    return few_facts()


def placed(found: Guidance, library: Library) -> list[tuple[AgentStanding, Given]]:
    """Each agent of every regimen, brought up or not, with what it was judged by."""
    values = found.case.values()
    rows = []
    for regimen in library.regimens.values():
        judged = {**values, **regimen.provides}
        rows += [(agent, judged) for agent in regimen_standing(regimen, library, Questions(library.facts, values))[1]]
    return rows


@FEW
@given(st.deferred(cases))
def test_any_case_has_its_guidance(told: Given) -> None:
    library = read_library()
    found = guidance_of(library, **told)
    assert len(found.verdicts) == len(library.edition("article", "us", found.as_of).recommendations)
    unknown = set(library.facts) - set(found.case.known)
    for verdict in found.verdicts:
        assert bool(verdict.needs) == (verdict.applies is None), verdict.recommendation
        assert set(verdict.needs) <= unknown
    assert {m.fact for m in found.missing} <= unknown


@FEW
@given(st.deferred(cases))
def test_ruled_out_exactly_where_a_bar_holds(told: Given) -> None:
    library = read_library()
    for agent, judged in placed(guidance_of(library, **told), library):
        bars = [holds(rule.when, judged) for rule in library.agents[agent.agent].never_when]
        assert (agent.standing == "ruled out") == (True in bars), agent.agent
        assert None not in bars or agent.standing in ("ruled out", "needs check"), agent.agent


@FEW
@given(st.deferred(cases))
def test_what_must_be_known_first_is_known_before_an_offer(told: Given) -> None:
    library = read_library()
    for agent, judged in placed(guidance_of(library, **told), library):
        unknown = [fact for fact in library.agents[agent.agent].know_before if fact not in judged]
        assert not unknown or agent.standing in ("ruled out", "needs check"), (agent.agent, unknown)


@FEW
@given(st.deferred(cases))
def test_a_regimen_stands_no_better_than_its_agents(told: Given) -> None:
    library = read_library()
    found = guidance_of(library, **told)
    for regimen in library.regimens.values():
        standing, agents = regimen_standing(regimen, library, Questions(library.facts, found.case.values()))
        of = {agent.agent: BEST_FIRST.index(agent.standing) for agent in agents}
        parts = [min(of[name] for name in ((part,) if isinstance(part, str) else part)) for part in regimen.agents]
        assert BEST_FIRST.index(standing) == max(parts), regimen.id
    for option in found.options:
        again = regimen_standing(
            library.regimens[option.regimen], library, Questions(library.facts, found.case.values())
        )
        assert again == (option.standing, option.agents)


def replaced(before: Guidance, after: Guidance, library: Library) -> bool:
    """A better source of the same answer came up: the pathological category for the clinical one."""
    ranked = [fact.id for fact in library.facts.values() if fact.abstract and fact.abstract.first_known]
    old, new = before.case.values(), after.case.values()
    return any(fact in old and old[fact] != new.get(fact) for fact in ranked)


@pytest.mark.parametrize("first", BEGINNINGS)
def test_the_beginnings_contradict_nothing(first: Given) -> None:
    """The next test looks away where a case contradicts itself: that must stay the exception."""
    assert guidance_of(read_library(), **first).case.conflicts == ()


@FEW
@given(st.deferred(little), st.data())
def test_learning_a_fact_never_flips_a_verdict(told: Given, data: st.DataObject) -> None:
    """Yes and no stay what they are when one more fact is known, unless the chart then contradicts itself."""
    library = read_library()
    before = guidance_of(library, **told)
    open_facts = [fact for fact in asked_facts() if fact not in before.case.known]
    if before.case.conflicts or not open_facts:
        return
    fact = data.draw(st.sampled_from(open_facts))
    after = guidance_of(library, **told, **{fact: data.draw(value_of(library.facts[fact]))})
    if after.case.conflicts or replaced(before, after, library):
        return
    asks_for_unknown = {
        item.id for item in library.editions["article"].recommendations if item.recommend.action == "obtain"
    }
    for old, new in zip(before.verdicts, after.verdicts, strict=True):
        if old.recommendation not in asks_for_unknown:
            assert old.applies in (None, new.applies), (old.recommendation, fact)
