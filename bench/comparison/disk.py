# SPDX-License-Identifier: GPL-2.0-or-later
"""The disk that a store of calls is measured on."""

import os
import statistics
import tempfile
import time
from pathlib import Path

SYNCS = 200


def file_system(path: Path) -> str:
    """Its type, as mount(8) shows it."""
    path, best = path.resolve(), ("", "unknown")
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        mounted = before.split()[4]
        if path.is_relative_to(mounted) and len(mounted) >= len(best[0]):
            best = (mounted, after.split()[0])
    return best[1]


def sync_us(directory: Path) -> dict:
    """Quantiles of what fdatasync takes after a write of 4 KiB at the end of a file."""
    times = []
    with tempfile.TemporaryFile(dir=directory, buffering=0) as file:
        for _ in range(SYNCS):
            file.write(bytes(4096))
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(1e6 * (time.perf_counter() - begin))
    return {"median_us": statistics.median(times), "p99_us": sorted(times)[int(0.99 * SYNCS)]}
