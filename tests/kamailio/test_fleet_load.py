# SPDX-License-Identifier: GPL-2.0-or-later
"""A fleet under load, in short: what load/fleet_load.py (make fleet-load) does for a minute each."""

from load import fleet_changes
from load.fleet_changes import CLIENTS


def test_replacing_all_workers_loses_nothing_and_repeats_nothing(tmp_path):
    seen = fleet_changes.rolling(tmp_path / "load", seconds=3, rate=150, pause=0.3)
    assert not seen.failed, (seen.outcomes, list(seen.failed)[:10])
    assert not seen.twice
    assert not seen.never_asked
    assert seen.outcomes["yes"] == seen.made > 100


def test_after_a_restart_of_nats_only_calls_under_way_are_lost(tmp_path):
    seen = fleet_changes.restarted(tmp_path / "load", seconds=1.5, rate=150, times=2, pause=0.2)
    # not-started: those that came while there was no connection.
    assert set(seen.outcomes) <= {"yes", "unusable", "not-started"}, seen.outcomes
    assert seen.outcomes["unusable"] <= 2 * CLIENTS
    assert not seen.twice
    assert not seen.never_asked
    assert len(seen.return_seconds) == 2


def test_a_killed_server_of_a_cluster_costs_calls_under_way_alone(tmp_path):
    seen = fleet_changes.one_of_three_servers_killed(tmp_path / "load", seconds=1, rate=150, times=1)
    assert set(seen.outcomes) <= {"yes", "unusable", "deadline", "not-started"}, seen.outcomes
    assert seen.outcomes["unusable"] + seen.outcomes["deadline"] <= CLIENTS
    assert not seen.twice
    assert not seen.never_asked


def test_a_frozen_worker_holds_its_own_calls_alone(tmp_path):
    seen, others = fleet_changes.frozen(tmp_path / "load", seconds=2, rate=100, timeout="500ms")
    assert set(seen.outcomes) == {"yes", "deadline"}, seen.outcomes
    assert not [id for id in seen.failed if id in others]
    assert not seen.twice


def test_a_frozen_worker_holds_no_idempotent_call(tmp_path):
    """The time-out is long: a busy machine isn't to be taken for a frozen worker."""
    seen, _ = fleet_changes.frozen(
        tmp_path / "load", seconds=2, rate=100, timeout="15s", idempotent="yes", hedge="100ms"
    )
    assert not seen.failed, seen.outcomes
