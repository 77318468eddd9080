"""The criteria of an edition, each once: many recommendations share them, and few answers are ever new.

In: the recommendations of an edition, then what is known of a case. Out: a verdict for each. The trace of a criterion
depends on the truths of its questions alone, and a verdict on its criteria and what each still asks: what came out
once is kept and given again. The meaning is that of `language.evaluate`, which it calls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from ..kleene import Truth, all_of
from ..language.compiled import Meaning, meaning_of
from ..language.evaluate import atoms_in, trace_criterion
from ..language.needs import Questions, unknown_facts
from ..library.library import EditionInForce, InForce
from ..model.condition import Criterion, IsUnknown
from ..model.guidance import CriterionTrace, Verdict
from ..model.knowledge import Place, Recommendation

Pick = Callable[[Sequence[Any]], Any]
MOST_KEPT = 4096  # verdicts on one recommendation; then they are collected anew


class Answer(NamedTuple):
    """A criterion for a case: its trace, and what to ask where it cannot be told."""

    trace: CriterionTrace
    needs: tuple[str, ...] = ()


class Asked:
    """One criterion: `pick` takes the truths of its questions out of those of all."""

    def __init__(self, criterion: Criterion, pick: Pick) -> None:
        self.criterion = criterion
        self.pick = pick
        self.traces: dict[Any, tuple[Answer, tuple[str, ...]]] = {}
        self.answers: dict[Any, Answer] = {}

    def answer(self, truths: Sequence[Truth], questions: Questions) -> Answer:
        """The same answer is the same object."""
        found = self.pick(truths)
        if found not in self.traces:
            trace = trace_criterion(self.criterion, questions.values)
            self.traces[found] = Answer(trace), tuple(dict.fromkeys(unknown_facts(trace.step)))
        answer, unknown = self.traces[found]
        if not unknown:
            return answer
        needs = questions.ask_each(unknown)
        if (found, needs) not in self.answers:
            self.answers[found, needs] = Answer(answer.trace, needs)
        return self.answers[found, needs]


class Advised:
    """One recommendation: `pick` takes its own criteria, those of the condition before those of `studied_in`."""

    def __init__(self, item: Recommendation, pick: Pick) -> None:
        self.item = item
        self.pick = pick
        self.verdicts: dict[Any, Verdict] = {}

    def verdict(self, place: Place, numbers: Sequence[int], answers: Sequence[Answer]) -> Verdict:
        """What its criteria came to; `numbers`: one for each answer, the same for the same answer."""
        key = place, self.pick(numbers)
        found = self.verdicts.get(key)
        if found is None:
            if len(self.verdicts) == MOST_KEPT:
                self.verdicts.clear()
            found = self.verdicts[key] = self.work_out(place, self.pick(answers))
        return found

    def work_out(self, place: Place, answers: Sequence[Answer]) -> Verdict:
        item, count = self.item, len(self.item.when.criteria)
        trace = tuple(answer.trace for answer in answers[:count])
        truth = all_of(found.truth for found in trace)
        asked = (fact for answer in answers[:count] for fact in answer.needs)
        needs = tuple(dict.fromkeys(asked)) if truth is None else ()
        studied = all_of(answer.trace.truth for answer in answers[count:])
        return Verdict(item.id, item.decision, item.recommend.action, place, truth, trace, needs, studied)


class Criteria:
    """Every criterion of some recommendations, and every question of a criterion."""

    def __init__(self, recommendations: Sequence[Recommendation]) -> None:
        self.recommendations = recommendations
        named = [(item, (*item.when.criteria, *item.studied_in.criteria)) for item in recommendations]
        criteria = {c.text: c for _, own in named for c in own}
        atoms = dict.fromkeys(atom for c in criteria.values() for atom in atoms_in(c.expression))
        place = {atom: number for number, atom in enumerate(atoms)}
        self.blank: list[Truth] = [True if isinstance(atom, IsUnknown) else None for atom in atoms]
        self.about: dict[str, list[tuple[int, Meaning]]] = {}
        for atom, number in place.items():
            self.about.setdefault(atom.fact, []).append((number, meaning_of(atom)))
        self.asked = [Asked(c, itemgetter(*(place[a] for a in atoms_in(c.expression)))) for c in criteria.values()]
        order = {text: number for number, text in enumerate(criteria)}
        self.advised = {item.id: Advised(item, picking([order[c.text] for c in own])) for item, own in named}

    def verdicts(self, entries: Sequence[InForce], questions: Questions) -> list[Verdict]:
        """The verdict on each recommendation in force."""
        truths, look = self.blank.copy(), questions.values.get
        for fact in questions.values:
            for number, truth in self.about.get(fact, ()):
                truths[number] = truth(look)
        answers = [asked.answer(truths, questions) for asked in self.asked]
        numbers = [id(answer) for answer in answers]  # all are kept, so none is used twice
        return [self.advised[entry.item.id].verdict(entry.place, numbers, answers) for entry in entries]


def picking(places: Sequence[int]) -> Pick:
    """What takes the items at these places out of a sequence, always as a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda items: tuple(items[place] for place in places)


MADE: dict[tuple[str, str], Criteria] = {}


def criteria_of(edition: EditionInForce) -> Criteria:
    """The criteria of the whole edition, made once for each library."""
    name = edition.head.id
    recommendations = edition.library.editions[name].recommendations
    made = MADE.get((edition.library.digest, name))
    if made is None or made.recommendations is not recommendations:
        made = MADE[edition.library.digest, name] = Criteria(recommendations)
    return made
