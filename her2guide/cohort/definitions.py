"""An edition in force -> named definitions, each in terms of earlier ones: what every fact, verdict and standing is.

In: the edition and which facts are recorded. Out: `Defined`, from which the expressions of other engines are written.
The meaning is that of `kernel`, with three-valued truths in place of pairs of planes. It knows no engine and no row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from ..language.compiled import meaning_of
from ..library.library import EditionInForce
from ..model.condition import All, Any, Atom, Condition, Expression, IsUnknown, Not, Value, Yes
from ..model.fact import Contradiction, Derivation, Fact
from ..model.guidance import BEST_FIRST
from ..model.knowledge import Agent, Recommendation, Regimen
from .rounds import rounds


class Said(Struct, frozen=True):
    """A truth that is known beforehand; None is unknown."""

    truth: bool | None


class Is(Struct, frozen=True):
    """Whether a part has this truth: never unknown."""

    part: Truth
    truth: bool


class Differ(Struct, frozen=True):
    """Whether two definitions have different values; unknown where one of them is."""

    name: str
    other: str


class Every(Struct, frozen=True):
    """AND of two or more parts."""

    parts: tuple[Truth, ...]


class Some(Struct, frozen=True):
    """OR of two or more parts."""

    parts: tuple[Truth, ...]


class Negated(Struct, frozen=True):
    part: Truth


# Atoms name definitions in place of facts.
Truth = Said | Is | Differ | Every | Some | Negated | Atom


class Recorded(Struct, frozen=True):
    """A column of the table."""

    fact: str


class Taken(Struct, frozen=True):
    """The value of another definition."""

    name: str


class Given(Struct, frozen=True):
    """A value that is known beforehand; None is unknown."""

    value: Value | None


Line = tuple[Truth, Taken | Given]


class Choice(Struct, frozen=True):
    """The first line that is true gives the value; unknown where none is."""

    lines: tuple[Line, ...]


Meaning = Recorded | Choice | Truth


class Definition(Struct, frozen=True):
    """`kind` is that of a fact, or `standing`; truths are `yes_no`."""

    name: str
    kind: str
    meaning: Meaning


class Defined(Struct, frozen=True):
    """Definitions in order, and which of them are the facts, the verdicts and the standings."""

    definitions: tuple[Definition, ...]
    facts: Mapping[str, str]
    applies: Mapping[str, str]
    standings: Mapping[str, str]


def define(edition: EditionInForce, recorded: Collection[str]) -> Defined:
    """Everything that an edition says. `recorded`: the facts that the table has columns for."""
    library = edition.library
    writer = Writer()
    facts = settle(list(library.facts.values()), recorded, library.contradictions, writer)
    items = [entry.item for entry in edition.recommendations]
    applies = {item.id: writer.truth(f"applies.{item.id}", facts.condition(item.when)) for item in items}
    standings = Standings(edition, facts, applies).of(items)
    return Defined(tuple(writer.definitions), facts.names, applies, standings)


class Writer:
    """Definitions as they come; what means the same is defined once."""

    def __init__(self) -> None:
        self.definitions: list[Definition] = []
        self.known: dict[tuple[str, Meaning], str] = {}
        self.taken: Counter[str] = Counter()

    def named(self, name: str, kind: str, meaning: Meaning) -> str:
        """The name of a meaning: the one that is wanted, unless it has a name already or another took it."""
        if (kind, meaning) not in self.known:
            self.taken[name] += 1
            name = name if self.taken[name] == 1 else f"{name}.{self.taken[name]}"
            self.known[kind, meaning] = name
            self.definitions.append(Definition(name, kind, meaning))
        return self.known[kind, meaning]

    def truth(self, name: str, truth: Truth) -> str:
        return truth.fact if isinstance(truth, Yes) else self.named(name, "yes_no", truth)

    def refer(self, name: str, truth: Truth) -> Truth:
        """A truth by its name, where it has parts of its own."""
        return truth if isinstance(truth, Said) else Yes(self.truth(name, truth))

    def unknown(self, name: str, truth: Truth) -> Truth:
        """Whether it cannot be told."""
        return Said(truth.truth is None) if isinstance(truth, Said) else IsUnknown(self.truth(name, truth))


class Facts:
    """What the facts are called in one round of settling, and conditions in terms of that."""

    def __init__(self, writer: Writer, names: Mapping[str, str], given: Mapping[str, Value]) -> None:
        self.writer = writer
        self.names = dict(names)
        self.unsure: dict[str, Truth] = {}
        self.given = given

    def condition(self, condition: Condition) -> Truth:
        return every(self.expression(criterion.expression) for criterion in condition.criteria)

    def expression(self, expression: Expression) -> Truth:
        """An expression in terms of definitions. An AND or OR is a definition of its own: many rules share it."""
        if isinstance(expression, Not):
            return negated(self.expression(expression.part))
        if isinstance(expression, All | Any):
            join = every if isinstance(expression, All) else some
            found = join(self.expression(part) for part in expression.parts)
            return self.writer.refer("part", found) if isinstance(found, Every | Some) else found
        return self.atom(expression)

    def atom(self, atom: Atom) -> Truth:
        if atom.fact in self.given:
            return Said(meaning_of(atom)(self.given.get))
        if atom.fact not in self.names:
            return Said(True if isinstance(atom, IsUnknown) else None)
        return replace(atom, fact=self.names[atom.fact])


def every(parts: Iterable[Truth]) -> Truth:
    """AND, without what is known beforehand."""
    return joined(parts, Every, decisive=False)


def some(parts: Iterable[Truth]) -> Truth:
    """OR, without what is known beforehand."""
    return joined(parts, Some, decisive=True)


def joined(parts: Iterable[Truth], join: type[Every | Some], *, decisive: bool) -> Truth:
    kept = dict.fromkeys(part for part in parts if part != Said(not decisive))
    if Said(decisive) in kept:
        return Said(decisive)
    return join(tuple(kept)) if len(kept) > 1 else next(iter(kept), Said(not decisive))


def negated(part: Truth) -> Truth:
    if isinstance(part, Said):
        return Said(None if part.truth is None else not part.truth)
    return part.part if isinstance(part, Negated) else Negated(part)


def certainly(part: Truth) -> Truth:
    """Whether it is known to be true."""
    return Said(part.truth is True) if isinstance(part, Said) else Is(part, True)


def settle(
    facts: Sequence[Fact], recorded: Collection[str], contradictions: Sequence[Contradiction], writer: Writer
) -> Facts:
    """Settle every fact; where a contradiction stands, its facts are withdrawn and the rest settled anew."""
    withdrawn: dict[str, list[Truth]] = {}
    for rules in rounds(facts, contradictions):
        found = settle_once(facts, recorded, withdrawn, writer)
        for rule in rules:
            broken = certainly(writer.refer(f"broken.{rule.id}", found.condition(rule.when)))
            for fact in rule.facts:
                withdrawn.setdefault(fact, []).append(broken)
    return settle_once(facts, recorded, withdrawn, writer)


def settle_once(
    facts: Iterable[Fact], recorded: Collection[str], withdrawn: Mapping[str, Iterable[Truth]], writer: Writer
) -> Facts:
    found = Facts(writer, {}, {})
    for fact in facts:
        answers = list(answers_to(fact, recorded, found))
        if answers:
            settle_fact(fact, answers, some(withdrawn.get(fact.id, ())), found)
    return found


def settle_fact(fact: Fact, answers: Sequence[Meaning], withdrawn: Truth, found: Facts) -> None:
    """The value on which all answers agree; unsure where they do not, and where they are withdrawn."""
    writer, sole = found.writer, len(answers) == 1 and withdrawn == Said(False)
    names = [writer.named(fact.id if sole else f"{fact.id}.answer", fact.kind, answer) for answer in answers]
    first = names[0]
    if len(names) > 1:
        known = choice((Negated(IsUnknown(name)), Taken(name)) for name in names)
        first = writer.named(f"{fact.id}.first", fact.kind, known)
    differ = [Is(Differ(first, name), True) for name in names[1:]]
    unsure = writer.refer(f"{fact.id}.unsure", some((*differ, withdrawn)))
    if unsure != Said(False):
        found.unsure[fact.id] = unsure
        first = writer.named(fact.id, fact.kind, choice([(negated(unsure), Taken(first))]))
    found.names[fact.id] = first


def choice(lines: Iterable[Line]) -> Choice:
    """A choice without the lines that are never true or never reached."""
    kept: list[Line] = []
    for line in lines:
        if line[0] not in (Said(False), Said(None)):
            kept.append(line)
        if line[0] == Said(True):
            break
    return Choice(tuple(kept))


def answers_to(fact: Fact, recorded: Collection[str], found: Facts) -> Iterator[Meaning]:
    """Everything that answers the fact's question: recorded, taken over, decided, found."""
    if fact.id in recorded:
        yield Recorded(fact.id)
    findings: dict[Value, list[Truth]] = {}
    for line in fact.findings:
        findings.setdefault(line.give, []).append(found.condition(line.when))
    listed = [taken(fact, found), decided(fact.derive, found)]
    listed += [[(some(truths), Given(value))] for value, truths in findings.items()]
    yield from (kept for kept in map(choice, listed) if kept.lines)


def taken(fact: Fact, found: Facts) -> list[Line]:
    """From the first source that is known; one that contradicts itself is not passed by for the next."""
    lines: list[Line] = []
    for name in fact.abstract.first_known if fact.abstract else ():
        if name in found.unsure:
            lines.append((found.unsure[name], Given(None)))
        if name in found.names:
            lines.append((Negated(IsUnknown(found.names[name])), Taken(found.names[name])))
    return lines


def decided(derive: Sequence[Derivation], found: Facts) -> list[Line]:
    """A decision list: the first line that holds, unless an earlier line that cannot be told gives another value."""
    lines: list[Line] = []
    undecided: list[tuple[Value, Truth]] = []
    for line in derive:
        truth = found.writer.refer("line", found.condition(line.when))
        others = some(unknown for value, unknown in undecided if value != line.give)
        if others != Said(False):
            lines.append((every((truth, others)), Given(None)))
        lines.append((truth, Given(line.give)))
        undecided.append((line.give, found.writer.unknown("line", truth)))
    return lines


class Standings:
    """How regimens stand; each agent and regimen is defined once."""

    def __init__(self, edition: EditionInForce, facts: Facts, applies: Mapping[str, str]) -> None:
        self.library = edition.library
        self.facts = facts
        self.applies = applies

    def of(self, items: Sequence[Recommendation]) -> dict[str, str]:
        """The standing of each regimen that a recommendation brings up."""
        gives_way: dict[str, list[Truth]] = {}
        for item in items:
            for name in item.in_place_of:
                gives_way.setdefault(name, []).append(Is(Yes(self.applies[item.id]), True))
        found = {}
        for item in items:
            if regimen := item.recommend.option():
                here = (Is(Yes(self.applies[item.id]), True), negated(some(gives_way.get(item.id, ()))))
                standing = self.standing(self.library.regimens[regimen], every(here))
                found[item.id] = self.facts.writer.named(f"standing.{item.id}", "standing", standing)
        return found

    def standing(self, regimen: Regimen, brought_up: Truth) -> Choice:
        """From the worst to the best, unknown where it is not brought up."""
        levels = zip(self.regimen(regimen), BEST_FIRST[1:], strict=True)
        lines = [(level, Given(standing)) for level, standing in levels]
        return choice([(negated(brought_up), Given(None)), *reversed(lines), (Said(True), Given(BEST_FIRST[0]))])

    def regimen(self, regimen: Regimen) -> list[Truth]:
        """At least how bad: as its worst agent; where one of several agents is given, as the best of those."""
        facts, writer = self.facts, self.facts.writer
        if regimen.provides:
            facts = Facts(writer, facts.names, regimen.provides)
        agents = {name: agent_levels(self.library.agents[name], facts) for name in regimen.every_agent()}
        worst = []
        for level, bad in enumerate(BEST_FIRST[1:]):
            choices = [every(agents[name][level] for name in names) for names in regimen.choices()]
            worst.append(writer.refer(f"{bad}.{regimen.id}", some(choices)))
        return worst


def agent_levels(agent: Agent, facts: Facts) -> list[Truth]:
    """Where an agent needs caution or worse, where a check or worse, where it is ruled out."""
    writer = facts.writer
    never = [writer.refer("never", facts.condition(rule.when)) for rule in agent.never_when]
    caution = [writer.refer("caution", facts.condition(rule.when)) for rule in agent.caution_when]
    out = some(map(certainly, never))
    unknown = [writer.unknown("never", truth) for truth in never]
    unknown += [facts.atom(IsUnknown(fact)) for fact in agent.know_before]
    check = some((*unknown, out))
    careful = some((*map(certainly, caution), check))
    levels = zip(BEST_FIRST[1:], (careful, check, out), strict=True)
    return [writer.refer(f"{bad}.{agent.id}", level) for bad, level in levels]
