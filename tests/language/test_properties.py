"""What must hold for every condition, tried on random ones over the neutral facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from her2guide.language.compiled import meaning_of
from her2guide.language.evaluate import evaluate
from her2guide.language.needs import needs_of
from her2guide.language.parse import Misread, read_expression
from her2guide.language.sentence import Speaker, opposite_inside
from her2guide.language.settle import Line, decide, line_of, settle
from her2guide.model import condition as tree
from her2guide.model.case import Known, Origin
from her2guide.model.condition import Condition, Criterion, Expression
from her2guide.model.fact import Derivation
from tests.language.specification import example_library

FACTS = example_library().facts
OPERATORS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
NUMBERS = {
    "size": st.integers(0, 12).map(lambda quarter: quarter / 4),
    "count": st.integers(0, 3),
    "temperature": st.integers(-3, 3),
}
CODES = st.sampled_from(["red", "green", "blue"])
steady = settings(derandomize=True, deadline=None, max_examples=300)


def numeric_atoms(fact: str) -> st.SearchStrategy[Expression]:
    numbers = NUMBERS[fact]
    pairs = st.tuples(numbers, numbers).map(sorted)
    return st.one_of(
        st.builds(tree.Compare, st.just(fact), OPERATORS, numbers),
        st.builds(tree.OneOf, st.just(fact), st.lists(numbers, min_size=1, max_size=3).map(tuple)),
        pairs.map(lambda ends: tree.Between(fact, *ends)),
    )


ATOMS: st.SearchStrategy[Expression] = st.one_of(
    st.builds(tree.Yes, st.sampled_from(["fit", "small"])),
    st.builds(tree.Compare, st.just("colour"), st.sampled_from(["=", "<>"]), CODES),
    st.builds(tree.OneOf, st.just("colour"), st.lists(CODES, min_size=1, max_size=3).map(tuple)),
    *(numeric_atoms(fact) for fact in NUMBERS),
)


def larger(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    chain = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(tree.Not, parts), st.builds(tree.All, chain), st.builds(tree.Any, chain))


EXPRESSIONS = st.recursive(ATOMS, larger, max_leaves=8)
ASKING = st.recursive(
    ATOMS | st.builds(tree.IsUnknown, st.sampled_from(["fit", "colour", "size"])), larger, max_leaves=8
)
COMPLETE = st.fixed_dictionaries({"fit": st.booleans(), "small": st.booleans(), "colour": CODES, **NUMBERS})
HIDDEN = st.sets(st.sampled_from(["fit", "small", "colour", *NUMBERS]))


def without(values: dict[str, Any], hidden: set[str]) -> dict[str, Any]:
    return {fact: value for fact, value in values.items() if fact not in hidden}


def write(expression: Expression, inside: bool = False) -> str:
    """An expression as an author would write it; a chain inside anything stands in parentheses."""
    if isinstance(expression, tree.All | tree.Any):
        word = " AND " if isinstance(expression, tree.All) else " OR "
        text = word.join(write(part, inside=True) for part in expression.parts)
        return f"({text})" if inside else text
    if isinstance(expression, tree.Not):
        return f"NOT {write(expression.part, inside=True)}"
    if isinstance(expression, tree.Compare):
        return f"{expression.fact} {expression.operator} {expression.value!r}"
    if isinstance(expression, tree.OneOf):
        return f"{expression.fact} IN ({', '.join(map(repr, expression.values))})"
    if isinstance(expression, tree.Between):
        return f"{expression.fact} BETWEEN {expression.low} AND {expression.high}"
    return f"{expression.fact} IS UNKNOWN" if isinstance(expression, tree.IsUnknown) else expression.fact


def kleene(expression: Expression, values: dict[str, Any]) -> float:
    """The meaning written a second time: 0 is false, 1 is true, a half is unknown; AND is the least."""
    if isinstance(expression, tree.All):
        return min(kleene(part, values) for part in expression.parts)
    if isinstance(expression, tree.Any):
        return max(kleene(part, values) for part in expression.parts)
    if isinstance(expression, tree.Not):
        return 1 - kleene(expression.part, values)
    if isinstance(expression, tree.IsUnknown):
        return float(expression.fact not in values)
    return float(answer(expression, values[expression.fact])) if expression.fact in values else 0.5


def answer(atom: Any, value: Any) -> bool:
    """One question about a known value."""
    if isinstance(atom, tree.OneOf):
        return any(value == other for other in atom.values)
    if isinstance(atom, tree.Between):
        return not (value < atom.low or value > atom.high)
    if isinstance(atom, tree.Yes):
        return bool(value)
    same = value == atom.value
    if atom.operator in ("=", "<>"):
        return same is (atom.operator == "=")
    below = value < atom.value
    return {"<": below, "<=": below or same, ">": not below and not same, ">=": not below}[atom.operator]


@steady
@given(ASKING, COMPLETE, HIDDEN)
def test_evaluation_agrees_with_the_second_meaning(expression: Expression, values: Any, hidden: set[str]) -> None:
    known = without(values, hidden)
    meant = {0: False, 0.5: None, 1: True}[kleene(expression, known)]
    assert evaluate(expression, known).truth is meaning_of(expression)(known.get) is meant


@steady
@given(ASKING)
def test_what_is_written_parses_back_to_the_same_tree(expression: Expression) -> None:
    assert read_expression(write(expression), FACTS, may_ask_unknown=True) == expression


@steady
@given(EXPRESSIONS, COMPLETE, HIDDEN, HIDDEN)
def test_learning_never_turns_a_definite_truth(expression: Expression, values: Any, one: Any, two: Any) -> None:
    """IS UNKNOWN is left out: it asks about the record, so learning is meant to change its answer."""
    before = evaluate(expression, without(values, one | two)).truth
    after = evaluate(expression, without(values, one)).truth
    assert before is None or before == after


LISTS = st.lists(st.tuples(st.sampled_from(["x", "y"]), st.lists(EXPRESSIONS, max_size=2)), max_size=4)


def derivations(lines: list[tuple[str, list[Expression]]]) -> list[Line]:
    return [
        line_of(Derivation(give=give, when=Condition(tuple(Criterion(write(part), part, "here") for part in parts))))
        for give, parts in lines
    ]


@steady
@given(LISTS, COMPLETE, HIDDEN, HIDDEN)
def test_learning_never_turns_a_derived_value(lines: Any, values: Any, one: Any, two: Any) -> None:
    """Of decision lists alone: `first_known` and recorded values that disagree are meant to change the answer."""
    before = decide(derivations(lines), without(values, one | two).get)
    after = decide(derivations(lines), without(values, one).get)
    assert before is None or (after is not None and before.give == after.give)


@steady
@given(LISTS, COMPLETE, HIDDEN)
def test_a_decision_list_agrees_with_its_second_meaning(lines: Any, values: Any, hidden: set[str]) -> None:
    known = without(values, hidden)
    found = decide(derivations(lines), known.get)
    assert (found.give if found else None) == first_that_holds(lines, known)


def test_twenty_and_twenty_point_nought_are_one_value() -> None:
    found = decide(derivations([(20, [tree.Yes("fit")]), (20.0, [])]), {}.get)  # type: ignore[list-item]
    assert found is not None and found.give == 20


def first_that_holds(lines: list[Any], known: dict[str, Any]) -> str | None:
    """From the end: an unknown line decides only what the rest decides anyway."""
    if not lines:
        return None
    (give, parts), rest = lines[0], first_that_holds(lines[1:], known)
    truth = min((kleene(part, known) for part in parts), default=1.0)
    return {1.0: give, 0.5: give if rest == give else None, 0.0: rest}[truth]


@steady
@given(COMPLETE, HIDDEN, HIDDEN)
def test_learning_never_turns_what_follows_step_by_step(values: Any, one: set[str], two: set[str]) -> None:
    """Through two derived facts, one above the other."""
    lists = [fact for fact in FACTS.values() if not fact.findings and not fact.abstract]
    scaled = {**values, "size": values["size"] * 20, "count": values["count"] * 2}
    before, after = (
        settle(lists, {name: Known(value, Origin("recorded")) for name, value in without(scaled, hidden).items()})
        for hidden in (one | two, one)
    )
    assert {name: after.known[name].value for name in before.known} == {n: k.value for n, k in before.known.items()}


@steady
@given(st.lists(EXPRESSIONS, min_size=2, max_size=3).map(tuple), COMPLETE, HIDDEN)
def test_de_morgan_and_double_negation(parts: tuple[Expression, ...], values: Any, hidden: set[str]) -> None:
    known = without(values, hidden)
    opposites = tuple(tree.Not(part) for part in parts)
    for one, other in ((tree.All, tree.Any), (tree.Any, tree.All)):
        whole = one(parts)
        assert evaluate(tree.Not(whole), known).truth == evaluate(other(opposites), known).truth
        assert evaluate(tree.Not(tree.Not(whole)), known).truth == evaluate(whole, known).truth
        assert evaluate(opposite_inside(tree.Not(whole)), known).truth == evaluate(tree.Not(whole), known).truth


@steady
@given(EXPRESSIONS, COMPLETE, HIDDEN)
def test_answering_all_that_is_asked_settles_a_condition(expression: Expression, values: Any, hidden: set[str]) -> None:
    known = without(values, hidden)
    step = evaluate(expression, known)
    asked = needs_of([step], FACTS, known)
    assert set(asked) <= hidden and bool(asked) == (step.truth is None)
    assert evaluate(expression, {**known, **{fact: values[fact] for fact in asked}}).truth is not None


SCRAPS = """fit small colour size count 'red' 20 2.5 = <> < <= > >= == != ! ( ) , . * + - : / ; % ' IN BETWEEN AND OR
NOT IS UNKNOWN NULL TRUE SELECT FROM CASE WHEN THEN END CAST( AS LIKE DATE INTERVAL ANY EXISTS WITH VALUES ORDER BY
LIMIT OVER DISTINCT -> e'x' 0x1 1e5 IF TRIM( EXTRACT( ARRAY UNNEST( """


@settings(steady, max_examples=1500)
@given(st.lists(st.sampled_from(SCRAPS.split()), max_size=9).map(" ".join))
def test_anything_else_is_refused_and_never_crashes(text: str) -> None:
    try:
        expression = read_expression(text, FACTS, may_ask_unknown=True)
    except Misread:
        return
    assert read_expression(write(expression), FACTS, may_ask_unknown=True) == expression


def chains(atoms: tuple[Expression, ...]) -> Iterator[Expression]:
    """Every way to join these atoms in this order with AND, OR, NOT and parentheses."""
    if len(atoms) == 1:
        yield atoms[0]
        return
    for cut in range(1, len(atoms)):
        for left in chains(atoms[:cut]):
            for right in chains(atoms[cut:]):
                for joined in (tree.All((left, right)), tree.Any((left, right))):
                    yield joined
                    yield tree.Not(joined)


def test_two_conditions_that_differ_are_never_said_alike() -> None:
    words = {"and": " and ", "or": " or ", "more": "{fact}>{value}", "number": "{value}", "at_most": "{fact}<={value}"}
    speaker = Speaker(FACTS, words)
    atoms = (tree.Yes("fit"), tree.Yes("small"), tree.Compare("count", ">", 3), tree.Compare("size", ">", 5))
    cases = [
        {"fit": fit, "small": small, "count": count, "size": size}
        for fit in (True, False)
        for small in (True, False)
        for count in (2, 4)
        for size in (4, 6)
    ]
    meaning: dict[str, list[Any]] = {}
    for chain in chains(atoms):
        truths = [evaluate(chain, case).truth for case in cases]
        assert meaning.setdefault(speaker.say(chain), truths) == truths, write(chain)
