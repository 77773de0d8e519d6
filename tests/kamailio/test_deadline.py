# SPDX-License-Identifier: GPL-2.0-or-later
"""At the deadline the whole tree of a command's processes ends, wherever they moved to."""

import pytest

from harness import both, mended, script
from harness.processes import wait_until_gone
from harness.wait import wait_until

ONE_SECOND = [("time_to_kill", 1)]

# Each would run for half a minute. What makes it hard to end:
STUBBORN = {
    "a program": "sleep 30",
    "a shell that waits": "sleep 30; true",
    "children": "sleep 30 & sleep 30 & wait",
    "SIGTERM ignored": "trap '' TERM; sleep 30; sleep 30",
    "a session of its own": "setsid -w sleep 30",
    "a daemon beside it": "(setsid sleep 30 >/dev/null 2>&1 &) ; sleep 30",
    "output without end": "yes",
    "errors without end": "yes >&2",
    "closed descriptors": "exec 0<&- 1>&- 2>&-; sleep 30",
    "stopped": "kill -STOP $$$$; sleep 30",
}
_CASES = "".join(
    f'case "{name}": exec_cmd("{command}"); break;\n' for name, command in STUBBORN.items()
)


@pytest.mark.parametrize("what", STUBBORN)
@script(f"switch ($hdr(X-What)) {{ {_CASES} }} TELL_RC", params=ONE_SECOND)
def test_nothing_is_left(call, server, what):
    before = set(server.started_processes())
    reply = call(headers=[("X-What", what)])
    assert reply["X-RC"] == "-2"
    assert reply.seconds >= 0.9
    assert not wait_until_gone(lambda: set(server.started_processes()) - before)


@mended("a hung program blocks a SIP worker for ever")
@pytest.mark.parametrize("function", ["exec_msg", "exec_avp", "exec_cmd", "exec_dset"])
@script(
    """
    switch ($hdr(X-Function)) {
        case "exec_msg": exec_msg("sleep 4"); break;
        case "exec_avp": exec_avp("sleep 4"); break;
        case "exec_cmd": exec_cmd("sleep 4"); break;
        case "exec_dset": exec_dset("sleep 4; true"); break;
    }
    TELL_RC
    """,
    params=ONE_SECOND,
)
def test_each_function(call, function):
    assert call(headers=[("X-Function", function)])["X-RC"] == "-2"


@script('exec_msg("sleep 30"); TELL_RC', params=ONE_SECOND)
def test_a_program_that_never_reads(call):
    assert call(body="x" * 60_000)["X-RC"] == "-2"


@mended("exec_avp reads until the last writer of the pipe is gone, the job in the background too")
@script('exec_avp("(sleep 4; echo > @dir@/over) & echo out", "$avp(x)"); TELL_RC')
def test_a_job_in_the_background_keeps_exec_avp_from_nothing(call, server):
    assert call()["X-RC"] == "1"
    assert not (server.directory / "over").exists()


@both
@pytest.mark.parametrize("function", ["exec_msg", "exec_cmd"])
@script("""
    if ($hdr(X-Function) == "exec_msg")
        exec_msg("(: < @dir@/gate; echo lived > @dir@/exec_msg.job) &");
    else
        exec_cmd("(: < @dir@/gate; echo lived > @dir@/exec_cmd.job) &");
""")
def test_a_job_in_the_background_lives_on(call, server, gate, function):
    job, after_the_call = server.directory / f"{function}.job", gate()
    call(headers=[("X-Function", function)])
    after_the_call.open()
    assert wait_until(lambda: job.exists() and job.read_text())
    assert job.read_text() == "lived\n"


@script('exec_cmd("(sleep 2; echo lived > @dir@/job) &"); TELL_RC', params=ONE_SECOND)
def test_a_job_in_the_background_has_no_deadline(call, server):
    assert call()["X-RC"] == "1"
    job = server.directory / "job"
    assert wait_until(lambda: job.exists() and job.read_text())
    assert job.read_text() == "lived\n"


@script(
    'if ($hdr(X-Slow) == "yes") exec_cmd("sleep 30"); TELL_RC', params=ONE_SECOND, children=1
)
def test_the_worker_is_free_again(call):
    assert call(headers=[("X-Slow", "yes")])["X-RC"] == "-2"
    assert call().status == 200
