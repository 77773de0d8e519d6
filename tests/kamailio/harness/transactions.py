# SPDX-License-Identifier: GPL-2.0-or-later
"""The server's own count of its transactions."""

import time

# For servers whose transactions a test waits for: they go soon after their final reply.
SHORT_LIVES = 'modparam("tm", "wt_timer", 100)\n'


def left(ask) -> int:
    """Transactions made and not yet freed."""
    stats = ask("tm.stats")
    return stats["created"] - stats["freed"]


def left_after(ask, seconds=10.0) -> int:
    """As left(), but waits until there is none, up to so long."""
    end = time.monotonic() + seconds
    while left(ask) and time.monotonic() < end:
        time.sleep(0.05)
    return left(ask)
