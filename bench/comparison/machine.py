# SPDX-License-Identifier: GPL-2.0-or-later
"""What was measured on, and with what."""

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

from .harness import KAMAILIO

REPOSITORY = Path(__file__).resolve().parents[2]


def _output(*command) -> str:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _field(path: str, pattern: str) -> str:
    try:
        found = re.search(pattern, Path(path).read_text(), re.MULTILINE)
    except OSError:
        return ""
    return found.group(1).strip().strip('"') if found else ""


def _kamailio() -> str:
    found = re.search(r"kamailio \S+", _output(KAMAILIO, "-v")) if KAMAILIO else None
    package = _output("dpkg-query", "-W", "-f=${Version}", "kamailio")
    return " ".join(part for part in (found and found.group(), package and f"({package})") if part)


def not_a_commit() -> str:
    """Why the tree that is measured is no commit that others can check out; nothing where it is."""
    changes = _output("git", "-C", REPOSITORY, "status", "--porcelain")
    if _output("git", "-C", REPOSITORY, "rev-parse", "HEAD") == "":
        return "this is no checkout of the repository"
    return f"{len(changes.splitlines())} files differ from it" if changes else ""


def describe() -> dict:
    """Taken before anything is measured: the load is what else the machine had to do."""
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": _field("/proc/cpuinfo", r"^model name\s*:\s*(.+)$") or platform.machine(),
        "cpus": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "system": _field("/etc/os-release", r"^PRETTY_NAME=(.+)$"),
        "libc": " ".join(platform.libc_ver()),
        "shell": os.path.realpath("/bin/sh"),
        "kamailio": _kamailio(),
        "commit": _output("git", "-C", REPOSITORY, "describe", "--always", "--dirty"),
        "load": os.getloadavg()[0],
    }
