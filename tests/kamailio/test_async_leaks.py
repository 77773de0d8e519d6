# SPDX-License-Identifier: GPL-2.0-or-later
"""After hundreds of asynchronous calls of every kind the server is what it was before them."""

import pytest

from harness import script
from harness.invite import Invite
from harness.measure import Measure
from harness.processes import wait_until_gone
from harness.transactions import SHORT_LIVES, left_after
from harness.wait import wait_until

ROUTE = """
request_route {
    if ($hdr(X-Test) == $null) { if (!is_method("ACK")) sl_send_reply("200", "Up"); exit; }
    if (is_method("CANCEL")) { if (t_check_trans()) t_relay_cancel(); exit; }
    if (is_method("ACK")) { t_check_trans(); exit; }
    $var(test) = $hdr(X-Test);
    route($var(test));
    send_reply("503", "Not Suspended");
    exit;
}
"""
DONE = 't_reply("480", "Done");'
KINDS = {
    "dset": ('exec_dset_async("cat @dir@/uris; true", "BACK");', "480"),
    "msg": ('exec_msg_async("cat >/dev/null", "BACK");', "480"),
    "avp": ('exec_avp_async("echo a; echo b", "$avp(x)", "BACK");', "480"),
    "run": ('exec_run_async("cat; echo e >&2", "$rb", "$avp(o)", "$var(e)", "BACK");', "480"),
    "no": ('exec_avp_async("echo why; exit 3", "$avp(x)", "BACK");', "480"),
    "not-started": ('exec_avp_async("/nonexistent/program", "BACK");', "480"),
    "unusable": ('exec_dset_async("true", "BACK");', "480"),
    "changed": (
        't_newtran(); $ru = "sip:new@example.com"; $du = "sip:127.0.0.1:9";'
        'setflag(3); append_hf("X-A: b\\r\\n"); exec_dset_async("cat @dir@/uris; true", "BACK");',
        "480",
    ),
    "nested": ('exec_avp_async("echo a", "$avp(x)", "NEXT");', "480"),
    "deadline": ('t_set_fr(0, 1000); exec_avp_async("sleep 30", "BACK");', "480"),
    "cancelled": ('exec_avp_async("sleep 30", "BACK");', "487"),
    "killed": ('exec_avp_async("kill -KILL $$$$", "BACK");', "480"),
    "relayed": ('$ru = $hdr(X-Target); exec_avp_async("true", "RELAY");', "486"),
    "failure": ('$ru = $hdr(X-Target); t_on_failure("AGAIN"); t_relay(); exit;', "480"),
}
CASES = "".join(f'case "{name}": {text[0]} break;\n' for name, text in KINDS.items())
MORE = f"""
route[BACK] {{ {DONE} }}
route[NEXT] {{ exec_dset_async("cat @dir@/uris; true", "BACK"); {DONE} }}
route[RELAY] {{ t_relay(); }}
failure_route[AGAIN] {{ exec_dset_async("cat @dir@/uris; true", "BACK"); {DONE} }}
"""
AT_ONCE, ROUNDS = 10, 30


def one_round(kind, client, ask, uas_uri):
    name = "test_nothing_leaks"
    headers = [("X-Kind", kind), ("X-Target", uas_uri)]
    calls = [Invite(client, name, headers=headers) for _ in range(AT_ONCE)]
    if kind == "cancelled":
        assert wait_until(lambda: ask("exec.stats")["async_under_way"] == AT_ONCE)
        for call in calls:
            call.cancel()
    return [call.reply().status for call in calls]


@pytest.mark.parametrize("kind", KINDS)
@script(
    f"switch ($hdr(X-Kind)) {{ {CASES} }}",
    MORE,
    params=[("failures_logged", 1)],
    request_route=ROUTE,
    rpc=True,
    modparams=SHORT_LIVES,
)
def test_nothing_leaks(client, server, ask, uas, kind):
    """300 calls, ten at once, all through the one process of the module."""
    (server.directory / "uris").write_text("sip:a@example.com\nsip:b@example.com\n")
    target = uas(486).uri()
    rounds = 5 if kind == "deadline" else ROUNDS  # these take a second each

    def run(count):
        for _ in range(count):
            assert one_round(kind, client, ask, target) == [int(KINDS[kind][1])] * AT_ONCE
        assert not wait_until_gone(lambda: ask("exec.jobs"))
        assert left_after(ask) == 0

    run(2)
    before = Measure(server, ask)
    run(rounds)
    after = Measure(server, ask)
    assert after.descriptors == before.descriptors
    assert after.children == before.children == []
    assert after.shared <= before.shared + 16384  # of memory that the server keeps for later
    assert not after.grown(before, "private", by=1024)
    assert not after.grown(before, "resident", by=1 << 20)
