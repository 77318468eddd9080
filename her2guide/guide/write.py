"""Guidance + words -> `Guide` for a reader.

In: guidance, the library it came from, who reads and in which language.
Out: finished blocks. Which sentences exist is decided in knowledge/words/, not here.
"""

from __future__ import annotations

from ..documents import printable
from ..engine.calendar import Entry
from ..errors import KnowledgeError, Problem, RequestError
from ..library.library import Library
from ..library.read import read_library
from ..model.guidance import Guidance
from ..model.knowledge import Regimen
from .blocks import Block, Guide, Notice, Row
from .calendar import calendar_blocks
from .clinician import clinician_blocks
from .patient import patient_blocks
from .words import Voice, read_language

READERS = {"patient": patient_blocks, "clinician": clinician_blocks}


def write_guide(
    guidance: Guidance,
    reader: str = "patient",
    language: str = "en",
    library: Library | None = None,
    planned: tuple[Regimen, tuple[Entry, ...]] | None = None,
) -> Guide:
    """The guide of a guidance, with the calendar of a planned option if there is one.

    Raises `RequestError` for an unknown reader or language.
    """
    known = library or read_library()
    if guidance.knowledge != known.digest:
        raise RequestError([Problem("library", "is not the one that gave this guidance.", "Pass the same library.")])
    if reader not in READERS:
        raise RequestError([Problem("--reader", f"there is no guide for '{reader}'.", f"Use {' or '.join(READERS)}.")])
    voice = Voice(known, read_language(language, known))
    notices = [Notice(notice(name, reader, voice)) for name in guidance.notices]
    calendar = calendar_blocks(*planned, voice) if planned else []
    blocks: list[Block] = [*notices, *READERS[reader](guidance, voice), *calendar]
    return Guide(
        title=voice.label(f"title_{reader}"),
        language=language,
        reader=reader,
        meta=meta(guidance, voice),
        blocks=tuple(blocks),
        foot=notice("notice", reader, voice),
        page=voice.label("page"),
        of=voice.label("of"),
    )


def notice(name: str, reader: str, voice: Voice) -> str:
    """A notice in the reader's own wording where there is one. Raises `KnowledgeError`: none may be left out."""
    text = voice.text("notices", f"{name}-{reader}") or voice.text("notices", name)
    if not text:
        raise KnowledgeError([Problem(f"words/{voice.language}/notices.yaml", f"lacks the notice `{name}`.")])
    return text


def meta(guidance: Guidance, voice: Voice) -> tuple[Row, ...]:
    """Date, edition, region and the digest of the knowledge: what makes a printed guide traceable."""
    edition = voice.library.editions[guidance.edition].head.title
    rows = [
        (voice.label("chart"), printable(guidance.case.patient)),
        (voice.label("as_of"), voice.day(guidance.as_of)),
        (voice.label("edition"), edition),
        (voice.label("region"), voice.label(guidance.region)),
        (voice.label("knowledge"), guidance.knowledge),
    ]
    return tuple(Row(label, text) for label, text in rows if text)
