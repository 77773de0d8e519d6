# SPDX-License-Identifier: GPL-2.0-or-later
"""Many SIP workers share the workers of one kamexecd, in short (load/service_load.py: for a minute)."""

import pytest

from load import service_sharing, sipp

needs_sipp = pytest.mark.skipif(sipp.SIPP is None, reason="sipp (Debian: sip-tester) is not installed")


@needs_sipp
def test_sixteen_sip_workers_share_four_workers_fairly(module, tmp_path):
    """All 16 wait all the time: the workers work 50 ms on each call, one after the other."""
    seen = service_sharing.run(
        module, tmp_path / "load", rate=100, seconds=3, work_seconds=0.05,
        at_once=service_sharing.SIP_WORKERS,
    )
    assert seen.made == 300
    assert seen.lost == 0
    assert not seen.twice
    assert len(seen.workers) == service_sharing.WORKERS
    assert seen.longest_ms <= 3 * seen.median_ms


@needs_sipp
def test_changes_under_sip_load_lose_no_call(module, tmp_path):
    seen = service_sharing.run(
        module, tmp_path / "load", rate=100, seconds=4, reload_every=0.5, restart_every=1.5
    )
    assert seen.reloads >= 3 and seen.restarts >= 1
    assert seen.made == 400
    assert seen.lost == 0
    assert not seen.twice
