"""her2guide: treatment guidance for HER2-positive breast cancer as executable, dated, cited knowledge.

The straight line, one name for each step: `read_library`, `read_chart`, `abstract`, `apply`, `write_guide`.
A step is imported when it is first used, so that a small program starts fast; `__init__.pyi` has their types.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

VERSION = "0.1.0"

STEPS = {
    "read_library": "library.read",
    "read_chart": "chart.read",
    "read_table": "chart.table",
    "abstract": "chart.abstract",
    "apply": "engine.apply",
    "write_guide": "guide.write",
    "cohort": "cohort",
}

__all__ = ["VERSION", "abstract", "apply", "cohort", "read_chart", "read_library", "read_table", "write_guide"]


def __getattr__(name: str) -> Any:
    if name not in STEPS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f".{STEPS[name]}", __name__)
    return getattr(module, name, module)  # `cohort` is a module that can be called


def __dir__() -> list[str]:
    return sorted({*globals(), *STEPS})
