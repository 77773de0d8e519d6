# SPDX-License-Identifier: GPL-2.0-or-later
"""What a request keeps while it waits, and what must not stay behind for the next one."""

import pytest

from harness import script
from harness.invite import Invite
from harness.transactions import SHORT_LIVES

SHOW_DESTINATION = r'append_to_reply("X-Destination: $ru $du $(hdr(Route)[0])\r\n");'


def CONFIG():
    return {"rpc": True, "modparams": SHORT_LIVES}


@script(
    """t_newtran();
    $ru = "sip:changed@example.com;a=b"; $du = "sip:127.0.0.1:5;lr";
    exec_avp_async("true", "changed_back");""",
    f'route[changed_back] {{ {SHOW_DESTINATION} t_reply("200", "Done"); }}',
)
def test_uri_and_next_hop_changed_after_the_transaction_was_made(call):
    assert call()["X-Destination"].startswith("sip:changed@example.com;a=b sip:127.0.0.1:5;lr ")


@script(
    """$ru = "sip:before@example.com"; $du = "sip:127.0.0.1:6;lr";
    exec_avp_async("true", "set_before_back");""",
    f'route[set_before_back] {{ {SHOW_DESTINATION} t_reply("200", "Done"); }}',
)
def test_uri_and_next_hop_set_before_it(call):
    assert call()["X-Destination"].startswith("sip:before@example.com sip:127.0.0.1:6;lr ")


@script(
    """t_newtran(); $ru = $hdr(X-Target);
    exec_avp_async("true", "target_back");""",
    "route[target_back] { t_relay(); }",
)
def test_a_target_chosen_after_the_transaction_was_made_is_called(call, uas):
    target = uas(200)
    assert call(headers=[("X-Target", target.uri("chosen"))]).status == 200
    assert target.requests[0].uri == target.uri("chosen")


@script(
    """if (is_method("REGISTER")) { save("location"); exit; }
    t_newtran();
    if (!lookup("location")) { t_reply("404", "Not Registered"); exit; }
    exec_avp_async("true", "path_back");""",
    "route[path_back] { t_relay(); }",
    modules=("usrloc", "registrar"),
    modparams='modparam("registrar", "use_path", 1)\n',
)
def test_the_path_of_a_registration(call, uas):
    """A lookup gives R-URI and path; the request goes where the path says, with a Route."""
    edge = uas(200)
    path = f"<sip:127.0.0.1:{edge.port};lr>"
    registered = call(method="REGISTER", headers=[("Path", path), ("Supported", "path")])
    assert registered.status == 200
    assert call().status == 200
    (request,) = edge.of_method("MESSAGE")
    assert request["Route"] == path
    assert request.uri.startswith("sip:alice@")


@script(
    """$ru = $hdr(X-Target); t_newtran(); $du = $hdr(X-Hop);
    exec_dset_async("cat @dir@/next; true", "hop_back");""",
    "route[hop_back] { t_relay(); }",
)
def test_the_next_hop_stays_where_the_command_gives_the_uri(call, server, uas):
    """As with exec_dset: it sets the R-URI, $du is the script's own."""
    hop = uas(200)
    (server.directory / "next").write_text("sip:service@elsewhere.invalid\n")
    reply = call(headers=[("X-Target", "sip:x@y.invalid"), ("X-Hop", hop.uri())])
    assert reply.status == 200
    assert hop.requests[0].uri == "sip:service@elsewhere.invalid"


@script(
    """setflag(5); $avp(kept) = "an AVP"; $xavp(kept=>field) = "an xavp";
    exec_avp_async("true", "kept_back");""",
    r"""route[kept_back] {
        $var(flags) = "";
        if (isflagset(5)) $var(flags) = $var(flags) + "5";
        if (isflagset(6)) $var(flags) = $var(flags) + "6";
        append_to_reply("X-Kept: $var(flags) $avp(kept) $xavp(kept=>field)\r\n");
        t_reply("200", "Done");
    }""",
)
def test_flags_and_avps(call):
    assert call()["X-Kept"] == "5 an AVP an xavp"


@script(
    """t_newtran(); setflag(5); $avp(kept) = "an AVP";
    exec_avp_async("true", "kept_after_back");""",
    r"""route[kept_after_back] {
        $var(flags) = "";
        if (isflagset(5)) $var(flags) = $var(flags) + "5";
        if (isflagset(6)) $var(flags) = $var(flags) + "6";
        append_to_reply("X-Kept: $var(flags) $avp(kept)\r\n");
        t_reply("200", "Done");
    }""",
)
def test_flags_and_avps_set_after_the_transaction_was_made(call):
    assert call()["X-Kept"] == "5 an AVP"


@script(
    """append_hf("X-Added: by the script\\r\\n"); $ru = $hdr(X-Target);
    exec_avp_async("true", "added_back");""",
    "route[added_back] { t_relay(); }",
)
def test_a_header_added_before(call, uas):
    target = uas(200)
    assert call(headers=[("X-Target", target.uri())]).status == 200
    assert target.requests[0]["X-Added"] == "by the script"


@script(
    """if ($hdr(X-Which) == "set") exec_dset_async("cat @dir@/uris; true", "no_trace_back");
    else exec_avp_async("true", "no_trace_back");""",
    r"""route[no_trace_back] {
        append_to_reply("X-Branches: $branch(count) $rc $ru\r\n");
        t_reply("200", "Done");
    }""",
)
def test_the_branches_of_one_call_do_not_show_in_the_next(call, server):
    """The destination set is the process's own, and all routes go on in one process."""
    uris = ["sip:one@example.com", "sip:two@example.com", "sip:three@example.com"]
    (server.directory / "uris").write_text("\n".join(uris))
    for _ in range(3):
        assert call(headers=[("X-Which", "set")])["X-Branches"].startswith("2 ")
        reply = call(headers=[("X-Which", "none")])
        assert reply["X-Branches"].startswith(("0 ", "<null> "))
        assert reply["X-Branches"].endswith(" sip:bob@example.com")


@script(
    """if ($hdr(X-Leaves) == "yes") {
        append_branch("sip:left@example.com"); $var(x) = "left"; exec_cmd("exit 5");
    }
    exec_avp_async("true", "own_branches_back");""",
    r"""route[own_branches_back] {
        append_to_reply("X-Branches: $branch(count)\r\n");
        if ($hdr(X-Leaves) == "yes") append_branch("sip:left@example.com");
        t_reply("200", "Done");
    }""",
)
def test_branches_that_a_route_leaves_unused(call):
    for _ in range(3):
        assert call(headers=[("X-Leaves", "yes")])["X-Branches"] in ("0", "<null>")
        assert call()["X-Branches"] in ("0", "<null>")


@script(
    'exec_avp_async("echo run >> @dir@/runs; : < @dir@/gate; echo out", "$avp(v)", "once_back");',
    r"""route[once_back] {
        append_to_reply("X-Value: $avp(v)\r\n"); t_reply("200", "Done");
    }""",
)
@pytest.mark.parametrize("method", ["MESSAGE", "INVITE"])
def test_a_request_sent_again_runs_nothing_twice(client, server, gate, method):
    runs, command = server.directory / "runs", gate()
    runs.unlink(missing_ok=True)
    request = Invite(client, "test_a_request_sent_again_runs_nothing_twice", method=method)
    for _ in range(5):
        client.ping()
        request.send()
    client.ping()
    command.open()
    assert request.reply()["X-Value"] == "out"
    assert runs.read_text() == "run\n"


@script(
    'exec_avp_async("echo first", "$avp(v)", "nest_one");',
    r"""route[nest_one] {
        exec_avp_async("echo second", "$avp(v)", "nest_two");
        t_reply("500", "No");
    }
    route[nest_two] {
        exec_dset_async("cat @dir@/nest; true", "nest_three");
        t_reply("500", "No");
    }
    route[nest_three] {
        append_to_reply("X-Nested: $(avp(v)[0]) $(avp(v)[1]) $branch(count) $ru\r\n");
        t_reply("200", "Done");
    }""",
)
def test_one_after_another(call, server):
    (server.directory / "nest").write_text("sip:a@example.com\nsip:b@example.com\n")
    assert call()["X-Nested"] == "second first 1 sip:a@example.com"


@script(
    '$avp(n) = 0; exec_cmd("true"); route(suspend_again);',
    r"""route[suspend_again] {
        exec_avp_async("true", "count_back");
        append_to_reply("X-Count: $avp(n) $exec(rc)\r\n");
        t_reply("503", "Enough");
        exit;
    }
    route[count_back] { $avp(n) = $avp(n) + 1; route(suspend_again); }""",
)
def test_up_to_the_branch_limit(call):
    """Each wait takes one of the transaction's 12 branches; then the call is refused."""
    reply = call()
    assert reply.status == 503
    assert reply["X-Count"] == "12 -4"


@script(
    """exec_avp_async("sleep 1", "twice_back"); exit;""",
    r"""route[twice_back] { append_to_reply("X-RC: $exec(rc)\r\n"); t_reply("200", "Done"); }""",
    params=[("workers", 3)],
)
def test_several_processes(call, server):
    assert call()["X-RC"] == "1"
