"""The audit of dependencies: a search that could not look is a failure, and so is a database that knows nothing."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tools import audit

CONTROL = {"name": "jinja2", "version": "2.10", "vulns": [{"id": "PYSEC-2019-217"}]}
CLEAN = {"name": "click", "version": "8.5.1", "vulns": []}
FAULTY = {"name": "pypdf", "version": "5.0", "vulns": [{"id": "CVE-1"}, {"id": "CVE-2"}]}


@pytest.mark.parametrize(
    ("found", "fault", "code", "says"),
    [
        ([CONTROL, CLEAN], "", 0, "no known fault in 1 packages"),
        ([CONTROL, CLEAN, FAULTY], "", 1, "known faults: pypdf 5.0: CVE-1, CVE-2"),
        ([], "Failed to resolve 'api'", 2, "nothing is known: Failed to resolve 'api'"),
        ([CONTROL, {"name": "click", "skip_reason": "not found"}], "", 2, "nothing is known: passed over: click"),
        ([CONTROL | {"vulns": []}, CLEAN], "", 2, "does not know the fault of jinja2 2.10: its silence says nothing"),
        ([CLEAN], "", 2, "does not know the fault of jinja2 2.10: its silence says nothing"),
    ],
)
def test_a_search_that_could_not_look_is_never_clean(
    found: list[dict[str, Any]], fault: str, code: int, says: str
) -> None:
    told = audit.judged(found, fault)
    assert told[0] == code
    assert says in told[1]


@pytest.mark.parametrize("said", ["", "No known vulnerabilities found\n", "[]", "{}"])
def test_an_answer_that_is_none_is_a_fault(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    def silent(*words: str | Path) -> CompletedProcess[str]:
        return CompletedProcess(words, 0, said, "Traceback\nConnectionError: no route\n")

    monkeypatch.setattr(audit, "run", silent)
    assert audit.search() == ([], "ConnectionError: no route")
