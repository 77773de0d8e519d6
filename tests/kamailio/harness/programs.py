# SPDX-License-Identifier: GPL-2.0-or-later
"""Small programs that tests have run."""

from pathlib import Path


def write_program(path: Path, text: str) -> Path:
    """An executable sh script at `path`; `@dir@` in it is its directory."""
    path.write_text("#!/bin/sh\n" + text.replace("@dir@", str(path.parent)) + "\n")
    path.chmod(0o755)
    return path


def worker_answering(lines: str, before: str = "") -> str:
    """A pool's worker in Python. `lines`: an expression that gives the lines of each reply; `before`:
    code that runs when it starts."""
    return f"""import sys
{before}
for line in sys.stdin:
    field, _, value = line.rstrip("\\n").partition(" ")
    if field == "hello":
        print("hello 1", flush=True)
    elif field == "request":
        name = value.split(" ")[0]
    elif field == "end":
        answer = "".join(f"line {{one}}\\n" for one in {lines})
        print(f"reply {{name}} 0\\n{{answer}}end {{name}}", flush=True)
"""
