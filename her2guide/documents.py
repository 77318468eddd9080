"""YAML and JSON text -> plain data that remembers its lines.

In: the text of a file that may be hostile. Out: a `Document`, or the problems found.
Only maps, lists, text, whole and decimal numbers and null exist: no `no` that turns into False,
no dates, no tags, no aliases, no key twice. It does not know what the data mean.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct
from yaml.nodes import MappingNode, Node, ScalarNode

from .errors import Problem

LARGEST_FILE = 32 * 1024 * 1024
DEEPEST = 60
WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})\Z")
DECIMAL = re.compile(r"-?(0|[1-9]\d{0,17})\.\d{1,17}\Z")
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path_ = tuple[str | int, ...]


class Document(Struct, frozen=True):
    """The data of one file; `lines` maps a path in the data to its line number."""

    name: str
    data: Any
    lines: dict[Path_, int]

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
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise Unreadable(
                Problem(
                    shown,
                    f"the file has {size / 1048576:.0f} MB; at most {LARGEST_FILE // 1048576} MB are read.",
                    "Give the record of one patient.",
                )
            )
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Unreadable(Problem(shown, f"byte {fault.start} is not UTF-8 text.", "Save it as UTF-8.")) from None
    except OSError as fault:
        reason = fault.strerror or "it cannot be opened"
        raise Unreadable(Problem(shown, f"cannot be read: {reason}.", "Check the name of the file.")) from None


def read_yaml(text: str, name: str) -> Document:
    """YAML (or plain JSON) text -> `Document`. Raises `Unreadable`."""
    refuse_deep_nesting(text, name)
    try:
        loader = Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        what = str(getattr(fault, "problem", None) or fault).split("\n")[0]
        raise Unreadable(
            Problem(f"{name}{line}", f"is not valid YAML: {what}.", "Check the indentation and quotes.")
        ) from None
    except (RecursionError, ValueError) as fault:
        raise Unreadable(Problem(name, f"is not valid YAML: {fault}.")) from None
    builder = Builder(name)
    data = None if node is None else builder.build(node, ())
    return Document(name, data, builder.lines)


def refuse_deep_nesting(text: str, name: str) -> None:
    """Refuse text that nests deeper than any record does, before a parser recurses into it."""
    depth = 0
    for number, line in enumerate(text.split("\n"), 1):
        start = len(line) - len(line.lstrip(" "))
        dashes = len(re.match(r"(?:- +)*", line[start:]).group()) // 2  # type: ignore[union-attr]
        for character in line:
            depth += (character in "[{") - (character in "]}")
            if depth > DEEPEST:
                break
        depth = max(depth, 0)
        if depth > DEEPEST or start > 8 * DEEPEST or dashes > DEEPEST:
            raise Unreadable(
                Problem(f"{name}:{number}", f"nests more than {DEEPEST} levels deep.", "No record needs that.")
            )


class Builder:
    """Builds plain data from YAML nodes, noting the line of every path."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Path_, int] = {}
        self.seen: set[int] = set()

    def refuse(self, node: Node, what: str, do: str) -> Unreadable:
        return Unreadable(Problem(f"{self.name}:{node.start_mark.line + 1}", what, do))

    def build(self, node: Node, path: Path_) -> Any:
        self.lines[path] = node.start_mark.line + 1
        if id(node) in self.seen:
            raise self.refuse(node, "aliases (*name) are not allowed.", "Write the value out.")
        self.seen.add(id(node))
        if not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
            raise self.refuse(node, f"the tag {node.tag} is not allowed.", "Leave the tag out.")
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]

    def mapping(self, node: MappingNode, path: Path_) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode) or key_node.value == "<<":
                raise self.refuse(key_node, "a key must be plain text.", "Write the key out.")
            key = key_node.value
            if key in built:
                raise self.refuse(key_node, f"the key `{key}` stands twice.", "Keep one of them.")
            built[key] = self.build(value_node, (*path, key))
        return built

    def scalar(self, node: ScalarNode) -> Any:
        text = node.value
        if node.style in ("'", '"', "|", ">"):
            return text
        if text in ("", "~", "null"):
            return None
        if WHOLE.match(text):
            return int(text)
        return float(text) if DECIMAL.match(text) else text


def read_json(text: str, name: str) -> Any:
    """JSON text -> data; a key that stands twice, NaN and Infinity are refused. Raises `Unreadable`."""
    try:
        return json.loads(
            text, object_pairs_hook=once, parse_constant=refuse_constant, parse_float=finite, parse_int=whole
        )
    except json.JSONDecodeError as fault:
        raise Unreadable(
            Problem(f"{name}:{fault.lineno}", f"is not valid JSON: {fault.msg}.", "Check commas and quotes.")
        ) from None
    except RecursionError:
        raise Unreadable(Problem(name, "nests too deep to be a record.", "No record needs that.")) from None
    except ValueError as fault:
        raise Unreadable(Problem(name, str(fault), "Correct the record.")) from None


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key `{twice}` stands twice in one object.")
    return built


def refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not a number.")


def whole(text: str) -> int:
    if len(text) > 18:
        raise ValueError(f"{text[:20]}... is too long a number.")
    return int(text)


def finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large a number.")
    return number
