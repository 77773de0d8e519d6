# SPDX-License-Identifier: GPL-2.0-or-later
"""What the matrix found, as a table: in the terminal, and in docs/install.md between two marks."""

from collections import Counter
from pathlib import Path

BEGIN = "<!-- The matrix writes from here -->"
END = "<!-- to here. -->"

_HEAD = """| Kamailio | compiles | loads | demo | passed | failed | skipped |
|---|---|---|---|---:|---:|---:|
"""


def name_of(case) -> str:
    """A test as pytest takes it on its command line."""
    if not case.get("classname"):  # a file that can't be read
        return case.get("name").replace(".", "/") + ".py"
    return f"{case.get('classname').replace('.', '/')}.py::{case.get('name')}"


def count(cases) -> dict:
    """Of junit's test cases. A defect of the stock module that its test shows (xfail) is a pass."""
    counted = {"passed": 0, "failed": [], "skipped": {}}
    reasons = Counter()
    for case in cases:
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            if name_of(case) not in counted["failed"]:  # by itself and at its end
                counted["failed"].append(name_of(case))
        elif skipped is not None and skipped.get("type") != "pytest.xfail":
            reasons[skipped.get("message")] += 1
        else:
            counted["passed"] += 1
    counted["skipped"] = dict(reasons)
    return counted


def is_good(result) -> bool:
    tests = result.get("tests")
    return bool(result.get("demo") and tests and not tests["failed"])


def _word(result, what) -> str:
    return {True: "yes", False: "**no**", None: "–"}[result.get(what)]


def _row(result, notes) -> str:
    words = [result.get("version", result["name"])]
    if result["name"] not in (words[0], "installed") and "/" not in result["name"]:
        words[0] += f" ({result['name']})"
    words += [_word(result, what) for what in ("compiles", "loads", "demo")]
    tests = result.get("tests")
    if tests is None:
        return "| " + " | ".join([*words, "–", "–", "–"]) + " |\n"
    marks = []
    for reason, times in sorted(tests["skipped"].items()):
        if reason not in notes:
            notes.append(reason)
        marks.append((notes.index(reason) + 1, times))
    skipped = sum(times for _, times in marks)
    shown = ", ".join(f"{times} × {mark}" if times > 1 else f"{mark}" for mark, times in sorted(marks))
    failed = len(tests["failed"])
    words += [str(tests["passed"] + tests.get("again", 0)), str(failed) if failed == 0 else f"**{failed}**"]
    words.append(f"{skipped} ({shown})" if skipped else "0")
    return "| " + " | ".join(words) + " |\n"


def text(results) -> str:
    """The table, the reasons of skipped tests below it, and what failed."""
    notes = []
    written = _HEAD + "".join(_row(result, notes) for result in results)
    if notes:
        written += (
            "\nThe numbers in brackets are the reasons why tests were skipped; "
            "`2 × 3` means two tests for reason 3:\n\n"
        )
        written += "".join(f"{number}. {reason}\n" for number, reason in enumerate(notes, 1))
    failed = [
        f"- {result['version']}: `{name}`\n"
        for result in results
        for name in result.get("tests", {}).get("failed", ())
    ]
    return written + ("\nFailed:\n\n" + "".join(failed) if failed else "")


def write(document: Path, results) -> None:
    before, begin, rest = document.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{document} has not the marks {BEGIN} and {END}")
    document.write_text(f"{before}{BEGIN}\n\n{text(results)}\n{END}{after}")
