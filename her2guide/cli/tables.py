"""Lists for the terminal: the guidance in short, a case, the facts, the claims."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator

from ..errors import Problem, RequestError, nearest
from ..language.settle import show
from ..library.library import Library
from ..model.case import Case
from ..model.fact import Fact
from ..model.guidance import SAID, Guidance
from ..model.knowledge import Claim


def guidance_text(guidance: Guidance, library: Library) -> str:
    """Options by decision, then what is ruled out, what applies otherwise, what is missing."""
    lines = [f"{guidance.edition} edition, {guidance.region}, as of {guidance.as_of}, knowledge {guidance.knowledge}"]
    for decision in library.editions[guidance.edition].head.decisions:
        options = [option for option in guidance.options if option.decision == decision.id]
        other = [
            v
            for v in guidance.verdicts
            if v.applies
            and v.decision == decision.id
            and not any(o.recommendation == v.recommendation for o in options)
        ]
        if options or other:
            lines += ["", decision.title]
        lines += [f"  {o.standing:<20} {o.place:<11} {o.regimen:<38} {o.recommendation}" for o in options]
        lines += [f"  {v.action:<20} {v.place:<11} {'':<38} {v.recommendation}" for v in other]
    if guidance.missing:
        lines += ["", "Missing facts, the most decisive first"]
        lines += [f"  {m.fact:<44} settles {len(m.settles)}, checks {len(m.checks)}" for m in guidance.missing]
    counts = Counter(SAID[verdict.applies] for verdict in guidance.verdicts)
    lines += ["", ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()))]
    return "\n".join(lines) + "\n"


def case_text(case: Case, library: Library) -> str:
    """Every known fact with its origin, then conflicts and what was passed over."""
    who = case.patient or "an unnamed patient"
    known_facts = f"{len(case.known)} of {len(library.facts)} facts known"
    lines = [f"case of {who} as of {case.as_of}: {known_facts}", ""]
    for name, known in case.known.items():
        origin = known.origin
        places = () if origin.kind == "derived" else origin.where[:2]
        where = f" at {', '.join(places)}" if places else ""
        day = f" on {origin.on}" if origin.on else ""
        rule = f": {origin.rule}" if origin.rule else ""
        lines.append(f"{name:<44} {show(known.value):<18} {origin.kind}{day}{where}{rule}")
    if case.conflicts:
        lines += ["", "Conflicts (these facts stay unknown)"]
        lines += [f"  {conflict.says} ({', '.join(conflict.where)})" for conflict in case.conflicts]
    if case.changes:
        lines += ["", "Changes between specimens (the newest counts)"]
        lines += [f"  {change.says} ({', '.join(change.where)})" for change in case.changes]
    if case.outdated:
        lines += ["", "Too old to count (these facts are unknown until seen again)"]
        lines += [
            f"  {old.fact} {show(old.value)} on {old.on}: counts for {old.good_for_months} months"
            for old in case.outdated
        ]
    if case.unread:
        counts = Counter((unread.what, unread.why) for unread in case.unread)
        lines += ["", f"Passed over ({len(case.unread)} entries)"]
        lines += [f"  {count:>4} x {what}: {why}" for (what, why), count in counts.most_common()]
    return "\n".join(lines) + "\n"


def facts_text(library: Library, name: str | None) -> str:
    """The fact dictionary by topic, or one fact. Raises `RequestError` for an unknown name."""
    if name is not None:
        if name not in library.facts:
            hint = nearest(name, library.facts)
            raise RequestError([Problem(name, "there is no such fact.", hint or "`her2guide facts` lists them.")])
        return "\n".join(fact_lines(library.facts[name])) + "\n"
    lines: list[str] = []
    for topic in dict.fromkeys(fact.topic for fact in library.facts.values()):
        lines += ["", topic.upper()]
        for fact in library.facts.values():
            if fact.topic == topic:
                lines += fact_lines(fact)
    return "\n".join(lines[1:]) + "\n"


def fact_lines(fact: Fact) -> Iterator[str]:
    if fact.kind in ("integer", "decimal") and fact.range:
        form = f"{fact.range.low:g} to {fact.range.high:g} {fact.unit}"
    else:
        form = ", ".join(fact.values)
    yield f"  {fact.id:<44} {fact.title} ({form})"
    for line in fact.derive:
        yield f"      {show(line.give)}: first that holds: {' AND '.join(c.text for c in line.when.criteria)}"
    for line in fact.findings:
        yield f"      {show(line.give)}: found when: {' AND '.join(c.text for c in line.when.criteria)}"
    if fact.codes:
        coded = [f"{system} {', '.join(codes)}" for system, codes in fact.codes.items()]
        yield f"      codes: {'; '.join(coded)}"


def claims_text(library: Library, verdict: str | None) -> str:
    """Every claim with its audit, and the count of each verdict."""
    counts = Counter(claim.verdict for claim in library.claims.values())
    if verdict is not None and verdict not in counts:
        known = ", ".join(counts)
        raise RequestError([Problem("--verdict", f"no claim is '{verdict}'.", f"There is: {known}.")])
    chosen = [claim for claim in library.claims.values() if verdict in (None, claim.verdict)]
    lines = [line for claim in chosen for line in claim_lines(claim)]
    total = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    return "\n".join([*lines, f"{len(chosen)} claims shown; in all {len(library.claims)}: {total}"]) + "\n"


def claim_lines(claim: Claim) -> Iterator[str]:
    since = f" since {claim.since}" if claim.since else ""
    said = ", ".join(f"{passage.section} {passage.paragraph}" for passage in claim.said)
    yield f"{claim.id}  [{claim.verdict}{since}]  ({said})"
    for label, text in (("says", claim.statement), ("why", claim.because), ("now", claim.now or "")):
        if text:
            yield from textwrap.wrap(text, 100, initial_indent=f"    {label + ':':<6}", subsequent_indent=" " * 10)
    if claim.sources:
        yield f"    sources: {', '.join(claim.sources)}"
    yield ""
