"""The three-valued tables, complete, and folds over any number of truths."""

from __future__ import annotations

from itertools import product

import pytest

from her2guide.kleene import Truth, all_of, any_of, negate

TRUTHS: tuple[Truth, ...] = (False, None, True)
RANK = {False: 0, None: 1, True: 2}
LISTS = [truths for length in range(5) for truths in product(TRUTHS, repeat=length)]


@pytest.mark.parametrize("truths", LISTS)
def test_and_is_the_least_and_or_the_greatest(truths: tuple[Truth, ...]) -> None:
    assert all_of(truths) is min((True, *truths), key=RANK.__getitem__)
    assert any_of(truths) is max((False, *truths), key=RANK.__getitem__)


def test_not_turns_round_and_leaves_unknown() -> None:
    assert [negate(truth) for truth in TRUTHS] == [True, None, False]


def test_and_does_not_look_further_than_false() -> None:
    truths = iter([True, False, True])
    assert all_of(truths) is False and list(truths) == [True]


def test_or_does_not_look_further_than_true() -> None:
    truths = iter([False, True, False])
    assert any_of(truths) is True and list(truths) == [False]
