"""The clinician's guide: one page of facts, options with place, safety and evidence, and what is missing.

In: guidance and words. Out: blocks. The trace of any line is one `explain` away.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model.guidance import BEST_FIRST, Guidance, Option
from ..model.knowledge import PLACES, Evidence, Recommendation
from .blocks import Block, Bullets, Heading, Paragraph, Table
from .teller import Teller
from .words import Voice, short_name

MOST_ASKED = 10


def clinician_blocks(guidance: Guidance, voice: Voice) -> list[Block]:
    return ClinicianGuide(guidance, voice).blocks()


class ClinicianGuide(Teller):
    def blocks(self) -> list[Block]:
        return [*self.strip(), *self.options(), *self.other(), *self.missing(), *self.trace_hint()]

    def strip(self) -> Iterator[Block]:
        facts = self.voice.library.facts
        rows = [f"{facts[name].title}: {self.known_row(name).text}" for name in self.summary()]
        yield Paragraph("; ".join(rows) or self.voice.label("not_known"))
        yield from self.doubts()

    def options(self) -> Iterator[Block]:
        voice = self.voice
        rows = [self.row(group) for group in self.option_groups() if not self.is_supportive(group[0])]
        yield Heading(voice.label("options_clinician"))
        if rows:
            last = "column_audit" if self.audits_edition else "column_basis"
            head = ("column_option", "column_standing", "column_evidence", last)
            yield Table(voice.label("options_clinician"), tuple(voice.label(name) for name in head), tuple(rows))
        else:
            yield Paragraph(voice.label("nothing_found"))
        if supportive := self.supportive():
            yield Paragraph(f"{voice.label('supportive')}: {supportive}.")

    def supportive(self) -> str:
        """Measures for symptoms, by place. An audited text has to fit on one page, so its regimens are named alone."""
        places: dict[str, list[str]] = {place: [] for place in PLACES}
        for option in self.guidance.options:
            if self.is_supportive(option):
                title = self.regimen(option) if self.audits_edition else self.item(option).title
                places[option.place].append(title)
        return ". ".join(f"{place}: {'; '.join(titles)}" for place, titles in places.items() if titles)

    def regimen(self, option: Option) -> str:
        return self.voice.library.regimens[option.regimen].title

    def row(self, group: list[Option]) -> tuple[str, ...]:
        """One regimen of one decision; its basis and audit gather those of all its recommendations."""
        option, items = group[0], [self.item(member) for member in group]
        decision = next(d.title for d in self.edition.head.decisions if d.id == option.decision)
        named = f"{decision}: {self.regimen(option)} ({items[0].recommend.action}, {option.place}; {items[0].id})"
        last = [self.audit(item) if self.audits_edition else self.basis(item) for item in items]
        audits = "; ".join(dict.fromkeys(text for text in last if text))
        evidence = [figure(e, with_arms=not self.audits_edition) for item in items for e in self.evidence(item)]
        return (named, self.standing(option), "; ".join(dict.fromkeys(evidence[:2])), audits)

    def standing(self, option: Option) -> str:
        """The standing with its reasons; where one of several agents is given, who stands how."""
        if any(agent.instead_of for agent in option.agents):
            groups: dict[str, list[str]] = {}
            for agent in option.agents:
                groups.setdefault(agent.standing, []).append(agent.agent)
            said = [f"{standing}: {', '.join(groups[standing])}" for standing in BEST_FIRST if standing in groups]
            whole = [] if said[0].startswith(f"{option.standing}:") else [f"as a whole {option.standing}"]
            return "; ".join([*whole, *said, *self.reasons(option, "never"), *self.reasons(option, "caution")])
        titles = ", ".join(self.voice.library.facts[fact].title for fact in self.needs(option))
        check = [titles] if titles else []
        said = self.reasons(option, "never") or [*check, *self.reasons(option, "caution")]
        return f"{option.standing}: {'; '.join(said)}" if said else option.standing

    def reasons(self, option: Option, kind: str) -> list[str]:
        """Why, of all agents, each reason once."""
        findings = [finding for agent in option.agents for finding in agent.findings]
        return list(dict.fromkeys(finding.because for finding in findings if finding.kind == kind))

    def audit(self, item: Recommendation) -> str:
        """The gravest audit of what the edition says here, and what holds instead."""
        for claim in self.corrections(item.id)[:1]:
            since = f" since {claim.since}" if claim.since else ""
            return f"{claim.verdict}{since}: {claim.now}"
        return ""

    def basis(self, item: Recommendation) -> str:
        """Strength and certainty, what the publishers say themselves, and who was not in the trial."""
        graded = "" if item.strength == item.certainty == "not graded" else f"{item.strength}, {item.certainty}"
        sources = self.voice.library.sources
        own = [f"{short_name(sources[name])}: {grade}" for name, grade in item.grades.items()]
        studied = {
            True: "",
            False: self.voice.label("off_trial"),
            None: self.voice.label("perhaps_off_trial"),
        }[self.verdicts[item.id].studied]
        return "; ".join(part for part in (graded, *own, item.basis or "", studied) if part)

    def other(self) -> Iterator[Block]:
        """What applies but is no regimen: tests, things to avoid, things to discuss."""
        found = [
            f"{verdict.action}: {item.title}{f' [{audit}]' if audit else ''}"
            for verdict in self.guidance.verdicts
            for item in (self.items[verdict.recommendation],)
            for audit in (self.audit(item),)
            if verdict.applies and item.recommend.option() is None
        ]
        if found:
            yield Heading(self.voice.label("also_applies"))
            yield Bullets(tuple(found))

    def missing(self) -> Iterator[Block]:
        """The facts that decide most, and every one that must be checked before an option is safe."""
        facts, voice = self.voice.library.facts, self.voice
        decisive = [facts[entry.fact].title for entry in self.guidance.missing if entry.settles]
        to_check = [facts[entry.fact].title for entry in self.guidance.missing if entry.checks]
        if more := len(decisive[MOST_ASKED:]):
            decisive[MOST_ASKED:] = [f"{more} {voice.label('more_facts')}"]
        for name, titles in (("cannot_tell", decisive), ("to_check", to_check)):
            if titles:
                yield Heading(voice.label(name))
                yield Paragraph("; ".join(titles))

    def trace_hint(self) -> Iterator[Block]:
        yield Paragraph(self.voice.label("trace_hint"))


def figure(evidence: Evidence, *, with_arms: bool = True) -> str:
    """One result as a clinician reads it: study, arms, outcome, ratio with its interval."""
    ratio = evidence.ratio
    arms = f" ({evidence.compared} vs {evidence.against})" if evidence.against and with_arms else ""
    study = f"{evidence.study}{arms}"
    if ratio:
        interval = f" ({ratio.low:.2f}-{ratio.high:.2f})" if ratio.low is not None and ratio.high is not None else ""
        return f"{study}: {evidence.outcome}, {ratio.measure} {ratio.value:.2f}{interval}"
    numbers = evidence.figures
    if numbers:
        against = f" vs {numbers.against:g}" if numbers.against is not None else ""
        unit = "%" if numbers.unit == "percent" else "mo"
        return f"{study}: {evidence.outcome}, {numbers.compared:g}{against} {unit}"
    return evidence.study
