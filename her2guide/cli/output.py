"""Where output goes: whole files only, notes and problems to standard error."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..documents import printable
from ..errors import Problem, RequestError


def say(note: str) -> None:
    sys.stderr.write(f"{printable(note)}\n")


def complain(problems: Iterable[Problem]) -> None:
    """Every problem on its own line."""
    for problem in problems:
        say(f"error: {problem}")


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
    except OSError as fault:
        reason = fault.strerror or "it cannot be written"
        raise RequestError([Problem(str(place), f"cannot be written: {reason}.", "Choose another place.")]) from None
    finally:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
    return size
