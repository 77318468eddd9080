"""A library that was read once, kept for the next start.

In and out: a library under the digest of its content. It holds knowledge only, nothing of a patient.
A cache that is missing, damaged or cannot be written is no error: the files are read again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import msgspec

from .. import VERSION
from .library import Library

SEAL = 32  # bytes of a SHA-256 digest
KEPT = 3


def folder() -> Path:
    """The user's cache folder (XDG Base Directory Specification 0.8)."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "her2guide"


def place_of(digest: str) -> Path:
    """Named after the knowledge and after the code that read it: neither may be older than the cache."""
    return folder() / f"library-{VERSION}-{code_stamp()}-{digest}.msgpack"


def code_stamp() -> str:
    """A digest of the sizes and times of the code that builds a library."""
    package = Path(__file__).resolve().parent.parent
    stamps = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(package.rglob("*.py"))]
    return hashlib.sha256(repr(stamps).encode()).hexdigest()[:12]


def load(digest: str) -> Library | None:
    """The kept library of this content, or None; a cache whose seal is broken is no cache."""
    with contextlib.suppress(OSError, msgspec.DecodeError, RuntimeError):
        content = place_of(digest).read_bytes()
        seal, kept = content[:SEAL], content[SEAL:]
        if hashlib.sha256(kept).digest() == seal:
            return msgspec.msgpack.decode(kept, type=Library)
    return None


def save(digest: str, library: Library) -> None:
    """Keep a library under its seal: written whole beside its place, then renamed; older ones go."""
    with contextlib.suppress(OSError, RuntimeError):
        place = place_of(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        older = sorted(place.parent.glob("library-*.msgpack"), key=lambda path: path.stat().st_mtime)
        handle, name = tempfile.mkstemp(dir=place.parent)
        kept = msgspec.msgpack.encode(library)
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(kept).digest() + kept)
        Path(name).replace(place)
        for path in older[:-KEPT]:
            path.unlink()
