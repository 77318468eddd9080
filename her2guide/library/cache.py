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
    files = (path for part in ("model", "language", "library") for path in sorted((package / part).glob("*.py")))
    stamps = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(repr(stamps).encode()).hexdigest()[:12]


def load(digest: str) -> Library | None:
    """The kept library of this content, or None."""
    with contextlib.suppress(OSError, msgspec.DecodeError, RuntimeError):
        return msgspec.msgpack.decode(place_of(digest).read_bytes(), type=Library)
    return None


def save(digest: str, library: Library) -> None:
    """Keep a library: written whole beside its place, then renamed."""
    with contextlib.suppress(OSError, RuntimeError):
        place = place_of(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.msgpack.encode(library))
        Path(name).replace(place)
