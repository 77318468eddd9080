"""Which unknown facts could settle something, in which rows, written into a plan.

In: the truth of every recommendation and the rows in which its option needs a check. Out: fact -> slot. The meaning
is that of `language.needs` and `engine.apply.missing_facts`; a generated test holds them together. Rows are handed
down from what cannot be told to its unknown parts, from a fact to those that it follows from, and end with those asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..language.compiled import facts_of
from ..library.library import EditionInForce
from ..model.condition import All, Any, Condition, Expression, IsUnknown, Not
from ..model.fact import Fact
from ..model.knowledge import Agent
from .columns import AS_OF
from .conditions import Conditions, Rails
from .plan import EVERYTHING, NOTHING, Slot


def missing_facts(
    edition: EditionInForce, found: Conditions, applies: Mapping[str, Rails], checked: Mapping[str, Slot]
) -> dict[str, Slot]:
    """Fact -> where it could settle a recommendation, or (`checked`: where an option needs a check) an option."""
    library, plan = edition.library, found.plan
    questions = {found: Questions(found, library.facts)}
    undecided: dict[Expression, Slot] = {}
    agents: dict[tuple[Conditions, str], Slot] = {}
    for item in (entry.item for entry in edition.recommendations):
        unknown = found.unknown(applies[item.id])
        for part in (criterion.expression for criterion in item.when.criteria):
            undecided[part] = plan.either(undecided.get(part, NOTHING), unknown)
        if item.id in checked:
            regimen = library.regimens[str(item.recommend.regimen)]
            given = found.given(regimen.provides)
            questions.setdefault(given, Questions(given, library.facts))
            for name in regimen.every_agent():
                agents[given, name] = plan.either(agents.get((given, name), NOTHING), checked[item.id])
    for part, rows in undecided.items():
        questions[found].behind(part, rows)
    for (given, name), rows in agents.items():
        questions[given].agent(library.agents[name], rows)
    answers = [asking.answers() for asking in questions.values()]
    return {fact: plan.union(answer.get(fact, NOTHING) for answer in answers) for answer in answers for fact in answer}


class Questions:
    """What to ask of some facts: `rows` are those in which a fact is needed, `asked` those in which it is asked."""

    def __init__(self, found: Conditions, facts: Mapping[str, Fact]) -> None:
        self.found, self.plan, self.facts = found, found.plan, facts
        self.rows: dict[str, Slot] = {}
        self.asked: dict[str, Slot] = {}
        self.known_in_part: dict[str, Slot] = {}

    def behind(self, expression: Expression, rows: Slot) -> None:
        """Need the facts of the parts that are unknown; what is already decided needs no asking."""
        if isinstance(expression, IsUnknown):
            return
        rows = self.plan.both(rows, self.found.unknown(self.found.expression(expression)))
        if isinstance(expression, All | Any):
            for part in expression.parts:
                self.behind(part, rows)
        elif isinstance(expression, Not):
            self.behind(expression.part, rows)
        else:
            self.need(expression.fact, rows)

    def need(self, fact: str, rows: Slot) -> None:
        self.rows[fact] = self.plan.either(self.rows.get(fact, NOTHING), rows)

    def agent(self, agent: Agent, rows: Slot) -> None:
        """Need what the bars of an agent leave open, and what must be known before it."""
        for rule in agent.never_when:
            here = self.plan.both(rows, self.found.unknown(self.found.condition(rule.when)))
            for criterion in rule.when.criteria:
                self.behind(criterion.expression, here)
        for fact in agent.know_before:
            self.need(fact, self.plan.both(rows, self.found.absent(fact)))

    def answers(self) -> dict[str, Slot]:
        """From the facts that follow from most to those that follow from none, hand down what is needed."""
        for name in reversed(list(self.facts)):
            if name in self.rows:
                self.hand_down(self.facts[name], self.rows[name])
        return self.asked

    def hand_down(self, fact: Fact, rows: Slot) -> None:
        """A fact is asked for itself while nothing about it is known, else the part that is missing."""
        plan, sources = self.plan, fact.abstract.first_known if fact.abstract else ()
        if fact.ask_directly:
            self.ask(fact, rows)
        elif sources:
            alone = plan.both(rows, self.asked_alone(sources[0]))
            self.ask(fact, alone)
            self.need(sources[0], plan.less(rows, alone))
        else:
            begun = plan.both(rows, self.begun(fact))
            self.ask(fact, plan.less(rows, plan.both(begun, self.open_lines(fact, begun))))

    def ask(self, fact: Fact, rows: Slot) -> None:
        instead = fact.asked_as or fact.id
        itself = self.found.present(instead) if fact.asked_as else NOTHING
        for name, here in ((fact.id, self.plan.both(rows, itself)), (instead, self.plan.less(rows, itself))):
            self.asked[name] = self.plan.either(self.asked.get(name, NOTHING), here)

    def open_lines(self, fact: Fact, rows: Slot) -> Slot:
        """Where a line cannot be told: its first undecided criterion is needed; the next only once that one holds."""
        plan, found, open_rows = self.plan, self.found, NOTHING
        for line in (*fact.derive, *fact.findings):
            unknown = found.unknown(found.condition(line.when))
            open_rows, left = plan.either(open_rows, unknown), plan.both(rows, unknown)
            for part in (criterion.expression for criterion in line.when.criteria):
                self.behind(part, left)
                left = plan.less(left, found.unknown(found.expression(part)))
        return open_rows

    def asked_alone(self, fact: str) -> Slot:
        """Where asking for a fact comes to that fact itself and no other."""
        asking = Questions(self.found, self.facts)
        asking.need(fact, EVERYTHING)
        asked = dict(asking.answers())
        return self.plan.less(asked.pop(fact, NOTHING), self.plan.union(asked.values()))

    def partly_known(self, fact: str) -> Slot:
        """Where a fact, or anything that it follows from, is known."""
        if fact not in self.known_in_part:
            begun = self.begun(self.facts[fact])
            self.known_in_part[fact] = self.plan.either(self.found.present(fact), begun)
        return self.known_in_part[fact]

    def begun(self, fact: Fact) -> Slot:
        """Where anything is known that a fact follows from; on the day of the row, where each has its own."""
        plan, sources = self.plan, fact.abstract.first_known if fact.abstract else ()
        parts = [self.partly_known(name) for name in sources]
        for line in (*fact.derive, *fact.findings):
            days = [part for part in line.when.criteria if facts_of(Condition((part,))) == (AS_OF,)]
            counts = plan.less(EVERYTHING, self.found.condition(Condition(tuple(days))).false)
            known = plan.union(self.partly_known(name) for name in facts_of(line.when) if name != AS_OF)
            parts.append(plan.both(counts, known))
        return plan.union(parts)
