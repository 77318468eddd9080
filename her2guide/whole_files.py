"""Bytes -> a file that is there whole or not at all, also when the power fails.

In: a place and its bytes, at once or piece by piece. Out: the file, or a sentence. It does not know what they mean.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from .errors import Problem, RequestError


def write_whole(place: Path, data: bytes | Iterable[bytes]) -> int:
    """Write beside the place and rename, whole or not at all; the number of bytes. Raises `RequestError`."""
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
        with os.fdopen(handle, "wb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
            size = file.tell()
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o600)
        Path(temporary).replace(place)
        keep_names(place.parent)
    except OSError as fault:
        reason = fault.strerror or "it cannot be written"
        raise RequestError([Problem(str(place), f"cannot be written: {reason}.", "Choose another place.")]) from None
    finally:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
    return size


def keep_names(folder: Path) -> None:
    """A renamed file keeps its new name through a power failure only when its folder is flushed too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
