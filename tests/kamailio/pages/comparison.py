# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether what was shown is what a page shows. All is compared to the byte, but for these:"""

import re

# What differs from run to run: (pattern, what both sides are taken for).
_VARIES = (
    (re.compile(r"^ ?\d+\(\d+\) ", re.M), "N(PID) "),  # the log's process number and pid
    (re.compile(r"\[\S*\b(\w+\.c):\d+\]"), r"[\1]"),  # the log's source file and line
    (re.compile(r"\bafter \d+\.\d\d s\b"), "after TIME"),
    (re.compile(r"\bafter \d+(\.\d)? ms\b"), "after TIME"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "ID"),  # of a worker's request, and the time that is left
    (re.compile(r"\b(request ID \w+) \d+$", re.M), r"\1 TIME"),
    (re.compile(r"\b(pid|id): \d+\b"), r"\1: NUMBER"),
    (re.compile(r"\b(\w+_us\w*|\w+_ms|bytes): \d+\b"), r"\1: NUMBER"),  # measured, in RPC answers
    # The table of kamexec status, whose columns are as wide as what stands in them.
    (re.compile(r", process \d+, (\w+), up \d+ \w+( \d+ \w+)?,"), r", process NUMBER, \1, up TIME,"),
    (re.compile(r" +[<>]?\d+(\.\d)? (us|ms|s|min)(?= )"), " TIME"),
    (re.compile(r"  +(mean|p99|hits)\b"), r" \1"),
    (re.compile(r"  +-(?= |$)", re.M), " -"),
    (re.compile(r"\b\d+(\.\d)? [KM]iB\b"), "SIZE"),
    # Notifications that are stored: ids (and Call-IDs), ages, when the next attempt is.
    (re.compile(r"\b[0-9a-f]{32}\b"), "LONG-ID"),
    (re.compile(r"\b1[789]\d{8}\b"), "UNIX-TIME"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "WHEN"),
    (re.compile(r"\b(oldest|in) \d+ (s|min|h|d)\b( \d+ (s|min|h)\b)?"), r"\1 TIME"),
    (re.compile(r"\b\d+ (s|min|h|d)( \d+ (s|min|h))? ago\b"), "TIME ago"),
    (re.compile(r" +(now|\d+ (s|min|h))$", re.M), " TIME"),
    (re.compile(r" +(age|next in)\b"), r" \1"),
    (re.compile(r"[ \t\r]+$", re.M), ""),
)

# A line of a page that stands for any number of lines.
ANYTHING = "..."


def plain(text: str) -> list:
    for pattern, name in _VARIES:
        text = pattern.sub(name, text)
    return text.strip("\n").split("\n") if text.strip() else []


def agrees(expected: str, shown: str) -> bool:
    return _agree(plain(expected), plain(shown))


def _agree(expected, shown) -> bool:
    if not expected:
        return not shown
    if expected[0] == ANYTHING:
        return any(_agree(expected[1:], shown[at:]) for at in range(len(shown) + 1))
    return bool(shown) and expected[0] == shown[0] and _agree(expected[1:], shown[1:])


def holds(log: str, line: str) -> bool:
    """Whether a log has that line; without the log's prefix it may be the end of a line."""
    (wanted,) = plain(line)
    return any(found == wanted or found.endswith(": " + wanted) for found in plain(log))
