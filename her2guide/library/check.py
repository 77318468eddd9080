"""A library -> every place where its files do not agree with each other.

In: items whose own form is right. Out: problems. A library with one does not load.
Words, examples and unverified evidence are the business of `lint`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from ..errors import Problem, nearest
from ..language.compiled import facts_of
from ..model.fact import Contradiction, Fact
from ..model.knowledge import Agent, Claim, Evidence, Phase, Recommendation, Regimen, Source
from .check_names import check_names
from .columns import check_columns
from .library import Edition, Library
from .names import names_of
from .patterns import check_reports

DOI = re.compile(r"10\.\d{4,9}/\S+\Z")  # DOI Handbook, section 2.2
PMID = re.compile(r"\d{1,8}\Z")
NCT = re.compile(r"NCT\d{8}\Z")
DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?\Z")
OPINION = "expert opinion"
FORMS = {
    "DOI": "Write it as 10.1000/182, without https://doi.org/.",
    "PubMed id": "Write its digits alone.",
    "date": "Write YYYY, YYYY-MM or YYYY-MM-DD.",
}


def check_library(library: Library) -> list[Problem]:
    """Every problem across files, in reading order."""
    return [
        *(p for fact in library.facts.values() for p in check_fact(fact, library)),
        *(p for contradiction in library.contradictions for p in check_contradiction(contradiction, library)),
        *(p for agent in library.agents.values() for p in check_agent(agent, library)),
        *(p for regimen in library.regimens.values() for p in check_regimen(regimen, library)),
        *(p for source in library.sources.values() for p in check_source(source)),
        *(p for evidence in library.evidence.values() for p in check_evidence(evidence, library)),
        *(p for claim in library.claims.values() for p in check_claim(claim, library)),
        *(p for edition in library.editions.values() for p in check_edition(edition, library)),
        *check_reports(library.reports, library.facts),
        *(p for item in library.columns.values() for p in check_columns(item, library.agents)),
        *twice("source", "DOI", [(s.id, s.doi) for s in library.sources.values()]),
        *twice("source", "PubMed id", [(s.id, s.pmid) for s in library.sources.values()]),
        *trial_numbers(library.evidence.values()),
        *twice("fact", "code", codes_of(library.facts.values())),
        *twice("agent", "code", codes_of(library.agents.values())),
        *twice("agent", "name", [(a.id, name) for a in library.agents.values() for name in names_of(a)]),
        *check_names(library),
        *twice(
            "edition",
            "recommendation id",
            [(e.head.id, r.id) for e in library.editions.values() for r in e.recommendations],
        ),
    ]


def codes_of(items: Iterable[Fact | Agent]) -> list[tuple[str, str | None]]:
    """Owner and code; some ATC codes are shared by several forms of a drug and left out."""
    coded = [(item.id, system, code) for item in items for system, codes in item.codes.items() for code in codes]
    return [(owner, f"{system} {code}") for owner, system, code in coded if system != "atc"]


def missing(where: str, kind: str, ids: Iterable[str | None], known: Collection[str]) -> Iterator[Problem]:
    """A problem for each id that names nothing."""
    for name in ids:
        if name is not None and name not in known:
            yield Problem(
                where, f"there is no {kind} `{name}`.", nearest(name, known) or "Correct the id, or add the item."
            )


def twice(kind: str, what: str, owned: Iterable[tuple[str, str | None]]) -> Iterator[Problem]:
    """A problem for each value (a DOI, say) that more than one item of a kind claims."""
    pairs = [(f"{kind} {owner}", value) for owner, value in owned if value]
    counts = Counter(value for _, value in pairs)
    for value in (value for value, count in counts.items() if count > 1):
        owners = ", ".join(dict.fromkeys(owner for owner, other in pairs if other == value))
        yield Problem(owners, f"the {what} {value} is claimed more than once.", "Keep it in one place.")


def check_fact(fact: Fact, library: Library) -> Iterator[Problem]:
    where = f"fact {fact.id}"
    yield from missing(where, "source", [fact.source], library.sources)
    yield from missing(where, "fact", [fact.asked_as], library.facts)
    if fact.rises and (fact.kind != "code" or set(fact.rises) != set(fact.values)):
        yield Problem(where, "rises must name each value of the fact once, the lowest first.")
    if fact.kind == "code" and not fact.values:
        yield Problem(where, "a coded fact needs values.", "Add values: with a label for each.")
    if fact.kind == "yes_no" and set(fact.values) != {"yes", "no"}:
        yield Problem(where, "a yes/no fact needs the values yes and no, each as a sentence.", "Add them.")
    if fact.kind in ("integer", "decimal") and not (fact.unit and fact.range):
        yield Problem(where, "a number needs a unit and a range.", "Add what is missing.")
    if fact.abstract:
        yield from missing(where, "fact", fact.abstract.first_known, library.facts)
        treated, months = fact.abstract.treated, fact.abstract.months
        named = [*(treated.agents if treated else ()), *(months.since_last if months else ())]
        named += [agent for agents in fact.abstract.latest_treatment.values() for agent in agents]
        yield from missing(where, "agent", named, library.agents)
        classes = [*(treated.classes if treated else ()), *(months.classes if months else ())]
        classes += fact.abstract.lines.classes if fact.abstract.lines else ()
        yield from missing(where, "drug class", classes, library.drug_classes())
        yield from missing(
            where, "fact", [months.until_first if months else None, fact.abstract.fall_of], library.facts
        )


def check_contradiction(contradiction: Contradiction, library: Library) -> Iterator[Problem]:
    where = f"contradiction {contradiction.id}"
    yield from missing(where, "fact", contradiction.facts, library.facts)
    if not set(contradiction.facts) & set(facts_of(contradiction.when)):
        yield Problem(where, "withdraws none of the facts that its condition names.", "Name them under facts:.")


def check_agent(agent: Agent, library: Library) -> Iterator[Problem]:
    where = f"agent {agent.id}"
    approvals = [approval.source for listed in agent.approvals.values() for approval in listed]
    rules = [rule.source for rule in (*agent.never_when, *agent.caution_when)]
    yield from missing(where, "source", [*agent.sources, *approvals, *rules], library.sources)
    yield from missing(where, "fact", agent.know_before, library.facts)


def check_regimen(regimen: Regimen, library: Library) -> Iterator[Problem]:
    where = f"regimen {regimen.id}"
    named = regimen.every_agent()
    yield from missing(where, "agent", named, library.agents)
    yield from missing(where, "source", regimen.sources, library.sources)
    for phase in regimen.schedule:
        yield from check_phase(where, phase, named)
    if not named:
        yield Problem(where, "a regimen needs at least one agent.", "Add agents:.")
    elif not all(regimen.agents):
        yield Problem(where, "a list of agents of which one is given is empty.", "Name them, or remove the list.")


def check_phase(where: str, phase: Phase, named: Collection[str]) -> Iterator[Problem]:
    """A stretch of a schedule: agents of the regimen, days within the cycle."""
    yield from missing(where, "agent of the regimen", phase.agents, named)
    if not 1 <= min(phase.on_days, default=0) <= max(phase.on_days, default=0) <= phase.cycle_days:
        yield Problem(where, "a day of its schedule lies outside the cycle.", "Count the days from 1.")
    if phase.from_day < 1 or phase.lasts < 1 or (phase.cycles is not None and phase.cycles < 1):
        yield Problem(where, "a number in its schedule is less than 1.", "Count from 1.")


def check_source(source: Source) -> Iterator[Problem]:
    where = f"source {source.id}"
    for kind, value, form in (
        ("DOI", source.doi, DOI),
        ("PubMed id", source.pmid, PMID),
        ("date", source.published, DAY),
    ):
        if value is not None and not form.match(value):
            yield Problem(where, f"'{value}' is not a {kind}.", FORMS[kind])
    if source.checked is None and source.unverified is None:
        yield Problem(where, "says neither what it was checked against nor why it is unverified.", "Add one of them.")


def check_evidence(evidence: Evidence, library: Library) -> Iterator[Problem]:
    where = f"evidence {evidence.id}"
    yield from missing(where, "source", [evidence.source], library.sources)
    if evidence.nct and not NCT.match(evidence.nct):
        yield Problem(where, f"'{evidence.nct}' is not a trial registration number.", "Write NCT and 8 digits.")
    if not DAY.match(evidence.published):
        yield Problem(where, f"'{evidence.published}' is not a date.", FORMS["date"])
    if evidence.checked is None and evidence.unverified is None:
        yield Problem(where, "says neither what it was checked against nor why it is unverified.", "Add one of them.")
    ratio = evidence.ratio
    if ratio and ratio.low is not None and ratio.high is not None and not ratio.low <= ratio.value <= ratio.high:
        yield Problem(
            where, f"the {ratio.measure} {ratio.value} lies outside its own confidence interval.", "Look it up."
        )


def trial_numbers(evidence: Iterable[Evidence]) -> Iterator[Problem]:
    """A registration number belongs to one study, and a study has one."""
    pairs = dict.fromkeys((item.study, item.nct) for item in evidence if item.nct)
    for what, at in (("study", 0), ("trial registration number", 1)):
        counts = Counter(pair[at] for pair in pairs)
        for name in (name for name, count in counts.items() if count > 1):
            other = ", ".join(sorted(str(pair[1 - at]) for pair in pairs if pair[at] == name))
            owners = ", ".join(f"evidence {e.id}" for e in evidence if name in (e.study, e.nct) and e.nct)
            yield Problem(owners, f"the {what} {name} stands with several: {other}.", "Keep the one that is right.")


def check_claim(claim: Claim, library: Library) -> Iterator[Problem]:
    where = f"claim {claim.id}"
    recommendations = {item.id for edition in library.editions.values() for item in edition.recommendations}
    yield from missing(where, "recommendation", claim.recommendations, recommendations)
    yield from missing(where, "source", claim.sources, library.sources)
    if claim.verdict != "supported" and not claim.now:
        yield Problem(where, f"is {claim.verdict} but does not say what holds now.", "Add now:.")


def check_edition(edition: Edition, library: Library) -> Iterator[Problem]:
    decisions = {decision.id for decision in edition.head.decisions}
    yield from missing(f"edition {edition.head.id}", "source", edition.head.sources, library.sources)
    yield from missing(
        f"edition {edition.head.id}", "fact", [entry.show for entry in edition.head.summary], library.facts
    )
    for item in edition.recommendations:
        yield from check_recommendation(item, decisions, edition, library)
    names = Counter(item.id for item in edition.recommendations)
    yield from (Problem(name, "the id stands twice in the edition.") for name, count in names.items() if count > 1)
    for paragraph in edition.paragraphs:
        where = f"{edition.head.id}, {paragraph.section}, paragraph {paragraph.paragraph}"
        targets = [target for statement in paragraph.statements for target in statement.became]
        yield from (problem for target in targets for problem in check_target(where, target, edition, library))


def check_recommendation(
    item: Recommendation, decisions: Collection[str], edition: Edition, library: Library
) -> Iterator[Problem]:
    where = f"recommendation {item.id}"
    yield from missing(where, "decision", [item.decision], decisions)
    yield from missing(where, "regimen", [item.recommend.regimen], library.regimens)
    yield from missing(where, "fact", item.recommend.facts, library.facts)
    yield from missing(where, "evidence", item.evidence, library.evidence)
    yield from missing(where, "source", item.grades, library.sources)
    yield from missing(where, "recommendation", item.in_place_of, {other.id for other in edition.recommendations})
    if not item.evidence and not item.said and OPINION not in (item.basis or ""):
        yield Problem(where, "names no evidence.", f"Add evidence, or a basis that says: {OPINION}.")
    places = {(paragraph.section, paragraph.paragraph) for paragraph in edition.paragraphs}
    for passage in item.said:
        if places and (passage.section, passage.paragraph) not in places:
            place = f"{passage.section}, paragraph {passage.paragraph}"
            yield Problem(where, f"cites {place}, which is not in paragraphs.yaml.", "Correct the passage.")


def check_target(where: str, target: str, edition: Edition, library: Library) -> Iterator[Problem]:
    """`kind:id` of what a statement became."""
    kind, _, name = target.partition(":")
    known: dict[str, Collection[str]] = {
        "recommendation": {item.id for item in edition.recommendations},
        "fact": library.facts,
        "evidence": library.evidence,
        "agent": library.agents,
        "regimen": library.regimens,
        "source": library.sources,
        "claim": library.claims,
        "words": {topic for words in library.words.values() for topic in words},
    }
    if kind not in known:
        yield Problem(where, f"`{target}` names no kind of item.", f"Kinds: {', '.join(known)}.")
    else:
        yield from missing(where, kind, [name], known[kind])
