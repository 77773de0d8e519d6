# SPDX-License-Identifier: GPL-2.0-or-later
"""Load, in short: load/async_load.py is the long form, with bounds for an idle machine."""

import pytest

from load import sipp, trial


@pytest.mark.skipif(sipp.SIPP is None, reason="sipp (Debian: sip-tester) is not installed")
def test_one_worker_is_not_held_up_by_programs(module, tmp_path):
    """100 calls a second, each for a program of 200 ms: twenty times what one worker could wait
    for. All are answered, and other requests don't wait for them."""
    seen = trial.run(module, tmp_path, rate=100, seconds=5, asynchronous=True)
    assert seen.made == 500
    assert seen.lost == 0
    assert seen.median_ms >= 200
    assert seen.p99_ms < 2000
    assert seen.options_lost == 0
    assert seen.options_median_ms < 50
