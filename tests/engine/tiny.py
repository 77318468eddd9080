"""A knowledge of three facts and a few invented agents: enough to see each rule of the engine alone."""

from __future__ import annotations

from datetime import date

from her2guide.language.settle import settle
from her2guide.library.build import build_library
from her2guide.library.library import Library
from her2guide.model.case import Case, Known, Origin
from her2guide.model.condition import Value

DAY = date(2026, 1, 1)

FACTS = """
- {id: ill, title: ill, topic: t, kind: yes_no, values: {yes: ill, no: not ill}}
- {id: frail, title: frail, topic: t, kind: yes_no, values: {yes: frail, no: not frail}}
- {id: tested, title: tested, topic: t, kind: yes_no, values: {yes: tested, no: not tested}}
- {id: count, title: count, topic: t, kind: integer, unit: n, range: {low: 0, high: 100}}
- id: low_count
  title: low count
  topic: t
  kind: yes_no
  values: {yes: low, no: not low}
  derive:
    - {give: yes, when: [count < 10]}
    - {give: no, when: [count >= 10]}
"""

AGENTS = """
- {id: plain, title: plain agent, kind: drug}
- {id: barred, title: barred agent, kind: drug, never_when: [{when: [ill], because: it harms the ill}]}
- {id: careful, title: careful agent, kind: drug, caution_when: [{when: [frail], because: watch the frail}]}
- {id: checked, title: checked agent, kind: drug, know_before: [tested]}
- {id: counted, title: counted agent, kind: drug, never_when: [{when: [low_count, frail], because: too few}]}
- {id: all, title: agent with all rules, kind: drug, never_when: [{when: [ill], because: it harms the ill}],
   caution_when: [{when: [frail], because: watch the frail}], know_before: [tested]}
"""

REGIMENS = """
- {id: plain, title: plain, agents: [plain]}
- {id: barred, title: barred, agents: [barred]}
- {id: careful, title: careful, agents: [careful]}
- {id: checked, title: checked, agents: [checked]}
- {id: counted, title: counted, agents: [counted]}
- {id: all, title: all, agents: [all]}
- {id: pair, title: pair, agents: [plain, barred]}
- {id: either, title: either, agents: [[barred, careful]]}
- {id: either-and, title: either and one more, agents: [[barred, plain], checked]}
- {id: healing, title: healing, agents: [barred], provides: {ill: no}}
"""

EDITION = """
id: small
title: small
describes: small
first_day: 2020-01-01
review_by: 2126-06-01
expires: 2127-01-01
regions: [us, eu]
decisions: [{id: d, title: decision}]
"""

RULE = """
- id: {id}
  title: {id}
  decision: d
  when: {when}
  recommend: {recommend}
  in_force: {{us: {{2020-01-01: preferred, 2024-01-01: alternative}}, eu: {{}}}}
  strength: strong
  certainty: high
  basis: expert opinion
  reviewed: {{on: 2026-01-01, status: checked}}
"""

ADVICE = [
    ("when-ill", "[ill]", "{action: offer, regimen: plain}"),
    ("when-low", "[low_count, NOT ill]", "{action: consider, regimen: checked}"),
    ("when-either", "[ill OR frail]", "{action: discuss, regimen: barred}"),
    ("when-frail", "[frail]", "{action: avoid, regimen: plain}"),
    ("untested", "[tested IS UNKNOWN]", "{action: obtain, facts: [tested]}"),
    ("talk", "[frail]", "{action: discuss}"),
]


def tiny_library() -> Library:
    rules = "".join(RULE.format(id=name, when=when, recommend=advice) for name, when, advice in ADVICE)
    files = {
        "facts/all.yaml": FACTS,
        "agents/all.yaml": AGENTS,
        "regimens/all.yaml": REGIMENS,
        "editions/small/edition.yaml": EDITION,
        "editions/small/rules.yaml": rules,
    }
    return build_library(files, "tiny")


def tiny_case(library: Library, as_of: date = DAY, **given: Value) -> Case:
    recorded = {fact: Known(value, Origin("recorded")) for fact, value in given.items()}
    return Case("test", as_of, settle(list(library.facts.values()), recorded).known)
