"""Prints how well reports are read: field by field, what was wrong or missed, precision and recall of both halves.

`python -m tools.report_figures [development|held_out]`
"""

from __future__ import annotations

import sys

from her2guide.library.read import read_library
from tests.chart.report_texts import HALVES, figures, read, texts, values_alone


def main() -> None:
    library = read_library()
    for half in sys.argv[1:] or HALVES:
        reads = [read(place, library) for place in texts(half)]
        for one in reads:
            for word, fields in (("wrong ", one.found - one.wanted), ("missed", one.wanted - one.found)):
                for field in sorted(fields, key=str):
                    print(f"  {word} {one.name}: {' '.join(map(str, field))}")
            for about in sorted(one.wanted_passed - one.passed):
                print(f"  unsaid {one.name}: {about}")
            day = str(one.report.day) if one.report.day else None
            if day != one.wanted_day:
                print(f"  day    {one.name}: {day} instead of {one.wanted_day}")
        told = figures(reads)
        print(
            f"{half}: {len(reads)} texts, {told.right + told.missed} fields; precision {told.precision:.3f}"
            f" ({told.wrong} wrong), recall {told.recall:.3f} ({told.missed} missed);"
            f" values alone {values_alone(reads).precision:.3f} and {values_alone(reads).recall:.3f}"
        )


if __name__ == "__main__":
    main()
