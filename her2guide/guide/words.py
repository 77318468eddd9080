"""Look-ups in the words of one language, and the numbering of what is cited.

In: the library. Out: labels, sentences and source numbers for a guide.
A word that is missing is an error of the knowledge, found by `lint`; here its id stands in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ..errors import Problem, RequestError, nearest
from ..language.sentence import unit_beside
from ..library.library import Library
from ..model.condition import Value
from ..model.knowledge import Source


class Voice:
    """The words of one language, and the sources cited so far in one guide."""

    def __init__(self, library: Library, language: str) -> None:
        self.library = library
        self.language = language
        self.words = library.words[language]
        self.cited: dict[str, int] = {}

    def label(self, name: str) -> str:
        """An interface label."""
        return self.text("interface", name) or name

    def text(self, topic: str, name: str, key: str | None = None) -> str:
        """A text, or an empty one."""
        found = self.entry(topic, name, key)
        return found if isinstance(found, str) else ""

    def texts(self, topic: str, name: str, key: str | None = None) -> tuple[str, ...]:
        """A list of texts, or an empty one."""
        found = self.entry(topic, name, key)
        return tuple(found) if isinstance(found, list | tuple) else ()

    def entry(self, topic: str, name: str, key: str | None) -> object:
        """What stands under an id, or under a key of it."""
        entry = self.words.get(topic, {}).get(name)
        return entry.get(key) if isinstance(entry, dict) and key else entry

    def fact(self, name: str) -> str:
        """What the reader calls a fact."""
        return self.text("facts", name, "label") or self.library.facts[name].title

    def value(self, name: str, value: Value) -> str:
        """What the reader calls a value, with its unit."""
        fact = self.library.facts[name]
        if isinstance(value, bool):
            return self.label("yes" if value else "no")
        if isinstance(value, str):
            own = self.entry("facts", name, "values")
            labels = own if isinstance(own, dict) else {}
            return str(labels.get(value) or dict(fact.values).get(value, value))  # type: ignore[arg-type]
        return f"{round(value, 1):g} {unit_beside(f'{self.fact(name)} {fact.title}', fact)}".strip()

    def state(self, name: str, value: Value) -> str:
        """A fact and its value as a clause: `you are pregnant`, `age: 57 years`."""
        if isinstance(value, bool):
            clause = self.text("facts", name, "yes" if value else "no")
            if clause:
                return clause
        return f"{self.fact(name)}: {self.value(name, value)}"

    def day(self, day: date) -> str:
        return day.isoformat()

    def cite(self, sources: Iterable[str], most: int = 1) -> str:
        """The numbers of the first sources in brackets, each numbered when it is first cited.

        A source that was not checked is never cited.
        """
        checked = [name for name in dict.fromkeys(sources) if self.library.sources[name].checked][:most]
        numbers = [self.cited.setdefault(name, len(self.cited) + 1) for name in checked]
        return f" [{', '.join(str(number) for number in numbers)}]" if numbers else ""

    def bibliography(self) -> tuple[str, ...]:
        return tuple(short_reference(self.library.sources[name]) for name in self.cited)


def read_language(language: str, library: Library) -> str:
    """The language, if there are words in it. Raises `RequestError`."""
    if language not in library.words:
        hint = nearest(language, library.words) or f"Use {' or '.join(library.words)}."
        raise RequestError([Problem("--language", f"there are no words in '{language}'.", hint)])
    return language


def reference(source: Source) -> str:
    """One source in one line: authors, title, where, when, identifier."""
    parts = [source.authors, source.title, source.published_in]
    if source.published and source.published[:4] not in source.published_in:
        parts.append(source.published)
    line = " ".join(part.rstrip(".") + "." for part in parts if part)
    if source.doi:
        return f"{line} doi:{source.doi}"
    return f"{line} {source.url}" if source.url else line


def short_name(source: Source) -> str:
    """How clinicians call it; the first author or body where no such name is recorded."""
    return source.short or source.authors.split(",")[0]


def short_reference(source: Source) -> str:
    """Enough to find a source: first author or body, where, when, identifier; a title if it has no DOI."""
    author = source.authors.split(",")[0]
    where = source.published_in.split(",")[0]
    year = source.published[:4] if source.published and source.published[:4] not in where else ""
    parts = [author, "" if source.doi else source.title, where, year]
    line = ". ".join(part.rstrip(".") for part in parts if part)
    return f"{line}. doi:{source.doi}" if source.doi else f"{line}."
