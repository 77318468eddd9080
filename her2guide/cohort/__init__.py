"""Many patients at once: tables of cases, one row each, with the same meaning as `engine`.

The package is itself the call: `her2guide.cohort(table)` is `call.cohort(table)`, though a module has that name.
"""

import sys
from types import ModuleType
from typing import Any


class Cohort(ModuleType):
    """A module that can be called."""

    def __call__(self, cases: Any, **choice: Any) -> Any:
        from .call import cohort

        return cohort(cases, **choice)


sys.modules[__name__].__class__ = Cohort
