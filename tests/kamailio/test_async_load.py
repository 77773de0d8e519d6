# SPDX-License-Identifier: GPL-2.0-or-later
"""Load, in short: that what load/async_load.py measures on an idle machine comes about. That one
worker isn't held up by programs is shown in test_async_limits, by the order of things."""

import pytest

from load import sipp, trial


@pytest.mark.skipif(sipp.SIPP is None, reason="sipp (Debian: sip-tester) is not installed")
def test_calls_and_other_requests_are_counted(module, tmp_path):
    """20 calls a second, each for a program of 200 ms: four times what one worker could wait for."""
    seen = trial.run(module, tmp_path, rate=20, seconds=3, asynchronous=True)
    assert seen.made == 60
    assert seen.lost == 0
    assert 200 <= seen.median_ms <= seen.p99_ms <= seen.longest_ms
    assert seen.options_sent > 0 and seen.options_lost == 0
    assert 0 < seen.options_median_ms <= seen.options_p99_ms
