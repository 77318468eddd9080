"""What must hold of the current edition for every patient, day and region, stated apart from its rules.

The classes of drugs are those of the agents; the patients are drawn at random, with much left unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from her2guide.engine.apply import apply
from her2guide.language.settle import settle
from her2guide.library.library import Library
from her2guide.library.read import read_library
from her2guide.model.case import Case, Known, Origin
from her2guide.model.condition import Value
from her2guide.model.guidance import Guidance, Option
from tests.engine.test_random_cases import FEW, Given, value_of

HER2_CLASSES = {"her2_antibody", "her2_antibody_drug_conjugate", "her2_kinase_inhibitor"}
CHEMOTHERAPY = {"taxane", "anthracycline", "alkylator", "platinum", "vinca", "antimetabolite", "other_chemotherapy"}
ENDOCRINE = {"aromatase_inhibitor", "serm", "serd", "gnrh_agonist"}
DAYS = [date(2000, 1, 1), date(2012, 6, 1), date(2017, 6, 1), date(2022, 6, 1), date(2026, 11, 23)]
T_DXD = "trastuzumab-deruxtecan"


def guidance(day: date, region: str, told: Given) -> Guidance:
    edition = read_library().edition("current", region, day)
    facts = edition.library.facts
    recorded = {fact: Known(value, Origin("recorded")) for fact, value in told.items()}
    settled = settle(list(facts.values()), recorded, edition.library.contradictions)
    return apply(edition, Case("drawn", day, settled.known, settled.conflicts))


@lru_cache
def patients(beginning: tuple[tuple[str, Value], ...]) -> st.SearchStrategy[Given]:
    """A fixed beginning and a few facts that follow from no other, at random."""
    loose = {f.id: value_of(f) for f in read_library().facts.values() if not (f.derive or f.findings)}
    fixed = dict(beginning)
    rows = st.fixed_dictionaries({}, optional={k: v for k, v in loose.items() if k not in fixed})
    return rows.map(lambda row: {**row, **fixed})


def drawn(**fixed: Value) -> st.SearchStrategy[tuple[date, str, Given]]:
    return st.deferred(
        lambda: st.tuples(st.sampled_from(DAYS), st.sampled_from(["us", "eu"]), patients(tuple(fixed.items())))
    )


def offered(found: Guidance) -> Iterator[tuple[Option, str, str]]:
    """Each agent of each option that is not ruled out, with its class."""
    agents = read_library().agents
    for option in found.options:
        for agent in option.agents:
            if "ruled out" not in (option.standing, agent.standing):
                yield option, agent.agent, agents[agent.agent].drug_class or ""


@FEW
@given(drawn(her2_status="negative"))
def test_without_her2_only_the_licensed_uses_in_advanced_low_disease(drawn: tuple[date, str, Given]) -> None:
    found = guidance(*drawn)
    values = found.case.values()
    for option, agent, kind in offered(found):
        if kind in HER2_CLASSES and values.get("her2_status") == "negative":
            assert agent == T_DXD, option.recommendation
            assert values.get("her2_level") in ("low", "ultralow"), option.recommendation
            assert values.get("advanced_disease") is True, option.recommendation


@FEW
@given(drawn(pregnant=True))
def test_in_pregnancy_no_her2_drug_and_no_endocrine_drug(drawn: tuple[date, str, Given]) -> None:
    found = guidance(*drawn)
    if found.case.values().get("pregnant"):
        assert [a for _, a, kind in offered(found) if kind in HER2_CLASSES | ENDOCRINE] == []


@FEW
@given(drawn(pregnant=True, gestation_weeks=10))
def test_in_the_first_trimester_no_chemotherapy(drawn: tuple[date, str, Given]) -> None:
    found = guidance(*drawn)
    if found.case.values().get("pregnant"):
        assert [a for _, a, kind in offered(found) if kind in CHEMOTHERAPY] == []


def residual(**told: Value) -> dict[str, set[str]]:
    """The regimens for residual disease by place, in the US on the last day drawn."""
    beginning: Given = {
        "her2_status": "positive",
        "disease_extent": "early",
        "clinical_t": "T2",
        "clinical_n": "N1",
        "breast_surgery": "mastectomy",
        "neoadjuvant_her2_therapy": True,
        "adjuvant_her2_therapy_completed": False,
    }
    found = guidance(DAYS[-1], "us", {**beginning, **told})
    rows: dict[str, set[str]] = {}
    for option in found.options:
        if option.decision == "early-residual":
            rows.setdefault(str(option.place), set()).add(option.regimen)
    return rows


@pytest.mark.parametrize("n", ["N1mi", "N1a", "N2a"])
def test_pathology_after_neoadjuvant_treatment_counts_without_its_prefix(n: str) -> None:
    after = residual(yp_t="T1c", yp_n=n)
    assert after["preferred"] == {"t-dxd-adjuvant"}
    assert residual(pathological_t="T1c", pathological_n=n) == after


def test_clear_nodes_after_neoadjuvant_treatment_count_without_their_prefix() -> None:
    after = residual(yp_t="T1c", yp_n="N0")
    assert after["preferred"] == {"t-dm1"}
    assert residual(pathological_t="T1c", pathological_n="N0") == after


@FEW
@given(drawn(her2_status="positive", disease_extent="early", pathological_response="residual"))
def test_residual_disease_never_shows_antibodies_without_a_conjugate(drawn: tuple[date, str, Given]) -> None:
    _, region, told = drawn
    found = guidance(date(2026, 11, 23), region, {**told, "adjuvant_her2_therapy_completed": False})
    values = found.case.values()
    if values.get("neoadjuvant_her2_therapy") is True and values.get("adjuvant_her2_therapy_completed") is False:
        here = {option.regimen for option in found.options if option.decision == "early-residual"}
        assert not here & {"trastuzumab", "trastuzumab-pertuzumab"} or here & {"t-dm1", "t-dxd-adjuvant"}


def test_after_neoadjuvant_treatment_the_stage_is_the_clinical_one() -> None:
    told: Given = {"clinical_t": "T3", "clinical_n": "N1", "pathological_t": "T1a", "pathological_n": "N0"}
    facts = read_library().facts
    for treated, t, n in ((True, "T3", "N1"), (False, "T1", "N0")):
        row = {**told, "neoadjuvant_her2_therapy": treated, "neoadjuvant_chemotherapy": treated}
        recorded = {fact: Known(value, Origin("recorded")) for fact, value in row.items()}
        known = settle(list(facts.values()), recorded, read_library().contradictions).known
        assert (known["t"].value, known["n"].value) == (t, n)


@FEW
@given(drawn(lung_inflammation="current"))
def test_with_lung_inflammation_never_the_conjugate_that_causes_it(drawn: tuple[date, str, Given]) -> None:
    assert [a for _, a, _ in offered(guidance(*drawn)) if a == T_DXD] == []


@FEW
@given(drawn(er_status="negative", pr_status="negative"))
def test_without_hormone_receptors_no_endocrine_drug_against_the_cancer(drawn: tuple[date, str, Given]) -> None:
    found = guidance(*drawn)
    if found.case.values().get("hr_status") == "negative":
        endocrine = [(o.recommendation, a) for o, a, kind in offered(found) if kind in ENDOCRINE - {"gnrh_agonist"}]
        assert endocrine == []


@FEW
@given(drawn(disease_extent="in_situ"))
def test_in_situ_disease_gets_no_her2_drug_and_no_chemotherapy(drawn: tuple[date, str, Given]) -> None:
    found = guidance(*drawn)
    if found.case.values().get("disease_extent") == "in_situ":
        wrong = [
            o.recommendation for o, _, kind in offered(found) if kind in HER2_CLASSES | {"taxane", "anthracycline"}
        ]
        assert wrong == []


def licensed_places(library: Library) -> list[tuple[str, str, date, str]]:
    """Each recommendation that offers a regimen with a HER2 drug: region, first day, agent."""
    rows = []
    for item in library.editions["current"].recommendations:
        if item.recommend.action != "offer" or item.recommend.regimen is None:
            continue
        fixed = [a for a in library.regimens[item.recommend.regimen].agents if isinstance(a, str)]
        drugs = [name for name in fixed if library.agents[name].drug_class in HER2_CLASSES]
        for region, places in item.in_force.items():
            rows += [(item.id, region, min(places), name) for name in drugs if places]
    return rows


@pytest.mark.parametrize("region", ["us", "eu"])
def test_nothing_is_offered_before_its_first_licence_in_the_region(library: Library, region: str) -> None:
    early = []
    for name, where, day, agent in licensed_places(library):
        approvals = [a.on for a in library.agents[agent].approvals.get(region, ())]  # type: ignore[call-overload]
        if where == region and (not approvals or day < min(approvals)):
            early.append(f"{name} offers {agent} in {region} from {day}; licensed {min(approvals, default=None)}")
    assert early == []


def test_the_edition_answers_from_its_first_day_to_its_review(library: Library) -> None:
    head = library.editions["current"].head
    for region in head.regions:
        assert library.edition("current", region, head.first_day).recommendations
    items = library.editions["current"].recommendations
    assert min(day for item in items for days in item.in_force.values() for day in days) >= head.first_day


def test_every_recommendation_rests_on_evidence_or_says_on_what(library: Library) -> None:
    for item in library.editions["current"].recommendations:
        assert item.evidence or item.basis, item.id
        assert len(item.examples) >= 3, item.id
        assert {example.expect for example in item.examples} == {"applies", "does not apply", "cannot tell"}, item.id


def test_every_decision_has_its_options(library: Library) -> None:
    edition = library.editions["current"]
    named = {item.decision for item in edition.recommendations}
    assert named == {decision.id for decision in edition.head.decisions}
