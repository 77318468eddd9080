"""The book can be read from end to end and nothing in it reads as its opposite."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from msgspec.structs import replace

from her2guide.guide.book import besides, chapter, dated, has_ended, result, shared, write_book
from her2guide.guide.words import Voice, short_name
from her2guide.library.library import Library
from her2guide.model.knowledge import DatedPlace, Recommendation

OLD, NEW, LAST = date(2010, 1, 1), date(2020, 1, 1), date(2025, 1, 1)


@pytest.fixture(scope="module")
def book(library: Library) -> dict[str, str]:
    """What stands in each section of the book without what can be unfolded, by its id; the whole under `all`."""
    html = re.sub(r"(?s)<style>.*?</style>|<details>.*?</details>", "", write_book(library))
    sections = re.findall(r'(?s)<section id="([^"]+)">(.*?)</section>', html)
    return {name: text(part) for name, part in [*sections, ("all", html)]}


def text(html: str) -> str:
    bare = re.sub(r"<[^>]+>", " ", re.sub(r"</?strong>", "", html))
    return re.sub(r"\s+", " ", unescape(bare)).strip()


def recommendations(library: Library) -> list[Recommendation]:
    return [item for edition in library.editions.values() for item in edition.recommendations]


def placed(library: Library, action: str, places: dict[date, DatedPlace]) -> str:
    item = next(item for item in recommendations(library) if item.recommend.action == action)
    return dated(replace(item, in_force={"us": places}), "us", Voice(library, "en"))


@pytest.mark.parametrize(
    ("action", "places", "says"),
    [
        ("offer", {OLD: "preferred", NEW: "alternative"}, "preferred from 2010-01-01; alternative from 2020-01-01"),
        ("offer", {OLD: "preferred", NEW: "withdrawn"}, "preferred from 2010-01-01; withdrawn on 2020-01-01"),
        ("offer", {NEW: "later", OLD: "preferred"}, "preferred from 2010-01-01; later from 2020-01-01"),
        ("offer", {}, "not in force"),
        ("avoid", {OLD: "preferred"}, "avoid from 2010-01-01"),
        ("avoid", {OLD: "alternative", NEW: "preferred"}, "may be left out from 2010-01-01; avoid from 2020-01-01"),
        ("avoid", {OLD: "preferred", NEW: "withdrawn"}, "avoid from 2010-01-01; withdrawn on 2020-01-01"),
        ("obtain", {OLD: "preferred"}, "from 2010-01-01"),
        ("obtain", {OLD: "preferred", NEW: "withdrawn"}, "from 2010-01-01; withdrawn on 2020-01-01"),
        ("obtain", {OLD: "alternative", NEW: "later"}, "optional from 2010-01-01"),
        ("discuss", {OLD: "preferred"}, "from 2010-01-01"),
        ("discuss", {OLD: "alternative", NEW: "preferred"}, "alternative from 2010-01-01; preferred from 2020-01-01"),
    ],
)
def test_a_place_is_said_in_the_words_of_its_action(
    library: Library, action: str, places: dict[date, DatedPlace], says: str
) -> None:
    assert placed(library, action, places) == says


def test_what_is_avoided_says_so_in_its_heading_and_is_never_preferred(library: Library, book: dict[str, str]) -> None:
    avoided = [item for item in recommendations(library) if item.recommend.action == "avoid"]
    for item in avoided:
        assert book[item.id].startswith(f"Avoid: {item.title} {item.id}")
        assert f"avoid: {item.title}." in book[item.id]
        assert not re.search(r"(preferred|alternative|later) from \d", book[item.id])
    assert len(avoided) > 50


def test_no_recommendation_is_about_this(library: Library, book: dict[str, str]) -> None:
    for item in recommendations(library):
        regimen = item.recommend.regimen
        if item.recommend.facts:
            assert "find out: " in book[item.id]
        elif regimen and item.recommend.action != "avoid":
            assert f"{item.recommend.action}: {library.regimens[regimen].title}." in book[item.id]
        else:
            assert f"{item.recommend.action}: {item.title}." in book[item.id]


def test_a_yes_or_no_is_found_out_with_whether(library: Library, book: dict[str, str]) -> None:
    assert "find out: whether the patient is pregnant." in book["work-up-pregnancy-test"]
    assert "it is not known whether the patient is pregnant" in book["work-up-pregnancy-test"]
    assert "find out: heart pumping function (LVEF)." in book["work-up-lvef"]


def test_the_lines_of_a_chapter_and_its_own_make_the_whole_rule(library: Library) -> None:
    for edition in library.editions.values():
        for decision in edition.head.decisions:
            head = shared(edition, decision)
            items = [item for _, part in chapter(edition, decision) for item in part]
            for item in items:
                own = besides(item.when, head)
                said = [line.text for line in (*head.criteria, *own.criteria)]
                assert sorted(said) == sorted(line.text for line in item.when.criteria)
            assert bool(head.criteria) <= (len(items) > 1)


def test_a_chapter_ends_with_what_is_avoided_and_then_with_history(library: Library) -> None:
    for edition in library.editions.values():
        shown = []
        for decision in edition.head.decisions:
            parts = chapter(edition, decision)
            assert [part for part, _ in parts] == [
                part for part in ("do", "avoid", "history") if part in {name for name, _ in parts}
            ]
            for part, items in parts:
                for item in items:
                    assert has_ended(item) == (part == "history")
                    assert part == "history" or (item.recommend.action == "avoid") == (part == "avoid")
                shown += items
        assert sorted(item.id for item in shown) == sorted(item.id for item in edition.recommendations)


def test_a_place_that_still_holds_in_one_region_has_not_ended(library: Library) -> None:
    item = recommendations(library)[0]
    ended: dict[date, DatedPlace] = {OLD: "preferred", NEW: "withdrawn"}
    assert has_ended(replace(item, in_force={"us": ended, "eu": {}}))
    assert not has_ended(replace(item, in_force={"us": ended, "eu": {OLD: "preferred"}}))
    assert not has_ended(replace(item, in_force={"us": {**ended, LAST: "later"}, "eu": {}}))
    assert not has_ended(replace(item, in_force={"us": {}, "eu": {}}))


def test_each_chapter_of_the_current_edition_is_introduced(library: Library, book: dict[str, str]) -> None:
    for decision in library.editions["current"].head.decisions:
        assert decision.intro and text(decision.intro) in book["all"]
        assert 2 <= len(re.findall(r"\.(?= |$)", decision.intro)) <= 5


def test_the_book_says_how_it_is_read_before_the_first_edition(library: Library, book: dict[str, str]) -> None:
    first = next(iter(library.editions.values())).head.describes
    assert 0 < book["all"].index("Certainty says") < book["all"].index(text(first))


def test_a_grade_that_was_not_given_is_not_mentioned(book: dict[str, str]) -> None:
    assert "not graded" not in re.sub(r"left out where they were not graded", "", book["all"])


def test_a_guideline_is_called_by_its_name_and_not_by_its_authors(library: Library, book: dict[str, str]) -> None:
    source = library.sources["wolff-2018-her2-testing"]
    assert short_name(source) == "ASCO/CAP 2018"
    assert short_name(replace(source, short=None)) == "Wolff AC"
    graded = [(item, name) for item in recommendations(library) for name in item.grades]
    for item, name in graded:
        assert f"{short_name(library.sources[name])}: {item.grades[name]}" in book[item.id]


def test_a_result_says_its_ratio_once_and_leaves_the_arms_to_the_evidence_chapter(library: Library) -> None:
    for evidence in library.evidence.values():
        said = result(evidence)
        assert evidence.study in said and evidence.finding in said
        if evidence.ratio:
            assert said.count(f"{evidence.ratio.measure} {evidence.ratio.value:.2f}") == 1
        assert not (evidence.against and f"({evidence.compared} vs" in said)


def test_a_unit_that_the_title_names_is_not_said_again(library: Library) -> None:
    voice = Voice(library, "en")
    assert voice.value("brain_metastases_count", 3) == "3"
    assert voice.value("positive_nodes", 2) == "2"
    assert voice.value("tumour_size", 22) == "22 mm"
    assert voice.value("age", 45) == "45 years"
