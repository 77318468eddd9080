"""Real FHIR records in mCODE shape, where HER2GUIDE_DATA names the folder that holds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from her2guide.chart.abstract import abstract
from her2guide.chart.read import read_chart
from her2guide.engine.apply import apply
from her2guide.library.library import Library
from her2guide.model.guidance import Guidance
from tests.conftest import TODAY


def guidance(library: Library, place: Path) -> Guidance:
    edition = library.edition("article", "us", TODAY)
    return apply(edition, abstract(read_chart(place, library), library.facts, TODAY, library))


def asked_about_her2(found: Guidance, library: Library) -> list[str]:
    """Recommendations of a drug against HER2 that apply, or would if more were known."""
    open_ones = {verdict.recommendation for verdict in found.verdicts if verdict.applies is not False}
    named = []
    for item in library.editions["article"].recommendations:
        regimen = library.regimens.get(item.recommend.regimen or "")
        agents = [
            a for entry in (regimen.agents if regimen else ()) for a in ([entry] if isinstance(entry, str) else entry)
        ]
        if item.id in open_ones and any((library.agents[a].drug_class or "").startswith("her2_") for a in agents):
            named.append(item.id)
    return named


def her2_regimens(found: Guidance, library: Library) -> list[str]:
    """The regimens brought up, whatever their standing, that hold a drug against HER2."""
    classes = {agent.id: agent.drug_class or "" for agent in library.agents.values()}
    named = [o.regimen for o in found.options if any(classes[a.agent].startswith("her2_") for a in o.agents)]
    return sorted(named)


def test_a_positive_patient_of_an_older_server(real_data: Path, library: Library) -> None:
    found = guidance(library, real_data / "fhir" / "camino_Maureen.json")
    values = found.case.values()
    assert {"her2_status": "positive", "m": "M0", "stage": "I", "sex": "female"}.items() <= values.items()
    assert values["prior_trastuzumab"] is True
    assert found.case.known["prior_trastuzumab"].origin.where == ("MedicationOrder/126270",)
    assert found.case.conflicts == ()
    assert "adjuvant_trastuzumab_completed" in {fact for verdict in found.verdicts for fact in verdict.needs}
    assert asked_about_her2(found, library)


def test_what_was_passed_over_is_listed(real_data: Path, library: Library) -> None:
    chart = read_chart(real_data / "fhir" / "camino_Maureen.json", library)
    whys = [unread.why.split(":")[0] for unread in chart.unread]
    assert len(whys) == len({(unread.where, unread.why) for unread in chart.unread})
    assert whys.count("this kind of resource is not used") == 119
    assert [u.why for u in chart.unread if "greater than 2.2" in u.why]


@pytest.mark.parametrize(
    ("name", "extent"), [("mcode_trialmatching_patient01.json", "metastatic"), ("camino_T0_patient.json", "early")]
)
def test_a_negative_patient_is_given_no_drug_against_her2(
    real_data: Path, library: Library, name: str, extent: str
) -> None:
    found = guidance(library, real_data / "fhir" / name)
    values = found.case.values()
    assert (values["her2_status"], values["disease_extent"]) == ("negative", extent)
    assert found.options
    assert her2_regimens(found, library) == []
