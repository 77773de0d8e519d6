# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the asynchronous functions work, and where they say that they don't."""

import re

import pytest

from harness import script, sip
from harness.invite import Invite
from harness.transactions import SHORT_LIVES
from harness.wait import wait_until

WAITING = {
    "exec_dset_async": 'exec_dset_async("true", "BACK")',
    "exec_msg_async": 'exec_msg_async("true", "BACK")',
    "exec_avp_async": 'exec_avp_async("true", "$avp(x)", "BACK")',
    "exec_run_async": 'exec_run_async("true", "", "$var(x)", "", "BACK")',
}
ELSEWHERE = ["onreply_route[X]", "branch_route[X]"]


def CONFIG():
    return {"rpc": True, "modparams": SHORT_LIVES}


@pytest.mark.parametrize("where", ELSEWHERE)
@pytest.mark.parametrize("function", WAITING)
def test_refused_when_the_configuration_loads(check, function, where):
    result = check(more=f"route[BACK] {{ return; }}\n{where} {{ {WAITING[function]}; }}\n")
    assert not result.accepted
    assert function in result.output


@pytest.mark.parametrize("where", ["request_route", "failure_route[X]"])
@pytest.mark.parametrize("function", WAITING)
def test_accepted_where_a_request_can_wait(check, function, where):
    block = f"{where} {{ {WAITING[function]}; }}\n"
    more = "route[BACK] { return; }\n"
    if where == "request_route":
        result = check(request_route=block, more=more)
    else:
        result = check(more=more + block)
    assert result.accepted, result.output


@script(
    '$ru = $hdr(X-Target); $avp(tried) = 1; t_on_failure("serial"); t_relay(); exit;',
    """failure_route[serial] {
        if (!t_check_status("486")) exit;
        exec_dset_async("sed -n $(avp(tried){s.int})p @dir@/targets; true", "serial_next");
        t_reply("500", "Not Suspended");
    }
    route[serial_next] {
        if ($exec(rc) != 1) { t_reply("480", "No More"); exit; }
        $avp(tried) = $avp(tried) + 1;
        t_on_failure("serial");
        t_relay();
    }""",
)
@pytest.mark.parametrize("busy", [1, 2, 5])
def test_serial_forking_from_failure_route(client, server, uas, busy):
    """Each target in turn, as a program tells it; the last one answers."""
    targets = [uas(486) for _ in range(busy)] + [uas(200)]
    uris = [target.uri(f"t{number}") for number, target in enumerate(targets)]
    (server.directory / "targets").write_text("".join(f"{uri}\n" for uri in uris[1:]))
    call = Invite(client, "test_serial_forking_from_failure_route", headers=[("X-Target", uris[0])])
    assert call.reply().status == 200
    for target, uri in zip(targets, uris):
        assert [request.uri for request in target.of_method("INVITE")] == [uri]


@script(
    '$ru = $hdr(X-Target); t_on_failure("keeps"); $avp(kept) = "of the request"; t_relay(); exit;',
    r"""failure_route[keeps] {
        exec_avp_async("echo \"$$SIP_USER $$SIP_RURI\"", "$avp(out)", "keeps_back");
    }
    route[keeps_back] {
        append_to_reply("X-Kept: $avp(kept)/$avp(out)\r\n");
        t_reply("480", "Told");
    }""",
)
def test_in_failure_route_the_program_sees_the_request(client, uas):
    busy = uas(486)
    name = "test_in_failure_route_the_program_sees_the_request"
    reply = Invite(client, name, headers=[("X-Target", busy.uri("x"))]).reply()
    assert reply.status == 480
    assert reply["X-Kept"].startswith("of the request/x sip:x@")


def lines_of(path) -> list:
    """The file's lines, once it has some."""
    wait_until(lambda: path.exists() and path.read_text())
    return path.read_text().splitlines() if path.exists() else []


EVERYWHERE = """
onreply_route[everywhere] {
    exec_cmd_async("echo reply >> @dir@/reply");
    route(waits_elsewhere);
}
branch_route[everywhere] {
    exec_cmd_async("echo branch >> @dir@/branch");
    route(waits_elsewhere);
}
failure_route[everywhere] {
    exec_cmd_async("echo failure >> @dir@/failure");
    t_reply("480", "End");
}
event_route[tm:local-request] {
    exec_cmd_async("echo local >> @dir@/local");
    route(waits_elsewhere);
}
route[waits_elsewhere] {
    exec_avp_async("echo ran >> @dir@/must_not_run", "waits_back");
    xlog("L_ERR", "elsewhere: $rc\n");
}
route[waits_back] { xlog("L_ERR", "went on\n"); }
event_route[core:worker-one-init] { exec_cmd_async("echo worker >> @dir@/worker"); }
route[TICK] { exec_cmd_async("echo tick >> @dir@/tick"); }
event_route[htable:mod-init] { exec_cmd_async("echo startup >> @dir@/startup"); }
"""


@script(
    """if (is_method("ACK")) exit;
    exec_cmd_async("echo request >> @dir@/request");
    t_on_reply("everywhere"); t_on_branch("everywhere"); t_on_failure("everywhere");
    $uac_req(method) = "OPTIONS"; $uac_req(ruri) = $hdr(X-Target);
    $uac_req(furi) = "sip:server@example.com"; $uac_req(turi) = "sip:bob@example.com";
    uac_req_send();
    $ru = $hdr(X-Target); t_relay(); exit;""",
    EVERYWHERE,
    modules=("htable", "uac", "rtimer"),
    modparams="""modparam("htable", "htable", "a=>size=4;")
modparam("uac", "restore_mode", "none")
modparam("rtimer", "timer", "name=tick;interval=1;mode=1;")
modparam("rtimer", "exec", "timer=tick;route=TICK")
""",
)
def test_exec_cmd_async_in_every_route(client, server, uas):
    """And the others, reached through a route that the check at load can't see, refuse."""
    busy = uas(486)
    call = Invite(
        client, "test_exec_cmd_async_in_every_route", headers=[("X-Target", busy.uri())]
    )
    assert call.reply().status == 480
    for name in ("request", "branch", "failure", "worker", "startup", "local"):
        assert lines_of(server.directory / name) == [name], name
    assert lines_of(server.directory / "reply")
    assert lines_of(server.directory / "tick")
    refused = re.findall(r"elsewhere: (\S+)", server.log())
    assert len(refused) >= 3 and set(refused) == {"-4"}
    assert not (server.directory / "must_not_run").exists()
    assert "went on" not in server.log()


@script('exec_cmd_async(": < @dir@/gate; echo done > @dir@/done"); TELL_RC')
def test_exec_cmd_async_waits_for_nothing(call, server, gate):
    command = gate()
    assert call()["X-RC"] == "1"
    command.open()
    assert lines_of(server.directory / "done") == ["done"]


@script('exec_cmd_async("/nonexistent/program"); TELL_RC')
def test_exec_cmd_async_reports_in_the_log(call, server):
    assert call()["X-RC"] == "1"
    assert wait_until(lambda: "not-started" in server.log())
    assert 'exec_cmd("/nonexistent/program")' in server.log()


@script(
    """t_on_failure("ack_x"); exec_avp_async("true", "ack_back");
    xlog("L_ERR", "an ACK was refused: $rc\\n"); exit;""",
    'failure_route[ack_x] { exit; } route[ack_back] { t_reply("404", "Not Here"); }',
)
def test_an_ack_can_not_wait(call, client, server):
    client.send(sip.request("ACK", "sip:bob@example.com", [("X-Test", "test_an_ack_can_not_wait")]))
    assert wait_until(lambda: "an ACK was refused: -4" in server.log())
    assert call(method="INVITE").status == 404
