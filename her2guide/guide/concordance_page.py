"""A report as data -> one HTML page with its pictures, fonts inside, no script.

In: a report, the questions and the words. Out: HTML 5. Every text is escaped by the template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..cohort.concordance import CLASSES
from ..cohort.concordance_counts import Share, funnel, share
from ..cohort.concordance_knowledge import Question, Questions
from ..language.sentence import Speaker
from ..library.library import Library
from .charts_picture import percent
from .charts_shares import class_bars, share_map
from .charts_sites import funnel_plot, trend
from .concordance_report import DEMAND, DecisionPart, Report, apart
from .html import environment
from .words import Voice, short_reference

MOST_COLUMNS, MOST_FACTS = 40, 16
LARGE = 5  # patients of the largest site: with fewer, no site can lie outside the limits


def concordance_page(report: Report, questions: Questions, library: Library) -> str:
    """The page."""
    page = Page(report, questions, library)
    return environment().get_template("concordance.html").render(page.values())


class Page:
    """Looks up the words and draws the pictures of one report."""

    def __init__(self, report: Report, questions: Questions, library: Library) -> None:
        self.report, self.questions, self.library = report, questions, library
        self.voice = Voice(library, "en")
        self.words: Mapping[str, Any] = library.words["en"]["concordance"]
        self.parts = [part for part in report.decisions if part.total.total]

    def values(self) -> dict[str, Any]:
        report, library = self.report, self.library
        head = library.editions[report.edition].head
        speaker = Speaker(library.facts, self.voice.words["sentences"])  # type: ignore[arg-type]
        return {
            "title": "Given and recommended treatment",
            "report": report,
            "edition": head,
            "questions": self.questions,
            "parts": self.parts,
            "short": list(self.short()),
            "silent": [part.title for part in report.decisions if not part.total.total],
            "decision_titles": {decision.id: decision.title for decision in head.decisions},
            "pictures": self.pictures(),
            "all_gaps": report.missing,
            "listed": apart(report.outcomes),
            "reasons": self.reasons(),
            "rule_words": self.words["rules"],
            "class_words": self.words["classes"],
            "recorded_words": self.words["recorded"],
            "limit_words": self.words["limits"],
            "fact_title": lambda name: library.facts[name].title,
            "regimen_title": lambda name: library.regimens[name].title,
            "agents": lambda names: ", ".join(library.drug_title(name) for name in names),
            "reason_title": self.reason_title,
            "supposed": self.supposed,
            "say": speaker.condition,
            "source": lambda name: short_reference(library.sources[name]),
            "percent": percent,
            "figure": figure,
            "of": lambda part, whole: f"{part} ({percent(part / whole)})" if whole else str(part),
            "kinds": CLASSES,
        }

    def short(self) -> Iterator[str]:
        """What the report says in a few sentences: numerators and denominators only."""
        for table in self.report.tables:
            item, yes, no = self.questions.tables[table.id], table.counts["yes"], table.counts["no"]
            drug = self.questions.groups[item.given].title
            whole, other = sum(yes.values()), sum(no.values())
            if not any(counts["recorded"] + counts["others"] for counts in table.counts.values()):
                yield f"No drug is recorded for any of {self.report.patients} patients: nothing follows from that."
                continue
            yield (
                f"{yes['others'] + yes['none']} of {whole} patients who are {item.yes} have no record of {drug}: in"
                f" {yes['others']} of them other drugs are recorded, in {yes['none']} no drug at all."
                f" {no['recorded']} of {other} who are {item.no} have a record of one."
            )
            yield (
                f"In {sum(table.counts['unknown'].values())} of {self.report.patients} patients it cannot be told which"
                f" of the two they are; in {table.conflicting} of those, records contradict each other."
            )
        for part in sorted(self.parts, key=lambda part: -part.total.followed.whole)[:2]:
            if part.total.followed.whole:
                yield (
                    f"{part.title}: concordant or alternative in {figure(part.total.followed)} of those who can be"
                    f" told; {part.total.counts['cannot tell']} of {part.total.total} concerned cannot be told."
                )

    def pictures(self) -> dict[str, Any]:
        report = self.report
        titles = {part.id: part.title for part in self.parts}
        overview = class_bars("overview", "Patients by decision and class",
                              [(part.title, part.total.counts) for part in self.parts], CLASSES)  # fmt: skip
        found: dict[str, Any] = {"overview": overview}
        for table in report.tables:
            years = [(year, share(counts["recorded"], sum(counts.values()))) for year, counts in table.by_year]
            drawn = trend(f"t-{table.id}", table.title, years, table.marks) if years else ""
            found[table.id] = drawn
        for part in self.parts:
            found[part.id] = self.decision_pictures(part)
        cells = {
            (titles[part.id], str(row.name)): (row.followed.part, row.followed.whole)
            for part in self.parts
            for row in part.by_site
            if row.name is not None
        }
        sites = sorted({site for (_, site), (_, whole) in cells.items() if whole})
        if len(sites) > 1:
            shown = [title for title in titles.values() if any(cells.get((title, s), (0, 0))[1] for s in sites)]
            found["map"] = share_map("map", "Followed by decision and site", shown, sites[:MOST_COLUMNS], cells)
        found["missing"] = self.missing_map("missing", "year")
        found["missing_sites"] = self.missing_map("missing-sites", "site")
        bars = [(demand.title, demand.counts) for demand in report.demand]
        found["demand"] = bars and class_bars("demand", "Patients for each drug", bars, DEMAND, whole=False)
        return found

    def decision_pictures(self, part: DecisionPart) -> dict[str, str]:
        years = [(str(row.name), row.counts) for row in part.by_year if row.name is not None]
        drawn = {"years": class_bars(f"y-{part.id}", f"{part.title} by year", years, CLASSES, whole=False)}
        sites = [row for row in part.by_site if row.name is not None and row.followed.whole]
        limits = funnel(sites)
        if limits and limits.sizes[-1] >= LARGE and len(sites) > 2:  # noqa: PLR2004 - two sites make no funnel
            drawn["funnel"] = funnel_plot(f"f-{part.id}", f"{part.title} by site", sites, limits)
        return drawn

    def missing_map(self, name: str, by: str) -> str:
        groups = self.report.missing_by[by]
        titles = {gap.fact: self.library.facts[gap.fact].title for gap in self.report.missing[:MOST_FACTS]}
        if not titles or not 1 < len(groups) <= MOST_COLUMNS:
            return ""
        cells = {
            (title, group.name): (group.facts.get(fact, 0), group.decisions)
            for fact, title in titles.items()
            for group in groups
        }
        every, wholes = [group.name for group in groups], [group.decisions for group in groups]
        return share_map(name, f"Missing facts by {by}", list(titles.values()), every, cells, wholes)

    def supposed(self, question: Question) -> str:
        return "; ".join(
            self.voice.state(fact, value) for fact, value in {**question.supposed, **question.supposed_if_given}.items()
        )

    def reason_title(self, code: str | None) -> str:
        known = self.questions.reasons.get(code or "")
        return known.title if known else code or ""

    def reasons(self) -> str:
        counted = {code: count for code, count in self.report.reasons.items() if code}
        whole = sum(self.report.reasons.values())
        return ", ".join(f"{self.reason_title(code)} {count} of {whole}" for code, count in counted.items())


def figure(found: Share) -> str:
    """Numerator, denominator, share and interval."""
    if found.low is None or found.high is None:
        return f"{found.part} of {found.whole}"
    return f"{found.part} of {found.whole} ({percent(found.value)}; {percent(found.low)} to {percent(found.high)})"
