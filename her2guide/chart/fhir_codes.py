"""The code look-ups of the FHIR reader, made once for a library from its facts and `knowledge/codes/fhir.yaml`.

In: a library. Out: for a coding as it is written, with its system, the facts, values, sites and sides that it means.
It knows no resource, and what no list names it leaves untold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..language.typed import NotAValue, typed_value
from ..library.library import Library
from ..library.names import plain
from ..model.condition import Value
from ..model.fact import Fact
from .fhir_structs import Coding, Concept
from .indexed import once_per_library
from .names import AgentNames

Key = tuple[str | None, str | None]
LETTERS = re.compile(r"[^\W\d_]+")
WORD = re.compile(r"\w[\w+/.-]*")


class FhirCodes:
    """`asked`: coding -> facts whose question it is. `stated`: coding of a diagnosis -> facts and their values.

    `values`: coding -> common value. `marks`: for each other list of the codes, coding -> what the list says.
    """

    def __init__(self, library: Library) -> None:
        self.library = library
        self.lists = library.codes
        self.names = AgentNames(library)
        self.urls: dict[str, list[str]] = {}
        for url, short in self.lists["systems"].items():
            self.urls.setdefault(short, []).append(url)
        self.statuses = {kind: set(states.split()) for kind, states in self.lists["statuses"].items()}
        self.asked: dict[Key, tuple[Fact, ...]] = {}
        self.stated: dict[Key, tuple[tuple[Fact, Value], ...]] = {}
        self.reads: dict[tuple[str, Key], Value] = {}
        for fact in library.facts.values():
            self.note(fact)
        for key, other in self.marked(self.lists["also_asked"].items()).items():
            self.asked[key] = (*self.asked.get(key, ()), library.facts[other])
        self.values = self.marked(self.lists["values"].items())
        named = ("sites", "sides", "intents", "secondary_sites", "comorbidities")
        self.marks = {name: self.marked(self.lists[name].items()) for name in named}
        self.marks["cancers"] = self.marked((key, kind) for kind, keys in self.words_of("cancers") for key in keys)
        self.words = {name: dict(self.words_of(name)) for name in ("side_words", "site_words", "cancer_words")}
        self.words_of_sides = frozenset[str]().union(*self.words["side_words"].values())
        self.no_value = dict(self.words_of("no_value"))["words"]
        self.around = dict(self.words_of("around_value"))["words"]
        self.extensions = dict(self.words_of("extensions"))
        self.titles = {plain(name): fact for fact in library.facts.values() for name in (fact.id, fact.title)}
        self.agents = {
            key: agent for (system, code), agent in self.names.codes.items() for key in self.keys(system, code)
        }

    def words_of(self, name: str) -> Iterator[tuple[str, frozenset[str]]]:
        return ((key, frozenset(words.split())) for key, words in self.lists[name].items())

    def keys(self, system: str, code: str) -> list[Key]:
        """A code under every address of its system."""
        return [(url, code) for url in self.urls.get(system, ())]

    def marked(self, pairs: Iterable[tuple[str, str]]) -> dict[Key, str]:
        return {key: mark for name, mark in pairs for key in self.keys(*name.split("|", 1))}

    def note(self, fact: Fact) -> None:
        """The codes of a fact: as a question, and as a diagnosis that answers it."""
        for key in (k for system, codes in fact.codes.items() for code in codes for k in self.keys(system, code)):
            self.asked[key] = (*self.asked.get(key, ()), fact)
            if fact.kind == "yes_no":
                self.stated[key] = (*self.stated.get(key, ()), (fact, True))
        for name, value in fact.reads.items():
            for key in self.keys(*name.split("|", 1)) if "|" in name else ():
                self.stated[key] = (*self.stated.get(key, ()), (fact, value))
                self.reads[fact.id, key] = value

    def facts_asked(self, concept: Concept) -> tuple[Fact, ...]:
        """The facts whose question a code is; one without any coding is found by its words, whole."""
        if not concept.coding:
            named = self.titles.get(plain(concept.text)) if concept.text else None
            return (named,) if named else ()
        found: tuple[Fact, ...] = ()
        for coding in concept.coding:
            if facts := self.asked.get((coding.system, coding.code)):
                found = tuple({fact.id: fact for fact in (*found, *facts)}.values()) if found else facts
        return found

    def facts_stated(self, concept: Concept) -> list[tuple[Fact, Value]]:
        """What a diagnosis says, each fact and value once."""
        found = [pair for c in concept.coding for pair in self.stated.get((c.system, c.code), ())]
        if not concept.coding and concept.text and (named := self.titles.get(plain(concept.text))):
            found += [(named, True)] if named.kind == "yes_no" else []
        return list({(fact.id, value): (fact, value) for fact, value in found}.values())

    def facts_at(self, sites: Iterable[Concept]) -> list[tuple[Fact, Value]]:
        """What a metastasis says by its site."""
        named = sorted({said for site in sites for said in self.mark("secondary_sites", site)})
        pairs = [(self.library.facts[fact], value) for fact, value in (said.split("=") for said in named)]
        return [(fact, typed_value(fact, value)) for fact, value in pairs]

    def mark(self, name: str, concept: Concept) -> set[str]:
        """What one of the lists says of a concept."""
        marks = self.marks[name]
        return {marks[key] for c in concept.coding if (key := (c.system, c.code)) in marks}

    def told(self, name: str, concept: Concept) -> set[str]:
        """What the words of a concept say: the keys of the list that has one of them."""
        words = words_in(concept)
        return {key for key, listed in self.words[name].items() if words & listed}

    def value(self, fact: Fact, concept: Concept) -> Value:
        """A coded value: the fact's own codes, then common ones, then the words. Raises `NotAValue`."""
        found = [value for coding in concept.coding for value in self.coded(fact, coding)]
        if len(set(found)) == 1:
            return found[0]
        if found:
            raise NotAValue(f"its codes say both {' and '.join(str(v) for v in dict.fromkeys(found))}.")
        if any(self.lists["systems"].get(c.system or "") == "absent" for c in concept.coding):
            raise NotAValue(f"there is no value for `{fact.id}`: {concept.label()}.")
        return self.written(fact, concept.text or concept.label())

    def written(self, fact: Fact, text: str) -> Value:
        """A value in words, also with the words that stand around it. Raises `NotAValue`."""
        try:
            return typed_value(fact, text)
        except NotAValue:
            if plain(text) in self.no_value:
                raise NotAValue(f"there is no value for `{fact.id}`: {text}.") from None
            kept = [word for word in WORD.findall(text) if word.lower() not in self.around]
            if not kept or len(kept) == len(text.split()):
                raise
            return typed_value(fact, " ".join(kept))

    def coded(self, fact: Fact, coding: Coding) -> Iterator[Value]:
        key = (coding.system, coding.code)
        if (fact.id, key) in self.reads:
            yield self.reads[fact.id, key]
        elif key in self.values and self.values[key] in fact.values:
            yield typed_value(fact, self.values[key])

    def drugs_named(self, concept: Concept) -> tuple[tuple[str, ...], str]:
        """What the codes and the name of a treatment mean, or why that is open. Codes and name must agree."""
        found = {self.agents[key] for c in concept.coding if (key := (c.system, c.code)) in self.agents}
        named = self.names.agent(concept.label())
        found |= {named} if named else set()
        if len(found) > 1:
            return (), "its codes name different agents"
        if found:
            return tuple(found), ""
        given, why = self.names.drugs(concept.label())
        return given, why if given else ""


def words_in(concept: Concept) -> set[str]:
    return {word.lower() for name in concept.names() for word in LETTERS.findall(name)}


codes_of = once_per_library(FhirCodes)
