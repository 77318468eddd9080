"""An author's slips: each is refused at its file and line, with what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from her2guide.documents import read_yaml
from her2guide.errors import KnowledgeError, Problem
from her2guide.library.build import build_library
from her2guide.library.read import knowledge_folder, read_files

RIGHT = {
    "facts/own.yaml": """\
- id: own_size
  title: own size
  topic: stage
  kind: decimal
  unit: mm
  range: {low: 0, high: 400}
  codes: {loinc: ['00000-1']}
- id: own_colour
  title: own colour
  topic: stage
  kind: code
  values: {red: red, green: green}
  derive:
    - give: red
      when: [own_size > 20]
    - give: green
      when: [own_size <= 20]
  reads: {R: red}
- id: own_yes
  title: own yes
  topic: stage
  kind: yes_no
  values: {yes: it is so, no: it is not so}
""",
    "facts/contradictions-own.yaml": """\
- id: own-contradiction
  title: large and green
  when: [own_size > 20, own_colour = 'green']
  facts: [own_size, own_colour]
""",
    "sources/own.yaml": """\
- id: own-source
  title: A source
  kind: article
  authors: Nobody
  published_in: Nowhere 2020
  published: "2020-02"
  doi: 10.1000/own
  pmid: "99999999"
  checked: {on: 2026-11-23, against: abstract}
- id: own-page
  title: A page
  kind: page
  authors: Nobody
  published_in: Nowhere
  unverified: not read
""",
    "evidence/own.yaml": """\
- id: own-evidence
  study: OWN
  design: randomised
  population: people
  people: 100
  compared: this
  against: that
  outcome: survival
  ratio: {measure: HR, value: 0.8, low: 0.7, high: 0.9}
  finding: This was better than that.
  nct: NCT00000001
  published: "2020-02"
  source: own-source
  checked: {on: 2026-11-23, against: abstract}
""",
    "agents/own.yaml": """\
id: own-agent
title: own agent
kind: drug
codes: {rxnorm: ['0000001']}
never_when:
  - when: [own_yes]
    because: it harms
    source: own-source
know_before: [own_yes]
""",
    "regimens/own.yaml": """\
- id: own-regimen
  title: own regimen
  agents: [own-agent]
  provides: {own_yes: yes}
  sources: [own-source]
""",
    "editions/article/own.yaml": """\
- id: own-recommendation
  title: own recommendation
  decision: advanced-local
  when:
    - own_size > 20
    - own_colour = 'red'
  recommend: {action: offer, regimen: own-regimen}
  in_force:
    us: {2024-06-01: preferred}
  strength: strong
  certainty: high
  evidence: [own-evidence]
  reviewed: {on: 2026-11-23, status: checked}
  examples:
    - name: large
      given: {own_size: 30}
      expect: applies
""",
    "claims/own.yaml": """\
- id: own-claim
  said: [{section: advanced, paragraph: 1}]
  statement: It is so.
  verdict: outdated
  because: It was so.
  now: It is not so.
  recommendations: [own-recommendation]
  sources: [own-source]
  audited: 2026-11-23
""",
}
PLACE = Path(__file__).with_name("test_library_slips.yaml")
SLIPS = read_yaml(PLACE.read_text(encoding="utf-8"), PLACE.name).data


@pytest.fixture(scope="session")
def texts() -> dict[str, str]:
    """The knowledge as it stands, and a sound file of our own in each folder."""
    return {**read_files(knowledge_folder()), **RIGHT}


def problems_of(files: dict[str, str]) -> tuple[Problem, ...]:
    with pytest.raises(KnowledgeError) as fault:
        build_library(files, "digest")
    return fault.value.problems


def own(folder: str) -> str:
    return next(name for name in RIGHT if name.startswith(folder))


def test_what_the_slips_are_made_in_is_sound(texts: dict[str, str]) -> None:
    library = build_library(texts, "digest")
    assert library.evidence["own-evidence"].source == "own-source"
    assert "own-recommendation" in {item.id for item in library.editions["article"].recommendations}


@pytest.mark.parametrize("row", [pytest.param(row, id=row["slip"]) for row in SLIPS])
def test_slip(texts: dict[str, str], row: dict[str, Any]) -> None:
    name = own(row["in"])
    assert row["right"] in RIGHT[name]
    problems = problems_of({**texts, name: RIGHT[name].replace(row["right"], row["write"], 1)})
    assert len(problems) == 1, problems
    assert row["says"] in str(problems[0]) and problems[0].do
    assert problems[0].where.split(" ")[0] == f"knowledge/{name}:{row['line']}"


CLAIMED = {
    "DOI 10.1000/same": ("source", "doi: 10.1000/same"),
    "PubMed id 12": ("source", "pmid: '12'"),
    "name same": ("agent", "names: [same]"),
    "code rxnorm 12": ("agent", "codes: {rxnorm: ['12']}"),
    "code loinc 12": ("fact", "codes: {loinc: ['12']}"),
}
BARE = {
    "source": "kind: page, authors: Nobody, published_in: Nowhere, unverified: not read",
    "agent": "kind: supportive",
    "fact": "kind: yes_no, topic: stage, values: {yes: it is so, no: it is not so}",
}


@pytest.mark.parametrize("what", CLAIMED)
def test_what_two_items_claim_is_shown_with_both(texts: dict[str, str], what: str) -> None:
    kind, claim = CLAIMED[what]
    items = [f"- {{id: {name}, title: {name}, {BARE[kind]}, {claim}}}\n" for name in ("first", "second")]
    (problem,) = problems_of({**texts, f"{kind}s/two.yaml": "".join(items)})
    assert str(problem) == (
        f"knowledge/{kind}s/two.yaml:1 ({kind} first), knowledge/{kind}s/two.yaml:2 ({kind} second):"
        f" the {what} is claimed more than once. Keep it in one place."
    )


def test_slips_in_two_files_are_told_together(texts: dict[str, str]) -> None:
    changed = {**texts}
    for folder, right, slip in (("evidence", "people: 100", "people: many"), ("agents", "[own_yes]", "[own_yess]")):
        changed[own(folder)] = RIGHT[own(folder)].replace(right, slip, 1)
    assert [problem.where for problem in problems_of(changed)] == [
        "knowledge/agents/own.yaml:6",
        "knowledge/evidence/own.yaml:5",
    ]


def test_references_in_two_files_are_told_together(texts: dict[str, str]) -> None:
    changed = {**texts}
    for folder, right, slip in (("evidence", "source: own", "source: owl"), ("regimens", "[own-agent]", "[owl-agent]")):
        changed[own(folder)] = RIGHT[own(folder)].replace(right, slip, 1)
    wheres = {problem.where for problem in problems_of(changed)}
    assert wheres == {
        "knowledge/evidence/own.yaml:1 (evidence own-evidence)",
        "knowledge/regimens/own.yaml:1 (regimen own-regimen)",
    }


def test_every_problem_is_one_line_with_its_place(texts: dict[str, str]) -> None:
    changed = {**texts, own("facts"): RIGHT[own("facts")].replace("kind: code", "kind: colour")}
    with pytest.raises(KnowledgeError) as fault:
        build_library(changed, "digest")
    lines = str(fault.value).splitlines()
    assert len(lines) == len(fault.value.problems) and len(set(lines)) == len(lines)
    assert lines[0].startswith("knowledge/facts/own.yaml:11: Invalid enum value 'colour'")
