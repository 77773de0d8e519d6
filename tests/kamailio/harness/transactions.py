# SPDX-License-Identifier: GPL-2.0-or-later
"""The server's own count of its transactions."""

from .wait import PATIENCE, wait_until

# For servers whose transactions a test waits for: they go soon after their final reply.
SHORT_LIVES = 'modparam("tm", "wt_timer", 100)\n'


def left(ask) -> int:
    """Transactions made and not yet freed."""
    stats = ask("tm.stats")
    return stats["created"] - stats["freed"]


def left_after(ask, seconds=PATIENCE) -> int:
    """As left(), but waits until there is none, up to so long."""
    wait_until(lambda: not left(ask), seconds)
    return left(ask)
