# SPDX-License-Identifier: GPL-2.0-or-later
"""What the module counts, and RPC on asynchronous calls."""

import time

import pytest

from harness import script
from harness.errors import HarnessError
from harness.wait import wait_until

COUNTED = """
    exec_cmd("true");
    exec_cmd("exit 3");
    exec_cmd("/nonexistent/program");
    exec_dset("true");
    exec_cmd("sleep 5");
"""


@script(COUNTED, rpc=True, params=[("deadline_ms", 1000)])
def test_every_outcome_is_counted(call, ask):
    call()
    stats = ask("exec.stats")
    counted = {name: stats[name] for name in ("calls", "ok", "no", "not_started", "deadline")}
    assert counted == {"calls": 5, "ok": 1, "no": 1, "not_started": 1, "deadline": 1}
    assert stats["unusable"] == 1 and stats["refused"] == 0
    assert stats["duration_us_le_inf"] == 5
    assert stats["duration_us_sum"] >= 1_000_000
    assert stats["duration_us_le_100000"] < stats["duration_us_le_5000000"] == 5


@script(COUNTED, rpc=True, params=[("deadline_ms", 1000)])
def test_they_are_statistics_of_the_server(call, ask):
    call()
    shown = ask("stats.get_statistics", "exec:")
    assert "exec:calls = 5" in shown and "exec:deadline = 1" in shown


WAITING = 'exec_cmd_async("sleep 30; true");'


@script(WAITING, rpc=True)
def test_jobs_are_shown_and_ended(call, ask, server):
    call()
    (job,) = ask("exec.jobs")
    assert job["call"].startswith('exec_cmd("sleep 30; true") at ')
    assert 0 < job["bytes"] < 65536
    ask("exec.kill", job["id"])
    assert wait_until(lambda: ask("exec.jobs") == [])
    assert ask("exec.stats")["async_under_way"] == 0
    with pytest.raises(HarnessError, match="no such call"):
        ask("exec.kill", job["id"])


@script(
    """$var(i) = 0;
    while ($var(i) < 99) { exec_cmd("/nonexistent/program"); $var(i) = $var(i) + 1; }""",
    params=[("failures_logged", 2)],
    children=1,
)
def test_failures_are_logged_up_to_the_limit(call, server):
    first = time.monotonic()
    call()
    seconds = int(time.monotonic() - first) + 2  # the first and the last are not whole
    lines = [line for line in server.log().splitlines() if "not-started" in line]
    assert 2 <= len(lines) <= 2 * seconds < 99
