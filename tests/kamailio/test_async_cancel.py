# SPDX-License-Identifier: GPL-2.0-or-later
"""The caller gives up while a command runs: the command ends, and no route goes on."""

import pytest

from harness import script
from harness.invite import Invite
from harness.job_process import held_up
from harness.processes import wait_until_gone
from harness.transactions import left_after
from harness.version import until
from harness.wait import wait_until

BACK = 'xlog("L_ERR", "went on: $exec(rc)\\n"); t_reply("503", "Went On");'


# An answered transaction is still there when the command ends.
ANSWERED_LIVES = 'modparam("tm", "wt_timer", 2000)\n'


def CONFIG():
    return {"rpc": True, "modparams": ANSWERED_LIVES, "request_route": REQUEST_ROUTE, "children": 4}


# A CANCEL is handled as proxies do it, all else by the test's route.
REQUEST_ROUTE = """
request_route {
    if ($hdr(X-Test) == $null) { if (!is_method("ACK")) sl_send_reply("200", "Up"); exit; }
    if (is_method("CANCEL")) { if (t_check_trans()) t_relay_cancel(); exit; }
    if (is_method("ACK")) { t_check_trans(); exit; }
    $var(test) = $hdr(X-Test);
    route($var(test));
    send_reply("500", "Not Suspended");
    exit;
}
"""


@pytest.fixture
def begin(request, client):
    """begin(**): an INVITE to the test's route."""
    return lambda **fields: Invite(client, request.function.__name__, **fields)


@pytest.fixture
def goes_on(server):
    """Whether a route went on since the test began."""
    before = server.log().count("went on")
    return lambda: server.log().count("went on") > before


def nothing_left(server, ask):
    assert not wait_until_gone(lambda: ask("exec.jobs"))
    assert left_after(ask) == 0


@script(
    'exec_avp_async("@record@ @dir@/running; trap \'\' TERM; sleep 30; sleep 30", "cancel_back");',
    f"route[cancel_back] {{ {BACK} }}",
)
def test_cancel_while_the_command_runs(begin, server, recorded, goes_on, ask):
    processes = set(server.started_processes())
    call = begin()
    recorded("running")
    with held_up(ask):  # nothing can end the command now
        call.cancel()
        assert call.cancel_reply().status == 200
        assert call.reply().status == 487
    assert not wait_until_gone(lambda: set(server.started_processes()) - processes)
    nothing_left(server, ask)
    assert not goes_on()
    assert ask("exec.stats")["async_gone"] == 1


@script(
    'exec_avp_async("@record@ @dir@/ends; exec sleep 30", "race_back");',
    f"route[race_back] {{ {BACK} }}",
)
def test_a_command_that_ends_at_once_when_told(begin, server, recorded, goes_on, ask):
    """The command is over before the server has marked the transaction as cancelled, or after."""
    for _ in range(30):
        call = begin()
        recorded("ends")
        call.cancel()
        assert call.reply().status == 487
    nothing_left(server, ask)
    assert not goes_on()


@script(
    """t_newtran(); t_reply("100", "Trying"); exec_cmd("@record@ @dir@/before; : < @dir@/gate");
    exec_avp_async("echo out > @dir@/ran", "before_back");
    xlog("L_ERR", "refused: $rc\\n"); exit;""",
    f"route[before_back] {{ {BACK} }}",
)
def test_cancelled_before_the_call(begin, server, recorded, goes_on, ask, gate):
    before = gate()
    call = begin()
    recorded("before")
    call.cancel()
    assert call.reply().status == 487
    before.open()
    assert wait_until(lambda: "refused: -4" in server.log())
    nothing_left(server, ask)
    assert not goes_on() and not (server.directory / "ran").exists()


@script(
    """t_on_failure("cancel_in_failure"); $ru = $hdr(X-Target); t_relay(); exit;""",
    """failure_route[cancel_in_failure] {
        if (t_is_canceled()) { xlog("L_ERR", "went on: cancelled\\n"); exit; }
        exec_avp_async("@record@ @dir@/failure; sleep 30", "failure_back");
    }
    route[failure_back] { %s }"""
    % BACK,
)
def test_cancel_in_failure_route(begin, server, recorded, goes_on, ask, uas):
    busy = uas(486)
    call = begin(headers=[("X-Target", busy.uri())])
    recorded("failure")
    call.cancel()
    assert call.reply().status == 487
    nothing_left(server, ask)
    assert not goes_on()


@script(
    'exec_avp_async("@record@ @dir@/ended; sleep 30", "ended_back");',
    f"route[ended_back] {{ {BACK} }}",
)
def test_a_command_that_an_operator_ends(begin, server, recorded, goes_on, ask):
    """No CANCEL: the route goes on, and knows."""
    call = begin()
    recorded("ended")
    (job,) = ask("exec.jobs")
    ask("exec.kill", job["id"])
    assert call.reply().status == 503
    nothing_left(server, ask)
    assert goes_on() and "went on: -2" in server.log()


@script(
    """if ($hdr(X-Answers) != $null) {
        t_reply_callid("$hdr(X-Answers)", "1", "480", "Answered");
        sl_send_reply("200", "Did"); exit;
    }
    exec_avp_async("@record@ @dir@/answered; : < @dir@/gate", "answered_back");""",
    f"route[answered_back] {{ {BACK} }}",
)
@pytest.mark.parametrize(
    "method",
    [
        "INVITE",
        pytest.param(
            "MESSAGE",
            marks=until("t_reply_callid finds only INVITEs", "5.7.0"),
        ),
    ],
)
def test_a_transaction_that_is_answered_meanwhile(
    begin, server, recorded, goes_on, ask, gate, method
):
    """By the script of another request: nothing may go on for a call that is over."""
    command = gate()
    call = begin(method=method)
    recorded("answered")
    answering = begin(method="MESSAGE", headers=[("X-Answers", call.call_id)])
    assert answering.reply().status == 200
    assert call.reply().status == 480
    command.open()
    nothing_left(server, ask)
    assert not goes_on()


@script(
    'exec_avp_async("true", "later_back");',
    """route[later_back] { $ru = $hdr(X-Target); t_relay(); }""",
)
def test_cancel_after_the_route_went_on(begin, server, ask, uas):
    """The watch for the CANCEL outlives the call: nothing of it may be used again."""
    ringing = uas(180)
    call = begin(headers=[("X-Target", ringing.uri())])
    ringing.wait_for("INVITE")
    assert not wait_until_gone(lambda: ask("exec.jobs"))
    call.cancel()
    assert call.cancel_reply().status == 200
    assert ringing.wait_for("CANCEL")
    (invite,) = ringing.of_method("INVITE")
    ringing.answer(invite, 487)
    assert call.reply().status == 487
    nothing_left(server, ask)


@script(
    """$ru = $hdr(X-Target); t_relay();
    exec_avp_async("@record@ @dir@/relayed; sleep 2", "relayed_back");
    xlog("L_ERR", "refused: $rc\\n"); exit;""",
    f"route[relayed_back] {{ {BACK} }}",
)
def test_a_request_that_was_relayed_can_not_wait(begin, uas, goes_on, server, ask):
    """tm drops the replies of a transaction that waits: the callee's answer would be lost."""
    answering = uas(200)
    call = begin(headers=[("X-Target", answering.uri())])
    assert call.reply().status == 200
    nothing_left(server, ask)
    assert not goes_on()
