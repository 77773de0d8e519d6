# SPDX-License-Identifier: GPL-2.0-or-later
"""exec_dset's targets, called for real by tm."""

from harness import both, mended, script

RELAY = 'if (!exec_dset("cat @dir@/uris; true")) { sl_send_reply("500", "No"); exit; }'


@both
@script(RELAY + "t_relay(); exit;")
def test_parallel_forking(call, server, uas):
    busy, free = uas(486), uas(200)
    (server.directory / "uris").write_text(f"{busy.uri('a')}\n{free.uri('b')}\n")
    assert call(method="INVITE").status == 200
    assert busy.wait_for("INVITE") and free.wait_for("INVITE")


@both
@script(
    'exec_dset("head -n 1 @dir@/uris; true"); t_on_failure("several"); t_relay(); exit;',
    'failure_route[several] { exec_dset("tail -n 2 @dir@/uris; true"); t_relay(); }',
)
def test_several_targets_from_failure_route(call, server, uas):
    first, second, third = uas(503), uas(486), uas(200)
    (server.directory / "uris").write_text(
        f"{first.uri('a')}\n{second.uri('b')}\n{third.uri('c')}\n"
    )
    assert call(method="INVITE").status == 200
    assert [r.uri for r in second.wait_for("INVITE")] == [second.uri("b")]
    assert [r.uri for r in third.wait_for("INVITE")] == [third.uri("c")]


@mended("a name-addr with its q is taken for a URI")
@script(
    RELAY
    + """
    t_load_contacts();
    t_next_contacts();
    t_on_failure("by_q");
    if (!t_relay()) sl_reply_error();
    exit;
    """,
    'failure_route[by_q] { if (t_next_contacts()) { t_on_failure("by_q"); t_relay(); } }',
    # Without these t_load_contacts does nothing.
    modparams="""modparam("tm", "contacts_avp", "contacts")
modparam("tm", "contact_flows_avp", "contact_flows")
""",
)
def test_serial_forking_by_q(call, server, uas):
    """tm's own t_load_contacts orders the targets by the q that the program printed."""
    low, high = uas(200), uas(486)
    (server.directory / "uris").write_text(f"<{low.uri()}>;q=0.1\n<{high.uri()}>;q=0.9\n")
    assert call(method="INVITE").status == 200
    assert len(high.of_method("INVITE")) == 1  # which has said no before the other was asked
    assert len(low.of_method("INVITE")) == 1


@both
@script(
    '$ru = $hdr(X-Target); t_on_branch("stays"); t_relay(); exit;',
    'branch_route[stays] { exec_cmd("true"); }',
)
def test_nothing_of_one_call_shows_in_the_next(call, uas):
    target = uas(200)
    for _ in range(4):
        assert call(headers=[("X-Target", target.uri())]).status == 200
    assert len(target.of_method("MESSAGE")) == 4


@script(
    '$ru = $hdr(X-Target); t_on_branch("redirected"); t_relay(); exit;',
    """branch_route[redirected] { exec_dset("echo '$ru;x=branch'; true"); }""",
)
def test_in_branch_route_the_first_line_is_the_branchs_uri(call, uas):
    target = uas(200)
    assert call(headers=[("X-Target", target.uri())]).status == 200
    assert target.requests[0].uri == target.uri() + ";x=branch"
