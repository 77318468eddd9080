"""The locked requirements -> a bill of materials, and a search of each for known faults.

In: requirements/*.txt. Out: dist/sbom.json (CycloneDX), and one sentence; exit code 1 for a fault, 2 where the search
itself cannot be trusted. A search that reaches nothing finds nothing: so one old release with a known fault is
searched for as well, and a package that was passed over counts as a failure.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools/audit/bin"
LOCKS = ("run", "dev", "audit")
KNOWN = ("jinja2", "2.10")  # CVE-2019-10906
CLEAN, FAULTY, UNSURE = 0, 1, 2


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603


def write_sbom(place: Path) -> str:
    """The bill of materials of what runs; what went wrong, or nothing."""
    place.parent.mkdir(exist_ok=True)
    options = ("--pyproject", "pyproject.toml", "--output-reproducible", "--of", "JSON", "-o", place)
    done = run(TOOLS / "cyclonedx-py", "requirements", "requirements/run.txt", *options)
    return "" if done.returncode == 0 else last_line(done.stderr)


def search(*options: str | Path) -> tuple[list[dict[str, Any]], str]:
    """What pip-audit says of each package, and why it cannot be trusted, or nothing."""
    done = run(TOOLS / "pip-audit", "--strict", "--disable-pip", "--progress-spinner", "off", "-f", "json", *options)
    try:
        return json.loads(done.stdout)["dependencies"], ""
    except (ValueError, KeyError, TypeError):
        return [], last_line(done.stderr)


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it says nothing"])[-1][:300]


def judged(found: list[dict[str, Any]], fault: str) -> tuple[int, str]:
    """The exit code and the sentence."""
    skipped = [item["name"] for item in found if "vulns" not in item]
    if fault or skipped:
        reason = fault or f"passed over: {', '.join(skipped)}"
        return UNSURE, f"the audit could not be made, so nothing is known: {reason}"
    control = [item for item in found if (item["name"], item["version"]) == KNOWN]
    if not control or not control[0]["vulns"]:
        return UNSURE, f"the database does not know the fault of {' '.join(KNOWN)}: its silence says nothing"
    faulty = [item for item in found if item["vulns"] and item not in control]
    told = "; ".join(f"{i['name']} {i['version']}: {', '.join(v['id'] for v in i['vulns'])}" for i in faulty)
    count = len(found) - len(control)
    return (FAULTY, f"known faults: {told}") if faulty else (CLEAN, f"no known fault in {count} packages")


def main() -> int:
    place = ROOT / "dist/sbom.json"
    fault = write_sbom(place)
    if fault:
        print(f"error: the bill of materials could not be written: {fault}", file=sys.stderr)
        return UNSURE
    print(f"wrote {place.relative_to(ROOT)}")
    control = ROOT / "dist/control.txt"
    control.write_text("==".join(KNOWN) + "\n", encoding="utf-8")
    found, fault = search("--no-deps", "-r", control)
    for lock in LOCKS if not fault else ():
        more, fault = search("-r", f"requirements/{lock}.txt")
        found += more
        if fault:
            break
    code, says = judged(found, fault)
    print(says if code == CLEAN else f"error: {says}", file=sys.stderr if code else sys.stdout)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
