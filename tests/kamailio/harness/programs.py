# SPDX-License-Identifier: GPL-2.0-or-later
"""Small shell programs that tests have run."""

from pathlib import Path


def write_program(path: Path, text: str) -> Path:
    """An executable sh script at `path`; `@dir@` in it is its directory."""
    path.write_text("#!/bin/sh\n" + text.replace("@dir@", str(path.parent)) + "\n")
    path.chmod(0o755)
    return path
