# SPDX-License-Identifier: GPL-2.0-or-later
"""The soak, in short: load/soak.py is the long form."""

from load import soak


def test_mixed_load_at_the_edge(module, tmp_path):
    """Calls of every kind, more at once than may be, commands and workers killed at random."""
    wrong, stats = soak.soak(module, tmp_path, seconds=10, seed=1)
    assert not wrong
    assert all(stats[cause] > 0 for cause in soak.CAUSES)
    assert stats["async_gone"] > 0
