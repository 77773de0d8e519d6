# SPDX-License-Identifier: GPL-2.0-or-later
"""Stored calls in short: what stored/stored_crash.py (make stored-crash) does for 200 rounds; and that
its judgement sees a daemon that loses, doubles or swaps them."""

from pathlib import Path

import pytest

from load import sipp
from stored import crash, lossy_disk, power_cut
from stored.sip_calls import SipCalls

BAD_SERVICE = Path(__file__).parent / "stored" / "bad_service.py"
DEATHS = ("daemon killed", "program killed")


@pytest.fixture(scope="module")
def power_switch(tmp_path_factory):
    why = lossy_disk.hindrance()
    if why:
        pytest.skip(why)
    return lossy_disk.build(tmp_path_factory.mktemp("lossy"))


def test_no_fault_loses_or_swaps_a_stored_call(module, tmp_path):
    def kamailio(socket_path):
        return SipCalls(module, tmp_path / "kamailio", socket_path)

    outcome = crash.run(tmp_path / "run", rounds=14, seed=1, kamailio=kamailio if sipp.SIPP else None)
    print(outcome)
    assert not outcome.verdict.wrong, outcome.verdict.wrong[:10]
    assert outcome.verdict.answered > 20
    for fault in DEATHS + ("worker killed", "daemon restarted", "daemon replaced"):
        assert outcome.happened[fault], outcome.happened
    if outcome.no_disk:
        pytest.skip(f"the rest holds, but {outcome.no_disk}")
    assert outcome.happened["disk full"] and outcome.verdict.refused


def test_no_power_cut_loses_a_stored_call(power_switch, tmp_path):
    outcome = power_cut.run(power_switch, tmp_path / "run", rounds=8, seed=1)
    print(outcome)
    assert not outcome.verdict.wrong, outcome.verdict.wrong[:10]
    assert outcome.verdict.answered >= 20 and outcome.losses.writes


@pytest.mark.parametrize(
    "fault, faults, complaint",
    [
        ("none", DEATHS, ""),
        ("early", DEATHS, "never ran"),
        ("forgets", DEATHS, "never ran"),
        ("gives-up", DEATHS, "never ran"),
        ("ids", DEATHS, "ran with the ids"),
        ("order", DEATHS, "was next"),
        ("at-once", DEATHS, "at the same time"),
        ("claims", ("disk full, daemon killed",), "never ran"),
    ],
)
def test_a_bad_daemon_is_seen(tmp_path, fault, faults, complaint):
    outcome = crash.run(
        tmp_path / "run", rounds=len(faults), seed=1, program=BAD_SERVICE, names=("spawned",), faults=faults,
        environment={"FAULT": fault}, keys=1, least=60,
    )
    if outcome.no_disk and "disk full, daemon killed" in faults:
        pytest.skip(outcome.no_disk)
    wrong = "\n".join(outcome.verdict.wrong)
    assert complaint in wrong if complaint else not wrong


@pytest.mark.parametrize("fault", ["none", "unsynced"])
def test_a_daemon_that_does_not_sync_is_seen(power_switch, tmp_path, fault):
    outcome = power_cut.run(
        power_switch, tmp_path / "run", rounds=3, seed=1, program=BAD_SERVICE, names=("spawned",),
        environment={"FAULT": fault},
    )
    wrong = "\n".join(outcome.verdict.wrong)
    assert "never ran" in wrong if fault == "unsynced" else not wrong


@pytest.mark.parametrize("synchronous", ["FULL", "OFF"])
def test_the_disk_loses_what_sqlite_has_not_synced(power_switch, tmp_path, synchronous):
    lost = power_cut.rows_lost(power_switch, tmp_path / "rows", synchronous, rounds=6, seed=1)
    assert lost > 0 if synchronous == "OFF" else lost == 0
