"""The hazard log names only files and tests that exist, and says something in every field."""

from __future__ import annotations

import ast
from functools import lru_cache

import pytest

from tests.conftest import ROOT
from tools import hazards_page
from tools.hazards_page import Hazard

HAZARDS = hazards_page.hazards()
each_hazard = pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard.id)


@lru_cache
def named_in(name: str) -> frozenset[str]:
    """The tests of a file, without running it; those that are always skipped are none."""
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    functions = (item for item in tree.body if isinstance(item, ast.FunctionDef) and item.name.startswith("test_"))
    return frozenset(f.name for f in functions if not any("mark.skip" in ast.unparse(d) for d in f.decorator_list))


def test_there_are_hazards_enough_and_each_once() -> None:
    assert len(HAZARDS) >= 22
    assert len({hazard.id for hazard in HAZARDS}) == len({hazard.title for hazard in HAZARDS}) == len(HAZARDS)


@each_hazard
def test_a_hazard_is_told_whole(hazard: Hazard) -> None:
    for said in (hazard.cause, hazard.harm, hazard.control, hazard.residual):
        assert said.endswith("."), said
        assert "\n" not in said
    assert hazard.where
    assert hazard.tests


@each_hazard
def test_what_a_hazard_names_exists(hazard: Hazard) -> None:
    assert [name for name in hazard.where if not (ROOT / name).exists()] == []
    for name in hazard.tests:
        place, _, test = name.partition("::")
        assert test in named_in(place), name


def test_a_test_that_is_not_there_would_be_found() -> None:
    assert "test_a_test_that_is_not_there_would_be_found" in named_in("tests/hazards/test_hazards.py")
    assert "test_no_such_thing" not in named_in("tests/hazards/test_hazards.py")


def test_the_page_is_current() -> None:
    assert (ROOT / "docs/hazards.md").read_text(encoding="utf-8") == hazards_page.page(), "run `make docs`"
