"""docs/hazards.yaml -> docs/hazards.md, the hazard log.

In: hazards as a clinical safety officer edits them. Out: Markdown. Whether the named files and tests exist is
checked by tests/hazards.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from her2guide.documents import read_text, read_yaml

ROOT = Path(__file__).resolve().parent.parent
SOURCE = "docs/hazards.yaml"
HEAD = """\
# What can go wrong, and what holds it

<!-- Generated from docs/hazards.yaml by `make docs`. -->

{count} hazards of using her2guide: each with its cause, its harm, the control and where it is found, what remains after
it, and the tests that show it. It is no risk file of a medical device, which this is not
([intended use](../INTENDED_USE.md)).

| Hazard | What remains |
|---|---|
"""


class Hazard(Struct, frozen=True, forbid_unknown_fields=True):
    """`where`: files and folders of the control; `tests`: pytest node ids that show it."""

    id: str
    title: str
    cause: str
    harm: str
    control: str
    where: tuple[str, ...]
    residual: str
    tests: tuple[str, ...]


def hazards() -> list[Hazard]:
    """The hazards in their order. Raises `Unreadable` or `msgspec.ValidationError`."""
    place = ROOT / SOURCE
    return msgspec.convert(read_yaml(read_text(place), SOURCE).data, list[Hazard])


def page() -> str:
    found = hazards()
    table = "".join(f"| [{hazard.title}](#{hazard.id}) | {hazard.residual} |\n" for hazard in found)
    return HEAD.format(count=len(found)) + table + "".join(map(section, found))


def section(hazard: Hazard) -> str:
    where = ", ".join(f"[`{name}`](../{name})" for name in hazard.where)
    tests = "\n".join(f"  - `{name}`" for name in hazard.tests)
    return f"""
<a id="{hazard.id}"></a>

## {hazard.title}

- **Cause**: {hazard.cause}
- **Harm**: {hazard.harm}
- **Control**: {hazard.control} ({where})
- **What remains**: {hazard.residual}
- **Shown by**
{tests}
"""
