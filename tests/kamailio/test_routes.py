# SPDX-License-Identifier: GPL-2.0-or-later
"""Each function in each kind of route that has a SIP message."""

from harness import both, script
from harness.processes import wait_until_gone
from harness.programs import write_program

# Prints the n-th line of the file `targets`; the appended URI is $2.
NTH_TARGET = 'echo "$2" > @dir@/asked.$1; sed -n "${1}p" @dir@/targets'


@both
@script(
    """
    exec_dset("@dir@/target 1");
    t_on_failure("serial");
    t_relay();
    exit;
    """,
    """
    failure_route[serial] {
        if (t_check_status("486") && exec_dset("@dir@/target 2")) {
            exec_msg("@record@ @dir@/failure");
            exec_avp("echo $$SIP_USER", "$avp(again)");
            exec_cmd("echo $avp(again) > @dir@/again");
            t_relay();
        }
    }
    """,
)
def test_serial_forking(call, server, uas, recorded):
    """The first target is busy: failure_route asks for the next one, and the call goes there."""
    busy, free = uas(486), uas(200)
    write_program(server.directory / "target", NTH_TARGET)
    (server.directory / "targets").write_text(f"{busy.uri('busy')}\n{free.uri('free')}\n")
    reply = call(method="INVITE", uri="sip:bob@example.com")
    assert reply.status == 200
    assert [r.uri for r in busy.of_method("INVITE")] == [busy.uri("busy")]
    assert [r.uri for r in free.of_method("INVITE")] == [free.uri("free")]
    assert (server.directory / "asked.1").read_text() == "sip:bob@example.com\n"
    seen = recorded("failure").environ
    assert seen["SIP_RURI"] == free.uri("free")
    assert seen["SIP_OUSER"] == "bob"
    assert (server.directory / "again").read_text() == "free\n"


RELAY_BY_HEADER = '$ru = $hdr(X-Target); t_on_reply("{0}"); t_relay(); exit;'


@both
@script(
    RELAY_BY_HEADER.format("reply_cmd"),
    'onreply_route[reply_cmd] { exec_cmd("echo $rs > @dir@/reply-cmd"); }',
)
def test_exec_cmd_in_onreply_route(call, server, uas):
    assert call(headers=[("X-Target", uas(202).uri())]).status == 202
    assert (server.directory / "reply-cmd").read_text() == "202\n"


@script(
    RELAY_BY_HEADER.format("reply_all"),
    """
    onreply_route[reply_all] {
        exec_msg("cat > @dir@/reply-message");
        exec_msg("@record@ @dir@/reply-environment");
        exec_avp("echo from $$SIP_HF_X_ANSWER", "$avp(answer)");
        exec_cmd("echo $avp(answer) > @dir@/reply-avp");
    }
    """,
)
def test_exec_msg_and_exec_avp_in_onreply_route(call, server, uas, recorded):
    """A reply has no R-URI: the variables of URIs are not there, the others are."""
    target = uas(200, headers=[("X-Answer", "yes")])
    call(headers=[("X-Target", target.uri())])
    assert (server.directory / "reply-message").read_bytes().startswith(b"SIP/2.0 200 Answer\r\n")
    assert (server.directory / "reply-avp").read_text() == "from yes\n"
    seen = recorded("reply-environment").environ
    assert seen["SIP_HF_X_ANSWER"] == "yes"
    assert seen["SIP_SRCIP"] == "127.0.0.1"
    assert seen["SIP_DID"] == f"uas{target.port}"
    assert not {"SIP_RURI", "SIP_ORURI", "SIP_ORUI", "SIP_USER", "SIP_OUSER"} & set(seen)


@both
@script(
    '$ru = $hdr(X-Target); t_on_branch("branch_cmd"); t_relay(); exit;',
    'branch_route[branch_cmd] { exec_cmd("echo $rU > @dir@/branch-cmd"); }',
)
def test_exec_cmd_in_branch_route(call, server, uas):
    assert call(headers=[("X-Target", uas().uri("branchy"))]).status == 200
    assert (server.directory / "branch-cmd").read_text() == "branchy\n"


@script(
    '$ru = $hdr(X-Target); t_on_branch("branch_all"); t_relay(); exit;',
    """
    branch_route[branch_all] {
        exec_msg("cat > @dir@/branch-message");
        exec_avp("echo for $$SIP_USER", "$avp(branch)");
        append_hf("X-Branch: $avp(branch)\\r\\n");
    }
    """,
)
def test_exec_msg_and_exec_avp_in_branch_route(call, server, uas):
    target = uas()
    assert call(headers=[("X-Target", target.uri("branchy"))]).status == 200
    assert target.requests[0]["X-Branch"] == "for branchy"
    assert (server.directory / "branch-message").read_bytes().startswith(b"MESSAGE ")


@both
@script(
    "",
    """
    event_route[tm:local-request] {
        exec_msg("cat > @dir@/local-message");
        exec_avp("echo $$SIP_HF_X_LOCAL at $$SIP_USER", "$avp(local)");
        exec_cmd("echo $avp(local) > @dir@/local-avp");
    }
    """,
    rpc=True,
)
def test_local_request(ask, server, uas):
    """A request that the server makes itself."""
    target = uas()
    headers = "From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nX-Local: mine\r\n"
    ask("tm.t_uac_start", "OPTIONS", target.uri("peer"), ".", ".", headers, "")
    assert target.wait_for("OPTIONS")
    assert (server.directory / "local-message").read_bytes().startswith(b"OPTIONS ")
    assert (server.directory / "local-avp").read_text() == "mine at peer\n"


@script(
    "",
    """
    event_route[tm:local-request] {
        exec_dset("echo '$ru;x=local'; true");
    }
    """,
    rpc=True,
)
def test_exec_dset_in_a_local_request(ask, server, uas):
    target = uas()
    headers = "From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\n"
    ask("tm.t_uac_start", "OPTIONS", target.uri(), ".", ".", headers, "")
    assert target.wait_for("OPTIONS")[0].uri == target.uri() + ";x=local"


@both
@script(
    "$ru = $hdr(X-Target); forward(); exit;",
    'onsend_route { if (is_method("MESSAGE")) exec_cmd("echo $snd(port) >> @dir@/sent"); }',
)
def test_exec_cmd_in_onsend_route(call, server, uas):
    target = uas()
    assert call(headers=[("X-Target", target.uri())]).status == 200
    assert str(target.port) in (server.directory / "sent").read_text().split()


@both
@script(
    'TELL_RC',
    'event_route[core:worker-one-init] { exec_cmd("echo started > @dir@/started"); }',
)
def test_when_the_first_worker_starts(call, server):
    call()
    assert (server.directory / "started").read_text() == "started\n"


@both
@script(
    "",
    'event_route[htable:mod-init] { exec_cmd("echo loaded > @dir@/loaded"); }',
    modules=("htable",),
    modparams='modparam("htable", "htable", "t=>size=4;")\n',
)
def test_before_there_are_workers(server):
    assert (server.directory / "loaded").read_text() == "loaded\n"


@both
@script(
    "",
    """
    route[tick] {
        exec_avp("echo ticked", "$avp(tick)");
        exec_cmd("echo $avp(tick) > @dir@/tick.part && mv @dir@/tick.part @dir@/tick");
    }
    """,
    modules=("rtimer",),
    modparams='modparam("rtimer", "timer", "name=t;interval=100000u;mode=1;")\n'
    'modparam("rtimer", "exec", "timer=t;route=tick")\n',
)
def test_by_a_timer(server):
    """In a process of its own, with a message that the server makes up."""
    tick = server.directory / "tick"
    wait_until_gone(lambda: not tick.exists(), 5)
    assert tick.read_text() == "ticked\n"
