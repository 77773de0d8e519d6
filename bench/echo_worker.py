#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""As echo_worker.cpp: a worker that says what /bin/echo would."""
import sys

for line in sys.stdin:
    field, _, value = line.rstrip("\n").partition(" ")
    if field == "hello":
        print("hello 1", flush=True)
    elif field == "request":
        name, words = value.split(" ")[0], []
    elif field == "arg":
        words.append(value)  # still escaped, as the reply wants it
    elif field == "end":
        print(f"reply {name} 0\nline {' '.join(words)}\nend {name}", flush=True)
