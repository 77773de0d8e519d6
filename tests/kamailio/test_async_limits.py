# SPDX-License-Identifier: GPL-2.0-or-later
"""So many at once, so many waiting, and beyond that -4 at once."""

import time

import pytest

from harness import script
from harness.config import Config
from harness.errors import ServerDied
from harness.invite import Invite
from harness.processes import wait_until_gone
from harness.transactions import SHORT_LIVES, left_after
from harness.wait import wait_until

OR_BUSY = r"""
    append_to_reply("X-RC: $rc $exec(outcome)\r\n");
    send_reply("503", "Busy");
    exit;
"""
DONE = r'append_to_reply("X-RC: $exec(rc)\r\n"); t_reply("200", "Done");'
# A program that runs until the gate opens.
HELD = "echo + >> @dir@/runs; : < @dir@/gate; echo - >> @dir@/runs"


def most_at_once(path) -> int:
    """Of the programs HELD that wrote there."""
    running = most = 0
    for line in path.read_text().split():
        running += {"+": 1, "-": -1}[line]
        most = max(most, running)
    return most


def started(path) -> int:
    return path.read_text().count("+") if path.exists() else 0


@script(
    f'exec_avp_async("{HELD}", "limited_back"); {OR_BUSY}',
    f"route[limited_back] {{ {DONE} }}",
    params=[("async_running", 2), ("async_waiting", 3)],
    rpc=True,
    modparams=SHORT_LIVES,
)
def test_two_run_three_wait_and_the_sixth_is_refused(client, server, ask, gate):
    name = "test_two_run_three_wait_and_the_sixth_is_refused"
    runs, commands = server.directory / "runs", gate()
    calls = [Invite(client, name) for _ in range(5)]
    # Its two workers read from one socket: what was sent last could be taken first.
    assert wait_until(lambda: ask("exec.stats")["async_under_way"] == 5)
    assert wait_until(lambda: started(runs) == 2)
    reply = Invite(client, name).reply()
    assert reply.status == 503
    assert reply["X-RC"] == "-4 refused"
    commands.open()
    assert all(call.reply().status == 200 for call in calls)
    assert (started(runs), most_at_once(runs)) == (5, 2)
    assert Invite(client, name).reply().status == 200
    assert left_after(ask) == 0
    assert ask("exec.stats")["async_under_way"] == 0


@script(
    f'exec_avp_async("echo one", "$avp(x)", "only_back"); {OR_BUSY}',
    f"""route[only_back] {{ exec_avp_async("echo two", "$avp(x)", "only_next"); {OR_BUSY} }}
    route[only_next] {{ {DONE} }}""",
    params=[("async_running", 1), ("async_waiting", 0)],
)
def test_a_route_that_goes_on_finds_the_place_that_its_command_had(call):
    assert [call()["X-RC"] for _ in range(3)] == ["1", "1", "1"]


@script(
    f"""if ($hdr(X-Other) != $null) {{ sl_send_reply("200", "Other"); exit; }}
    exec_avp_async(": < @dir@/gate", "crowd_back"); {OR_BUSY}""",
    f"route[crowd_back] {{ {DONE} }}",
    children=1,
    rpc=True,
)
def test_one_worker_is_not_held_up_by_programs(client, ask, gate):
    """Fifty calls wait for programs; others are answered all the while, and then those are too."""
    name = "test_one_worker_is_not_held_up_by_programs"
    programs = gate()
    calls = [Invite(client, name) for _ in range(50)]
    assert wait_until(lambda: ask("exec.stats")["async_under_way"] == 50)
    for _ in range(20):
        other = Invite(client, name, headers=[("X-Other", "yes")], method="MESSAGE")
        assert other.reply().status == 200
    assert ask("exec.stats")["async_under_way"] == 50
    programs.open()
    assert [call.reply()["X-RC"] for call in calls] == ["1"] * 50


@script(
    f'exec_avp_async("{HELD}", "spread_back"); {OR_BUSY}',
    f"route[spread_back] {{ {DONE} }}",
    params=[("workers", 3), ("async_running", 6)],
    rpc=True,
)
def test_several_processes(client, server, ask, gate):
    """All at once, and not one after another."""
    assert ask("core.ps").count("exec command runner") == 3
    commands = gate()
    calls = [Invite(client, "test_several_processes") for _ in range(6)]
    assert wait_until(lambda: started(server.directory / "runs") == 6)
    commands.open()
    assert all(call.reply().status == 200 for call in calls)


@script(
    f'exec_avp_async("sleep 30", "queued_back"); {OR_BUSY}',
    f"route[queued_back] {{ {DONE} }}",
    params=[("async_running", 1), ("async_waiting", 5), ("deadline_ms", 2000)],
    modparams=SHORT_LIVES,
    rpc=True,
)
def test_what_waits_has_its_deadline_too(client, ask):
    """It counts from the call on: all end at once, though one could run at a time, which would take
    six times as long."""
    begin = time.monotonic()
    calls = [Invite(client, "test_what_waits_has_its_deadline_too") for _ in range(6)]
    assert [call.reply()["X-RC"] for call in calls] == ["-2"] * 6
    assert time.monotonic() - begin < 3 * 2.0
    assert left_after(ask) == 0


HANGING = """
    $var(i) = 0;
    while ($var(i) < 70) {
        exec_cmd_async("sleep 30; true");
        $var(i) = $var(i) + 1;
    }
    exit;
"""


@script(
    f'if ($hdr(X-Hang) != $null) {{ {HANGING} }} exec_avp_async("echo ran", "held_back"); {OR_BUSY}',
    f"route[held_back] {{ {DONE} }}",
    params=[("cmd_async_waiting", 40), ("failures_logged", 1)],
    rpc=True,
    modparams=SHORT_LIVES,
)
def test_jobs_that_hang_hold_up_nobody_who_waits(client, ask):
    """More of them than places, with the defaults: all 64 of the calls' own are free."""
    name = "test_jobs_that_hang_hold_up_nobody_who_waits"
    Invite(client, name, headers=[("X-Hang", "yes")])
    assert wait_until(lambda: ask("exec.stats")["cmd_async_under_way"] == 70)
    reply = Invite(client, name).reply()
    assert (reply.status, reply["X-RC"]) == (200, "1")
    # And where no more of them are taken, those who wait still are.
    Invite(client, name, headers=[("X-Hang", "yes")])
    assert wait_until(lambda: ask("exec.stats")["refused"])
    assert Invite(client, name).reply()["X-RC"] == "1"
    stats = ask("exec.stats")
    assert (stats["async_under_way"], stats["cmd_async_under_way"]) == (72, 72)  # 32 and 40
    jobs = ask("exec.jobs")
    assert {(job["waited_for"], job["timeout_ms"]) for job in jobs} == {(0, 0)}
    for job in jobs:
        ask("exec.kill", job["id"])
    assert not wait_until_gone(lambda: ask("exec.jobs"))
    assert ask("exec.stats")["cmd_async_under_way"] == 0


@pytest.mark.parametrize(
    "text, params, warned",
    [
        ('exec_cmd_async("sleep 30; true");', (), True),
        ('exec_cmd_async("true $rU");', (), True),
        ('exec_cmd_async("sleep 30; true");', (("time_to_kill", 5),), False),
        ('exec_cmd_async("sleep 30; true");', (("deadline_ms", 50),), False),
        ('exec_cmd("sleep 30; true");', (), False),
        ('exec_avp_async("true", "BACK");', (), False),
        ('exec_cmd_async("@named");', (("program", "name=named; run=true"),), False),
    ],
)
def test_a_job_without_a_deadline_is_warned_of(check, start, text, params, warned):
    """By kamailio -c and at the start: nothing else would end it."""
    said = "no transaction waits for it and it has no deadline"
    checked = check(text, more=BACK, params=params)
    assert checked.accepted and (said in checked.output) == warned
    server = start(Config({"x": text}, more=BACK, params=params))
    assert (said in server.log()) == warned


LARGE = "x" * 45_000


@script(
    """$var(i) = 0; $var(refused) = 0; $var(taken) = 0;
    while ($var(i) < 99) {
        if (exec_cmd_async("sh -c 'sleep 2' name '$hdr(X-Large)'")) $var(taken) = $var(taken) + 1;
        else if ($exec(rc) == -4) $var(refused) = $var(refused) + 1;
        $var(i) = $var(i) + 1;
    }
    append_to_reply("X-Taken: $var(taken)\\r\\nX-Refused: $var(refused)\\r\\n");
    exec_msg_async("cat", "unreached"); append_to_reply("X-Waiting: $rc\\r\\n");
    sl_send_reply("200", "Counted"); exit;""",
    'route[unreached] { t_reply("500", "No"); }',
    params=[("failures_logged", 2)],
    kamailio=("-DD", "-m", "4"),
    rpc=True,
)
def test_short_of_shared_memory(call, ask, server):
    """-4, no crash, and when the commands are over all of it is free again."""
    before = ask("core.shmmem", "b")["free"]
    reply = call(headers=[("X-Large", LARGE)])
    assert int(reply["X-Taken"]) > 0
    assert int(reply["X-Refused"]) > 0
    assert int(reply["X-Taken"]) + int(reply["X-Refused"]) == 99
    assert reply["X-Waiting"] == "-4"
    assert not wait_until_gone(lambda: ask("exec.stats")["async_under_way"])
    assert ask("core.shmmem", "b")["free"] >= before - 65536
    assert "out of shared memory" in server.log()


def begin(start, **options):
    return start(Config({"x": 'exec_avp_async("true", "BACK");'}, more=BACK, **options))


BACK = 'route[BACK] { t_reply("200", "Done"); }\n'


def test_no_process_for_calls_of_the_configuration(start):
    with pytest.raises(ServerDied, match="exec_avp_async needs one of the module's processes, and the parameter workers is 0"):
        begin(start, params=(("workers", 0),))


@pytest.mark.parametrize(
    "name, value", [("workers", -2), ("async_running", 0), ("async_waiting", -1)]
)
def test_parameters_that_make_no_sense(check, name, value):
    result = check("exec_cmd_async('true');".replace("'", '"'), params=((name, value),))
    assert not result.accepted
    assert name in result.output


def test_more_waiting_than_a_pipe_can_hold(start):
    """Told when the server starts, with the limit's name, not when the pipe is full."""
    limit = int(open("/proc/sys/fs/pipe-max-size").read())
    with pytest.raises(ServerDied, match="async"):
        begin(start, params=(("async_waiting", 2_000_000_000),))
    assert limit > 0


@script("exec_cmd(\"true\"); TELL_RC", rpc=True)
def test_no_process_where_there_are_no_such_calls(call, ask):
    assert call()["X-RC"] == "1"
    assert "exec command runner" not in ask("core.ps")


@script(
    'exec_cmd_async("echo ran > @dir@/ran"); TELL_RC',
    base=("sl", "pv", "xlog", "textops", "siputils"),
)
def test_without_tm(call, server):
    """exec_cmd_async needs no transaction. The server doesn't start with a call of the others."""
    assert call()["X-RC"] == "1"
    assert "tm is not loaded" not in server.log()
    assert wait_until((server.directory / "ran").exists)
    assert (server.directory / "ran").read_text() == "ran\n"
