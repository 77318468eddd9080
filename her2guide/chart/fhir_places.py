"""Where a FHIR record is about: the side, the tissue and the cancer, from its own site and what it refers to.

In: resources and their references. Out: a `Place`, or what makes it unclear. It reads no values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from ..model.chart import Side, Site, Specimen
from . import fhir_structs as fhir
from .fhir_codes import FhirCodes, words_in
from .fhir_decode import KNOWN, Record
from .fhir_structs import Concept, Reference, each

Kind = TypeVar("Kind", bound=fhir.Resource)


class Place(Struct, frozen=True):
    """`sides`: every side that is named; `about`: the kind of diagnosis it is about, with `other` its name."""

    sides: frozenset[Side] = frozenset()
    specimen: Specimen | None = None
    about: str = ""
    other: str = ""


NOWHERE = Place()


def tail(reference: str) -> str:
    """The id at the end of a reference: relative, absolute, versioned or urn:uuid."""
    return reference.partition("/_history/")[0].rsplit("/", 1)[-1].rsplit(":", 1)[-1]


class Places:
    """The resources that others refer to, by kind and id, and what they say about a place."""

    def __init__(self, codes: FhirCodes, records: Iterable[Record], shared: Mapping[str, fhir.Medication]) -> None:
        self.codes = codes
        self.shared = shared
        self.records: dict[type, list[Record]] = {}
        for record in records:
            self.records.setdefault(type(record.item), []).append(record)
        self.found: dict[type, dict[str, Any]] = {}

    def of_kind(self, kind: type[Kind]) -> dict[str, Kind]:
        """The resources of a kind by id and address; made when the first reference to one is followed."""
        if kind not in self.found:
            found: dict[str, Any] = dict(self.shared) if kind is fhir.Medication else {}
            for record in self.records.get(kind, ()):
                for name in (record.item and record.item.id, tail(record.url)):
                    if name:
                        found.setdefault(name, record.item)
            self.found[kind] = found
        return self.found[kind]

    def get(self, kind: type[Kind], reference: Reference | None, contained: Iterable[Raw] = ()) -> Kind | None:
        """The resource that is referred to, of that kind, where the record holds it and its status counts."""
        target = (reference.reference if reference else None) or ""
        if target.startswith("#"):
            found = next((i for i in decoded(contained) if isinstance(i, kind) and i.id == target[1:]), None)
        else:
            found = self.of_kind(kind).get(tail(target)) if target else None
        return found if found and self.counts(found) else None

    def counts(self, item: fhir.Resource) -> bool:
        """Whether a tissue or a diagnosis is one that counts: neither refuted nor entered in error."""
        if isinstance(item, fhir.Condition):
            return item.states() <= self.codes.statuses["Condition"]
        return not isinstance(item, fhir.Specimen) or (item.status or "") in {"", *self.codes.statuses["Specimen"]}

    def related(self, extensions: Iterable[fhir.Extension]) -> Iterable[fhir.Condition]:
        """The diagnoses that extensions refer to."""
        for extension in self.named(extensions, "related"):
            found = self.get(fhir.Condition, extension.valueReference)
            if found:
                yield found

    def named(self, extensions: Iterable[fhir.Extension], which: str) -> list[fhir.Extension]:
        """The extensions of one meaning, whatever edition they are of."""
        ends = self.codes.extensions[which]
        return [e for e in extensions if e.url and e.url.rsplit("/", 1)[-1] in ends]

    def sides_of(self, concepts: Iterable[Concept]) -> frozenset[Side]:
        """The sides that body sites name, by code, laterality extension, or word: of the breast and its nodes.

        A left lung or thigh says nothing about which breast.
        """
        found: set[str] = set()
        for concept in concepts:
            if not (self.is_side_alone(concept) or self.sites_of([concept]) in ({"primary"}, {"node"})):
                continue
            parts = [e.valueCodeableConcept for e in self.named(concept.extension, "laterality")]
            for part in (concept, *(p for p in parts if p)):
                found |= self.codes.mark("sides", part) or self.codes.told("side_words", part)
        return frozenset(found)  # type: ignore[arg-type]

    def is_side_alone(self, concept: Concept) -> bool:
        """Whether a body site names nothing but a side."""
        words = words_in(concept)
        return bool(self.codes.mark("sides", concept)) or (bool(words) and words <= self.codes.words_of_sides)

    def sites_of(self, concepts: Iterable[Concept]) -> set[str]:
        """Primary, node or metastasis as body sites say it: by code, else by word, nodes before the rest."""
        found: set[str] = set()
        for concept in concepts:
            words = self.codes.told("site_words", concept)
            named = next(({site} for site in self.codes.words["site_words"] if site in words), set())
            found |= self.codes.mark("sites", concept) or named
        return found

    def diagnosis(self, item: fhir.Condition) -> str:
        """`breast`, `secondary`, or nothing for any other diagnosis."""
        kinds = self.codes.mark("cancers", item.code)
        stated = self.codes.facts_stated(item.code)
        if "secondary" in kinds or any(fact.topic == "stage" for fact, _ in stated):
            return "secondary"
        at_breast = "primary" in self.sites_of(each(item.bodySite))
        if kinds & {"left", "right", "no_side"} or ("any_site" in kinds and (at_breast or not item.bodySite)):
            return "breast"
        return self.diagnosis_in_words(item.code, at_breast)

    def diagnosis_in_words(self, code: Concept, at_breast: bool) -> str:
        said = self.codes.told("cancer_words", code)
        malignant = "cancer" in said or "spread" in said
        if not malignant or "not" in said:
            return ""
        if "secondary" in said:
            return "secondary"
        if "breast" in said or at_breast:
            return "breast"
        return "secondary" if "spread" in said else ""

    def of_condition(self, item: fhir.Condition) -> Place:
        """The place of a diagnosis; a metastasis has no side: whose it is, is not told by where it is."""
        about = self.diagnosis(item)
        if about != "breast":
            return Place(about=about or "other", other=item.code.label())
        own = self.codes.mark("cancers", item.code) & {"left", "right"}
        sides = self.sides_of([item.code, *each(item.bodySite)]) | own
        return Place(frozenset(sides), about="breast")  # type: ignore[arg-type]

    def of_observation(self, item: fhir.Observation, panel: fhir.Observation | None, on: date | None) -> Place:
        """Side, tissue and diagnosis of an observation; a member of a panel has what the panel says, unless its own."""
        if not (item.specimen or item.focus or item.bodySite or panel):
            return NOWHERE
        sources = [item, *([panel] if panel else [])]
        focus = next((s.focus for s in sources if s.focus), ())
        named, sites = self.of_focus(focus), each(item.bodySite)
        sides = self.sides_of(sites) | named.sides
        owner = next((s for s in sources if s.specimen), None)
        if owner:
            tissue, more = self.tissue(owner)
            return Place(sides | more, tissue, named.about, named.other)
        return Place(sides, self.tissue_named(item, sites, named, on), named.about, named.other)

    def of_focus(self, focus: Iterable[Reference]) -> Place:
        """What an observation is about: a diagnosis, or a tumour with the diagnosis that it belongs to."""
        sides: frozenset[Side] = frozenset()
        abouts: dict[str, str] = {}
        for reference in focus:
            tumour = self.get(fhir.BodyStructure, reference)
            direct = self.get(fhir.Condition, reference)
            if tumour and tumour.location:
                sides |= self.sides_of([tumour.location])
            related = self.related(tumour.extension if tumour else ())
            for place in (self.of_condition(found) for found in (direct, *related) if found):
                sides |= place.sides
                abouts[place.about] = place.other
        about = next((kind for kind in ("secondary", "breast", "other") if kind in abouts), "")
        return Place(sides, None, about, abouts.get(about, ""))

    def tissue(self, item: fhir.Observation) -> tuple[Specimen | None, frozenset[Side]]:
        """The specimen of an observation, as the chart knows it, and the sides that it names."""
        reference = item.specimen
        found = self.get(fhir.Specimen, reference, item.contained)
        target = (reference.reference if reference else None) or ""
        if not target and not (reference and reference.display):
            return None, frozenset()
        name = f"{item.id or ''}{target}" if target.startswith("#") else tail(target)
        if not found:
            return Specimen(name or str(reference and reference.display)), frozenset()
        sites = each(found.collection.bodySite)
        sides = self.sides_of([*sites, found.type])
        related = [self.of_condition(c) for c in self.related(found.extension)]
        kinds = {"metastasis" if p.about == "secondary" else "primary" for p in related if p.about != "other"}
        site = one_site(kinds | self.sites_of(sites) or self.sites_of([found.type]))
        part = sites[0].label() if sites else ""
        for place in related:
            sides |= place.sides
        return Specimen(name, site, full_day(found.collection.day()), part), sides

    def tissue_named(
        self, item: fhir.Observation, sites: tuple[Concept, ...], named: Place, on: date | None
    ) -> Specimen | None:
        """A tissue without a record of its own: a node or metastasis that the site or the diagnosis names."""
        found = self.sites_of(sites) | ({"metastasis"} if named.about == "secondary" else set())
        site = one_site(found)
        if site in (None, "primary"):
            return None
        part = sites[0].label() if sites else named.other
        return Specimen(" ".join(str(word) for word in (site, part, on) if word), site, None, part)


def one_site(found: Iterable[str]) -> Site | None:
    sites = set(found)
    return sites.pop() if len(sites) == 1 else None  # type: ignore[return-value]


def full_day(text: str | None) -> date | None:
    """A day given in full, or nothing."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def decoded(contained: Iterable[Raw]) -> Iterable[fhir.Resource]:
    for raw in contained:
        try:
            yield KNOWN.decode(raw)
        except msgspec.DecodeError:
            continue


def panels(records: Iterable[Record]) -> dict[str, fhir.Observation]:
    """Member id -> the panel that lists it. What two panels list belongs to neither."""
    found: dict[str, list[fhir.Observation]] = {}
    observations = (record.item for record in records if isinstance(record.item, fhir.Observation))
    for panel in observations:
        for member in panel.hasMember:
            if member.reference:
                found.setdefault(tail(member.reference), []).append(panel)
    return {name: listed[0] for name, listed in found.items() if len(listed) == 1}
