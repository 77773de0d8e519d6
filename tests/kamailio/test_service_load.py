# SPDX-License-Identifier: GPL-2.0-or-later
"""kamexecd under load, in short: what load/service_load.py (make service-load) does for a minute."""

import time

from harness.service_callers import Callers
from harness.wait import wait_until
from load import service_changes

def test_changes_under_load_lose_nothing_and_repeat_nothing(tmp_path):
    seen = service_changes.run_changes(
        tmp_path / "load", seconds=4, rate=200, reload_every=0.5, restart_every=1.2, replace=True
    )
    assert seen.reloads >= 3 and seen.restarts >= 2
    assert not seen.wrong, seen.wrong[:10]
    assert not seen.twice, seen.twice[:10]
    assert not seen.never_asked
    assert seen.outcomes["yes"] == seen.made > 100


def test_after_its_sudden_death_only_calls_under_way_have_failed(tmp_path):
    """One for each client, and the next ones succeed when it is back."""
    clients = 8
    changing = service_changes.Changing(tmp_path / "load", seconds=0.005)
    try:
        with Callers(changing.daemon.socket_path, "asked", clients=clients) as callers:
            for deaths in range(1, 4):
                callers.go_on(100)
                changing.daemon.kill9()
                changing.daemon.start()
                back = time.monotonic()
                calls = callers.calls()
                assert wait_until(lambda: callers.calls() >= calls + 3 * clients)
                seconds = time.monotonic() - back
                assert seconds < 5, f"{seconds} s after its return"
                assert callers.outcomes["lost"] <= deaths * clients
        seen = service_changes.seen_by(callers, changing)
    finally:
        changing.stop()
    assert set(seen.outcomes) == {"yes", "lost"}, seen.outcomes
    assert len(seen.wrong) == seen.outcomes["lost"], seen.wrong
    assert not seen.twice
