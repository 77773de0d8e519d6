#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints docs/scaling.md: what a fleet carries as it grows, by formulas and a simulation.

    bench/scaling.py [--results build/bench/results.json] [--write-docs]

Without --results from the recorded constants, bench/growth/constants.json; with it from those of that run of
compare.py (make bench), which --write-docs records too.
"""

import argparse
import json
import sys
from pathlib import Path

from growth import constants, page

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "scaling.md"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, help="take the constants from this run of compare.py")
    parser.add_argument("--write-docs", action="store_true", help=f"write {DOCUMENT.name}, and record the constants")
    chosen = parser.parse_args()
    taken = constants.of_results(json.loads(chosen.results.read_text())) if chosen.results else constants.recorded()
    text = page.text(taken)
    if not chosen.write_docs:
        print(text, end="")
        return 0
    if chosen.results:
        constants.record(taken)
    DOCUMENT.write_text(text)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (constants.NoFigures, OSError, ValueError) as error:
        print(f"scaling.py: {error}", file=sys.stderr)
        sys.exit(2)
