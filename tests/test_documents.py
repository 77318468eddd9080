"""Files that are wrong or hostile: every one is refused as `Unreadable`, at its line, and at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from her2guide.documents import DEEPEST, LARGEST_FILE, Unreadable, read_json, read_text, read_yaml

MANY = 100_000
MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    """Every test of this file, hostile or not, is over within a second."""
    start = time.perf_counter()
    yield
    assert time.perf_counter() - start < 1


def refusal(read: Callable[..., Any], *given: Any) -> str:
    with pytest.raises(Unreadable) as fault:
        read(*given)
    return str(fault.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("Yes", "Yes"),
        ("on", "on"),
        ("true", "true"),
        ("2026-11-23", "2026-11-23"),
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z"),
        ("12:30", "12:30"),
        ("0123", "0123"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1e5", "1e5"),
        ("+5", "+5"),
        (".nan", ".nan"),
        (".inf", ".inf"),
        ("NaN", "NaN"),
        ("=", "="),
        ("123456789012345678", 123456789012345678),
        ("1234567890123456789", "1234567890123456789"),
        ("0", 0),
        ("-7", -7),
        ("2.50", 2.5),
        ("-0.5", -0.5),
        ("5.", "5."),
        (".5", ".5"),
        ("'12'", "12"),
        ('"12"', "12"),
        ("null", None),
        ("~", None),
        ("", None),
        ("'null'", "null"),
        ("|\n  12\n", "12\n"),
    ],
)
def test_only_plain_numbers_and_null_are_more_than_text(text: str, value: Any) -> None:
    read = read_yaml(f"a: {text}", "f.yaml").data["a"]
    assert read == value and type(read) is type(value)


def test_keys_are_text() -> None:
    assert read_yaml("no: 1\n0123: 2\n12: 3\n2026-11-23: 4\n~: 5", "f.yaml").data == {
        "no": 1,
        "0123": 2,
        "12": 3,
        "2026-11-23": 4,
        "~": 5,
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3: the key `a` stands twice."),
        ("a:\n  - {b: 1, b: 2}\n", "f.yaml:2: the key `b` stands twice."),
        ("a: &x [1]\nb: *x\n", "f.yaml:1: anchors"),
        ("a: 1\nb: *x\n", "f.yaml:2: aliases"),
        ("a: 1\n<<: {b: 1}\n", "f.yaml:2: a key must be plain text."),
        ("a: 1\n? [b]\n: 2\n", "f.yaml:2: a key must be plain text."),
        ("a: 1\n*x : 2\n", "f.yaml:2: a key must be plain text."),
        ("a: 1\n!!str b: 2\n", "f.yaml:2: the tag"),
        ("a:\n  b: !!str 5\n", "f.yaml:2: the tag"),
        ("a: !!python/object/apply:os.system ['true']\n", "f.yaml:1: the tag"),
        ("a: !!binary aGVsbG8=\n", "f.yaml:1: the tag"),
        ("a: ! 5\n", "f.yaml:1: the tag"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: a second document begins."),
        ("a: 1\n b: 2\n", "f.yaml:2: is not valid YAML: mapping values are not allowed"),
        ("a: 1\nb: [1, 2\nc: 3\n", "f.yaml:3: is not valid YAML"),
        ("a: 1\n\tb: 2\n", "f.yaml:2: is not valid YAML"),
        ("a: 'x\n", "is not valid YAML"),
        ("a: 1\nb: x\x00y\n", "f.yaml:2: the control character U+0000 is not allowed."),
        ("a: \x1b[31mred\n", "f.yaml:1: the control character U+001B is not allowed."),
        ("a: \ud800\n", "f.yaml: is not valid YAML"),
    ],
)
def test_yaml_is_refused_at_its_line(text: str, says: str) -> None:
    assert says in refusal(read_yaml, text, "f.yaml")


def test_an_alias_bomb_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x, x, x]\n" + "".join(
        f"{name}: &{name} [*{below}, *{below}, *{below}, *{below}]\n"
        for below, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "f.yaml:1: anchors" in refusal(read_yaml, bomb, "f.yaml")


DEEP = {
    "one level too many": "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1),
    "flow list": "[" * MANY,
    "closed flow list": "[" * MANY + "]" * MANY,
    "flow map": "{a: " * MANY,
    "brackets in quotes before": '["' + "]" * MANY + '", ' + "[" * MANY,
    "dashes in a line": "- " * MANY + "x",
    "dashes after a carriage return": "a:\r" + "- " * MANY + "x",
    "block": "".join(f"{' ' * level}a:\n" for level in range(2000)),
    "block with carriage returns": "".join(f"{' ' * level}a:\r" for level in range(2000)),
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_yaml_is_refused(text: str) -> None:
    assert f"nests more than {DEEPEST} levels deep" in refusal(read_yaml, text, "f.yaml")


@pytest.mark.parametrize("text", ["? " * MANY + "a", "- ? " * MANY + "a", "{? " * MANY])
def test_keys_inside_keys_are_refused(text: str) -> None:
    assert "a key must be plain text" in refusal(read_yaml, text, "f.yaml")


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("levels", [DEEPEST + 1, 500, MANY])
def test_deep_json_is_refused(opening: str, levels: int) -> None:
    text = opening * levels + "1" + ("]" if opening == "[" else "}") * levels
    assert refusal(read_json, text, "f.json").startswith(f"f.json: nests more than {DEEPEST} levels deep")


def test_the_deepest_nesting_allowed_is_read() -> None:
    text = "[" * DEEPEST + "1" + "]" * DEEPEST
    assert read_yaml(text, "f.yaml").data == read_json(text, "f.json")


def test_brackets_in_prose_are_no_nesting() -> None:
    text = "\n".join(f'- "from [{number} on {{"' for number in range(1000))
    assert len(read_yaml(text, "f.yaml").data) == 1000


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": 1, "a": 2}', "f.json: the key `a` stands twice in one object."),
        ('{"a": NaN}', "f.json: NaN is not a number."),
        ('{"a": Infinity}', "f.json: Infinity is not a number."),
        ('{"a": -Infinity}', "f.json: -Infinity is not a number."),
        ('{"a": 1e999}', "f.json: 1e999 is too large a number."),
        ('{"a": ' + "9" * 5000 + "}", "is too long a number."),
        ('{"a": 1,\n "b": }', "f.json:2: is not valid JSON"),
        ('{"a": 1,}', "f.json:1: is not valid JSON"),
        ('{"a": "\n"}', "f.json:1: is not valid JSON"),
        ('{"a": "\\ud800"}', "f.json: half a surrogate pair"),
        ("", "f.json:1: is not valid JSON"),
        ("{} {}", "f.json:1: is not valid JSON"),
    ],
)
def test_json_is_refused(text: str, says: str) -> None:
    assert says in refusal(read_json, text, "f.json")


def test_a_key_that_stands_twice_among_many_is_found_at_once() -> None:
    keys = ",".join(f'"{number}": 1' for number in [*range(MANY), MANY - 1])
    assert f"the key `{MANY - 1}` stands twice" in refusal(read_json, "{" + keys + "}", "f.json")


def test_a_whole_surrogate_pair_is_text() -> None:
    assert read_json('"\\ud83c\\udf97"', "f.json") == "\U0001f397"


def test_lines_are_remembered_for_every_path() -> None:
    document = read_yaml("a:\n  - b: 1\n    c: [2,\n      3]\n", "f.yaml")
    assert document.where(("a", 0, "b")) == "f.yaml:2"
    assert document.where(("a", 0, "c", 1)) == "f.yaml:4"
    assert document.where(("a", 0, "missing", 3)) == "f.yaml:2"
    assert document.where() == "f.yaml:1"


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    place = tmp_path / "empty.yaml"
    for content in ("", "# only a comment\n", "---\n"):
        place.write_text(content)
        assert read_yaml(read_text(place), "empty.yaml").data is None


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    place = tmp_path / "marked.yaml"
    place.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_text(place) == "a: 1\n"


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "latin.yaml"
    place.write_bytes("name: Müller".encode("latin-1"))
    assert refusal(read_text, place) == f"{place}: byte 7 is not UTF-8 text. Save it as UTF-8."


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    assert "cannot be read: Is a directory" in refusal(read_text, tmp_path)
    assert "nothing.yaml: cannot be read: No such file" in refusal(read_text, tmp_path / "nothing.yaml")


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    place = tmp_path / "large.yaml"
    with place.open("wb") as file:
        file.truncate(100 * LARGEST_FILE)
    assert f"large.yaml: the file has more than {LARGEST_FILE // MIB} MB." in refusal(read_text, place)


def test_a_device_without_an_end_is_refused() -> None:
    assert "the file has more than" in refusal(read_text, Path("/dev/zero"))


def test_the_largest_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("her2guide.documents.LARGEST_FILE", 1000)
    place = tmp_path / "full.txt"
    place.write_bytes(b"x" * 1000)
    assert len(read_text(place)) == 1000
    place.write_bytes(b"x" * 1001)
    assert "the file has more than" in refusal(read_text, place)


def test_an_error_names_the_file_as_it_is_known_to_the_reader(tmp_path: Path) -> None:
    assert refusal(read_text, tmp_path / "x", "your record").startswith("your record: ")
