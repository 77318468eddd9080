"""knowledge/ -> `Library`: from the cache when the content is the same to the byte, else built anew.

In: a folder of YAML files. Out: a checked, frozen library with a digest of its content.
It does not know how items are built: `build` does, and is imported only when it is needed.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from threading import Lock

from ..documents import Unreadable, read_text
from ..errors import KnowledgeError, Problem
from . import cache
from .library import Library


def knowledge_folder() -> Path:
    """The knowledge that came with this package: inside it when installed, beside it in the repository."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "knowledge"
    return installed if installed.is_dir() else package.parent / "knowledge"


READING = Lock()  # msgspec ends the process where two threads make its decoders for the same types


@lru_cache(maxsize=4)
def read_library(folder: str | Path | None = None) -> Library:
    """Read and check a knowledge folder. Raises `KnowledgeError` with all problems.

    A library that was read before is taken from the cache when the content is the same to the byte.
    """
    root = Path(folder) if folder else knowledge_folder()
    files = read_files(root)
    digest = digest_of(files)
    with READING:
        kept = cache.load(digest)
        if kept is not None:
            return kept
        from .build import build_library  # the SQL parser takes most of a start: not when the cache answers

        library = build_library(files, digest)
        cache.save(digest, library)
        return library


def read_files(root: Path) -> dict[str, str]:
    """Name (relative, with slashes) -> text of every YAML file under the folder."""
    if not root.is_dir():
        raise KnowledgeError([Problem(str(root), "there is no knowledge folder here.")])
    try:
        paths = sorted(path for ending in ("*.yaml", "*.yml") for path in root.rglob(ending))
        return {path.relative_to(root).as_posix(): read_text(path) for path in paths}
    except Unreadable as fault:
        raise KnowledgeError([fault.problem]) from None


def digest_of(files: dict[str, str]) -> str:
    """A digest of all names and texts: the same knowledge has the same digest anywhere."""
    total = hashlib.sha256()
    for name, text in files.items():
        total.update(f"{name}\0{len(text)}\0".encode())
        total.update(text.encode())
    return total.hexdigest()[:16]
