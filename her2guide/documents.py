"""YAML and JSON text -> plain data that remembers its lines.

In: the text of a file that may be hostile. Out: a `Document`, or the problems found.
Only maps, lists, text, whole and decimal numbers and null exist: no `no` that turns into False,
no dates, no tags, no aliases, no key twice. It does not know what the data mean.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from .errors import Problem

LONGEST_NUMBER = 18
LARGEST_FILE = 32 * 1024 * 1024
DEEPEST = 60
WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})\Z")
HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
DECIMAL = re.compile(r"-?(0|[1-9]\d{0,17})\.\d{1,17}\Z")
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Steps = tuple[str | int, ...]


class Document(Struct, frozen=True):
    """The data of one file; `lines` maps a path in the data to its line number."""

    name: str
    data: Any
    lines: dict[Steps, int]

    def where(self, path: Iterable[str | int] = ()) -> str:
        """`file:line` of a path in the data, or of the nearest part above it."""
        steps = tuple(path)
        while steps and steps not in self.lines:
            steps = steps[:-1]
        line = self.lines.get(steps)
        return f"{self.name}:{line}" if line else self.name


class Unreadable(Exception):
    """A file that cannot be taken in at all; becomes a `Problem`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def read_text(path: Path, name: str | None = None) -> str:
    """The text of a file: present, not too large, UTF-8. Raises `Unreadable`."""
    shown = name or str(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)  # a device or a pipe has no size to look up
        if len(content) > LARGEST_FILE:
            what = f"the file has more than {LARGEST_FILE // 1048576} MB."
            raise Unreadable(Problem(shown, what, "Give the record of one patient."))
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Unreadable(Problem(shown, f"byte {fault.start} is not UTF-8 text.", "Save it as UTF-8.")) from None
    except OSError as fault:
        reason = fault.strerror or "it cannot be opened"
        raise Unreadable(Problem(shown, f"cannot be read: {reason}.", "Check the name of the file.")) from None


def read_yaml(text: str, name: str) -> Document:
    """YAML (or plain JSON) text -> `Document`. Raises `Unreadable`."""
    refuse_control_characters(text, name)
    try:
        loader = Loader(text)
        try:
            builder = Builder(name, loader)
            return Document(name, builder.document(), builder.lines)
        finally:
            loader.dispose()
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        what = str(getattr(fault, "problem", None) or fault).split("\n")[0]
        raise Unreadable(
            Problem(f"{name}{line}", f"is not valid YAML: {what}.", "Check the indentation and quotes.")
        ) from None
    except ValueError as fault:
        raise Unreadable(Problem(name, f"is not valid YAML: {fault}.")) from None


def refuse_control_characters(text: str, name: str) -> None:
    found = CONTROL.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        what = f"the control character U+{ord(found.group()):04X} is not allowed."
        raise Unreadable(Problem(f"{name}:{line}", what, "Remove it."))


class Builder:
    """Builds plain data from the events of a YAML parser, noting the line of every path.

    Events, not nodes: the parser's own tree is built by recursion in C, which hostile nesting crashes.
    """

    def __init__(self, name: str, loader: Any) -> None:
        self.name = name
        self.loader = loader
        self.lines: dict[Steps, int] = {}

    def refuse(self, event: Any, what: str, do: str) -> Unreadable:
        return Unreadable(Problem(f"{self.name}:{event.start_mark.line + 1}", what, do))

    def document(self) -> Any:
        """The one document of the stream, or None."""
        self.loader.get_event()
        if self.loader.check_event(StreamEndEvent):
            return None
        self.loader.get_event()
        data = self.build(self.loader.get_event(), ())
        self.loader.get_event()
        if not self.loader.check_event(StreamEndEvent):
            raise self.refuse(self.loader.peek_event(), "a second document begins.", "Keep one in a file.")
        return data

    def build(self, event: Any, path: Steps) -> Any:
        self.lines[path] = event.start_mark.line + 1
        self.refuse_references(event)
        if isinstance(event, ScalarEvent):
            return self.scalar(event)
        if len(path) >= DEEPEST:
            raise self.refuse(event, f"nests more than {DEEPEST} levels deep.", "No record needs that.")
        return self.mapping(path) if isinstance(event, MappingStartEvent) else self.sequence(path)

    def refuse_references(self, event: Any) -> None:
        if isinstance(event, AliasEvent):
            raise self.refuse(event, "aliases (*name) are not allowed.", "Write the value out.")
        if event.anchor:
            raise self.refuse(event, "anchors (&name) are not allowed.", "Leave it out, or quote the text.")
        if event.tag:
            raise self.refuse(event, f"the tag {event.tag} is not allowed.", "Leave the tag out.")

    def sequence(self, path: Steps) -> list[Any]:
        built: list[Any] = []
        while not isinstance(event := self.loader.get_event(), SequenceEndEvent):
            built.append(self.build(event, (*path, len(built))))
        return built

    def mapping(self, path: Steps) -> dict[str, Any]:
        built: dict[str, Any] = {}
        while not isinstance(event := self.loader.get_event(), MappingEndEvent):
            if not isinstance(event, ScalarEvent) or event.value == "<<":
                raise self.refuse(event, "a key must be plain text.", "Write the key out.")
            self.refuse_references(event)
            key = event.value
            if key in built:
                raise self.refuse(event, f"the key `{key}` stands twice.", "Keep one of them.")
            built[key] = self.build(self.loader.get_event(), (*path, key))
        return built

    def scalar(self, event: ScalarEvent) -> Any:
        text = event.value
        if event.style in ("'", '"', "|", ">"):
            return text
        if text in ("", "~", "null"):
            return None
        if WHOLE.match(text):
            return int(text)
        return float(text) if DECIMAL.match(text) else text


def read_json(text: str, name: str) -> Any:
    """JSON text -> data; a key that stands twice, NaN and Infinity are refused. Raises `Unreadable`."""
    try:
        data = json.loads(
            text, object_pairs_hook=once, parse_constant=refuse_constant, parse_float=finite, parse_int=whole
        )
        if HALF_PAIR.search(text):
            json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as fault:
        raise Unreadable(
            Problem(f"{name}:{fault.lineno}", f"is not valid JSON: {fault.msg}.", "Check commas and quotes.")
        ) from None
    except RecursionError:
        raise too_deep(name) from None
    except UnicodeEncodeError:
        what = "half a surrogate pair (\\uD800 to \\uDFFF) is not text."
        raise Unreadable(Problem(name, what, "Correct the record.")) from None
    except ValueError as fault:
        raise Unreadable(Problem(name, str(fault), "Correct the record.")) from None
    refuse_deep_nesting(data, name)
    return data


def refuse_deep_nesting(data: Any, name: str) -> None:
    """The same limit as for YAML, so that nothing after this needs to fear its own recursion."""
    level, depth = [data], 0
    while level := [part for part in level if isinstance(part, dict | list)]:
        depth += 1
        if depth > DEEPEST:
            raise too_deep(name)
        level = [child for part in level for child in (part.values() if isinstance(part, dict) else part)]


def too_deep(name: str) -> Unreadable:
    return Unreadable(Problem(name, f"nests more than {DEEPEST} levels deep.", "No record needs that."))


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"the key `{twice}` stands twice in one object.")
    return built


def refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not a number.")


def whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError(f"{text[:20]}... is too long a number.")
    return int(text)


def finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large a number.")
    return number


def printable(text: str) -> str:
    """Text of a foreign file without control and direction characters, which can deceive a reader."""
    return "".join(character if character.isprintable() else " " for character in text)
