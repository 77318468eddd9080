"""May a regimen be given? Each rule alone, then what the whole edition must never offer to whom."""

from __future__ import annotations

import pytest

from her2guide.engine.safety import agent_standing, regimen_standing
from her2guide.language.needs import Questions
from her2guide.library.library import Library
from her2guide.model.condition import Value
from her2guide.model.guidance import Guidance
from her2guide.model.knowledge import Agent
from tests.conftest import case_of, guidance_of

from .tiny import tiny_case, tiny_library

TINY = tiny_library()
YES, NO = True, False

# regimen, what is known, standing
STANDINGS: list[tuple[str, dict[str, Value], str]] = [
    ("plain", {}, "offered"),
    ("barred", {"ill": YES}, "ruled out"),
    ("barred", {"ill": NO}, "offered"),
    ("barred", {}, "needs check"),
    ("careful", {"frail": YES}, "offered with caution"),
    ("careful", {"frail": NO}, "offered"),
    ("careful", {}, "offered"),
    ("checked", {}, "needs check"),
    ("checked", {"tested": YES}, "offered"),
    ("checked", {"tested": NO}, "offered"),
    ("counted", {"count": 5, "frail": YES}, "ruled out"),
    ("counted", {"count": 50}, "offered"),
    ("counted", {"count": 5}, "needs check"),
    ("all", {"ill": YES, "frail": YES}, "ruled out"),
    ("all", {"ill": NO, "frail": YES}, "needs check"),
    ("all", {"ill": NO, "frail": YES, "tested": YES}, "offered with caution"),
    ("all", {"ill": NO, "frail": NO, "tested": YES}, "offered"),
    ("pair", {"ill": YES}, "ruled out"),
    ("pair", {}, "needs check"),
    ("pair", {"ill": NO}, "offered"),
    ("either", {"ill": YES, "frail": YES}, "offered with caution"),
    ("either", {"ill": YES}, "offered"),
    ("either", {"ill": NO, "frail": YES}, "offered"),
    ("either-and", {"ill": YES}, "needs check"),
    ("either-and", {"ill": YES, "tested": YES}, "offered"),
    ("healing", {"ill": YES}, "offered"),
    ("healing", {}, "offered"),
]


@pytest.mark.parametrize(("regimen", "given", "standing"), STANDINGS)
def test_the_standing_of_a_regimen(regimen: str, given: dict[str, Value], standing: str) -> None:
    values = tiny_case(TINY, **given).values()
    assert regimen_standing(TINY.regimens[regimen], TINY, Questions(TINY.facts, values))[0] == standing


def test_a_finding_says_why_and_what_it_rests_on() -> None:
    (finding,) = agent_standing(TINY.agents["barred"], TINY, Questions(TINY.facts, {"ill": True})).findings
    assert (finding.kind, finding.because, finding.facts, finding.criteria) == (
        "never",
        "it harms the ill",
        ("ill",),
        ("ill",),
    )
    assert finding.needs == ()


def test_a_bar_that_cannot_be_told_names_what_could_settle_it() -> None:
    (finding,) = agent_standing(TINY.agents["counted"], TINY, Questions(TINY.facts, {"frail": True})).findings
    assert (finding.kind, finding.needs) == ("check", ("low_count",))
    (finding,) = agent_standing(TINY.agents["checked"], TINY, Questions(TINY.facts, {})).findings
    assert (finding.kind, finding.needs) == ("check", ("tested",))


def test_alternatives_know_each_other() -> None:
    _, agents = regimen_standing(TINY.regimens["either"], TINY, Questions(TINY.facts, {"ill": True}))
    assert [(agent.agent, agent.standing, agent.instead_of) for agent in agents] == [
        ("barred", "ruled out", ("careful",)),
        ("careful", "offered", ("barred",)),
    ]


def test_what_a_regimen_provides_is_not_kept_for_the_next(library: Library) -> None:
    values: dict[str, Value] = {"menopausal_status": "premenopausal", "pregnant": False, "ovarian_suppression": False}
    values["sex"] = "female"
    with_it = regimen_standing(
        library.regimens["aromatase-inhibitor-with-ovarian-suppression"], library, Questions(library.facts, values)
    )
    alone = regimen_standing(library.regimens["aromatase-inhibitor"], library, Questions(library.facts, values))
    assert (with_it[0], alone[0]) == ("offered", "ruled out")


# Whole edition: people for whom nothing of a class may be brought up as possible.
EARLY: dict[str, Value] = {"her2_status": "positive", "disease_extent": "early", "er_status": "positive"}
ADVANCED: dict[str, Value] = {
    "her2_status": "positive",
    "disease_extent": "metastatic",
    "er_status": "positive",
    "line_of_therapy": 2,
    "progressing": True,
    "t_dm1_progression": True,
    "prior_t_dm1": True,
    "relapsed": True,
    "relapse_interval": "within_6_months",
    "prior_metastatic_trastuzumab": True,
    "prior_metastatic_taxane": True,
    "brain_metastases": "active",
}
SOUND: dict[str, Value] = {
    "lvef": 60,
    "heart_failure": False,
    "anthracycline_at_the_same_time": False,
    "lung_inflammation": "never",
    "t_dxd_progression": False,
    "dpd_deficiency": "none",
    "brivudine": False,
    "creatinine_clearance": 90,
    "severe_liver_disease": False,
    "qtc": 400,
    "strong_cyp3a_inducer": False,
    "platelets": 250,
    "neutrophils": 4,
    "alt_times_upper_limit": 0.5,
    "bilirubin_times_upper_limit": 0.5,
    "clot_history": False,
}
PEOPLE: list[dict[str, Value]] = [
    {**EARLY, "breast_surgery": "none", "chemotherapy_status": "not_given", "prior_trastuzumab": False},
    {**EARLY, "breast_surgery": "mastectomy", "positive_nodes": 5, "stage": "III", "chemotherapy_status": "completed"},
    {**EARLY, "breast_surgery": "lumpectomy", "prior_adjuvant_trastuzumab": True, "recurrence_risk": "high"},
    {**EARLY, "adjuvant_trastuzumab_completed": True, "chemotherapy_status": "completed"},
    ADVANCED,
    {**EARLY, "disease_extent": "metastatic", "line_of_therapy": 1, "prior_trastuzumab": False},
]


def offered(found: Guidance, library: Library) -> set[tuple[str, str]]:
    """(class or kind, agent) of every agent that stands as possible in an option that is."""
    possible = [option for option in found.options if option.standing.startswith("offered")]
    agents = [a.agent for option in possible for a in option.agents if a.standing.startswith("offered")]
    return {(library.agents[name].drug_class or library.agents[name].kind, name) for name in agents}


BARRED_IN_PREGNANCY = (
    "her2_",
    "aromatase_inhibitor",
    "serm",
    "serd",
    "gnrh_agonist",
    "cdk46_inhibitor",
    "antimetabolite",
    "bone_modifier",
    "radiation",
)


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("menopause", [{}, {"menopausal_status": "premenopausal"}])
def test_in_pregnancy(library: Library, person: dict[str, Value], menopause: dict[str, Value]) -> None:
    found = guidance_of(library, **{**person, **SOUND, **menopause, "pregnant": True})
    assert {name for kind, name in offered(found, library) if kind.startswith(BARRED_IN_PREGNANCY)} == set()
    assert "ruled out" in {option.standing for option in found.options}


@pytest.mark.parametrize("person", PEOPLE)
def test_without_pregnancy_these_people_are_offered_something(library: Library, person: dict[str, Value]) -> None:
    """The tests above and below would pass on an engine that offers nothing to anyone."""
    found = guidance_of(library, **{**person, **SOUND, "menopausal_status": "postmenopausal"})
    kinds = {kind for kind, _ in offered(found, library)}
    assert any(kind.startswith("her2_") for kind in kinds) or "radiation" in kinds


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("status", ["negative", None])
def test_without_a_positive_status_nothing_targets_the_receptor(
    library: Library, person: dict[str, Value], status: str | None
) -> None:
    given = {fact: value for fact, value in person.items() if fact != "her2_status"}
    given |= {"her2_status": status} if status else {"her2_ihc": "2+"}
    found = guidance_of(library, **{**given, **SOUND, "menopausal_status": "postmenopausal"})
    named = {a.agent for option in found.options for a in option.agents}
    assert {name for name in named if (library.agents[name].drug_class or "").startswith("her2_")} == set()
    assert found.options


def test_low_expression_opens_one_conjugate_alone(library: Library) -> None:
    given = {**ADVANCED, **SOUND, "her2_ihc": "1+", "prior_metastatic_chemotherapy": True, "pregnant": False}
    found = guidance_of(library, **{fact: value for fact, value in given.items() if fact != "her2_status"})
    kinds = {pair for pair in offered(found, library) if pair[0].startswith("her2_")}
    assert kinds == {("her2_antibody_drug_conjugate", library.regimens["t-dxd"].agents[0])}


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("suppression", [{}, {"ovarian_suppression": False}])
@pytest.mark.parametrize("status", ["premenopausal", "perimenopausal"])
def test_before_menopause_no_aromatase_inhibitor_without_suppression(
    library: Library, person: dict[str, Value], suppression: dict[str, Value], status: str
) -> None:
    found = guidance_of(library, **{**person, **SOUND, **suppression, "menopausal_status": status, "pregnant": False})
    possible = [option for option in found.options if option.standing.startswith("offered")]
    for option in possible:
        named = {library.agents[a.agent].drug_class for a in option.agents if a.standing.startswith("offered")}
        suppressed = library.regimens[option.regimen].provides.get("ovarian_suppression") is True
        assert suppressed or "aromatase_inhibitor" not in named


def with_agents(library: Library, drug_class: str) -> list[Agent]:
    return [agent for agent in library.agents.values() if agent.drug_class == drug_class]


BARS: list[tuple[str, dict[str, Value], str]] = [
    ("lapatinib-capecitabine", {"dpd_deficiency": "complete"}, "ruled out"),
    ("lapatinib-capecitabine", {"dpd_deficiency": "partial"}, "offered with caution"),
    ("lapatinib-capecitabine", {"creatinine_clearance": 29}, "ruled out"),
    ("tucatinib-trastuzumab-capecitabine", {"dpd_deficiency": "complete"}, "ruled out"),
    ("t-dxd", {"lung_inflammation": "current"}, "ruled out"),
    ("t-dxd", {"lung_inflammation": "past"}, "offered with caution"),
    ("t-dxd", {"lung_inflammation": None}, "needs check"),
    ("t-dm1", {"lung_inflammation": "current"}, "ruled out"),
    ("t-dxd", {"t_dxd_progression": True}, "ruled out"),
    ("t-dxd", {"t_dxd_progression": None}, "needs check"),
    ("t-dm1", {"t_dm1_progression": True}, "ruled out"),
    ("aromatase-inhibitor", {"sex": "male", "gnrh_analogue_now": False}, "ruled out"),
    ("trastuzumab", {"lvef": 39}, "ruled out"),
    ("trastuzumab", {"lvef": 45}, "offered with caution"),
    ("trastuzumab", {"lvef": None}, "needs check"),
    ("trastuzumab", {"anthracycline_at_the_same_time": True}, "ruled out"),
    ("aromatase-inhibitor", {"menopausal_status": "premenopausal"}, "needs check"),
    ("bisphosphonate", {"creatinine_clearance": 29}, "ruled out"),
]


@pytest.mark.parametrize(("regimen", "changed", "standing"), BARS)
def test_bars_that_patients_must_never_meet_unseen(
    library: Library, regimen: str, changed: dict[str, Value | None], standing: str
) -> None:
    sound = {**SOUND, "sex": "female", "pregnant": False, "breastfeeding": False, "disease_extent": "metastatic"}
    sound |= {"menopausal_status": "postmenopausal", "low_calcium": False, "dental_surgery_due": False}
    sound |= {"t_dm1_progression": False}
    before = regimen_standing(
        library.regimens[regimen], library, Questions(library.facts, case_of(library, **sound).values())
    )
    given = {fact: value for fact, value in {**sound, **changed}.items() if value is not None}
    after = regimen_standing(
        library.regimens[regimen], library, Questions(library.facts, case_of(library, **given).values())
    )
    assert (before[0], after[0]) == ("offered", standing)


def test_complete_dpd_deficiency_bars_every_such_regimen(library: Library) -> None:
    case = case_of(library, **{**SOUND, "pregnant": False, "dpd_deficiency": "complete"}).values()
    barred = {rule.id for rule in with_agents(library, "antimetabolite") if "dpd_deficiency" in rule.know_before}
    sole = [r for r in library.regimens.values() if barred & {a for a in r.agents if isinstance(a, str)}]
    assert sole
    assert {regimen_standing(regimen, library, Questions(library.facts, case))[0] for regimen in sole} == {"ruled out"}
