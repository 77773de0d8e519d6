# SPDX-License-Identifier: GPL-2.0-or-later
"""The transaction's own timers while a command runs: it ends before them, and the route goes on."""

import pytest

from harness import script
from harness.invite import Invite
from harness.job_process import held_up
from harness.processes import wait_until_gone
from harness.transactions import SHORT_LIVES, left_after
from harness.wait import wait_until

TWO_SECONDS = SHORT_LIVES + 'modparam("tm", "fr_timer", 2000)\n'
FACTS = r"""append_to_reply("X-Facts: $exec(rc) $exec(outcome)\r\n"); t_reply("503", "Late");"""


@script(
    'exec_avp_async("sleep 30", "limit_back");',
    f"route[limit_back] {{ {FACTS} }}",
    modparams=TWO_SECONDS,
    rpc=True,
)
@pytest.mark.parametrize("method", ["INVITE", "MESSAGE"])
def test_the_command_ends_before_the_transaction(client, server, ask, method):
    before = set(server.started_processes())
    reply = Invite(client, "test_the_command_ends_before_the_transaction", method=method).reply()
    assert reply.status == 503  # and not 408, the server's own
    assert reply["X-Facts"] == "-2 deadline"
    assert not wait_until_gone(lambda: set(server.started_processes()) - before)
    assert left_after(ask) == 0


@script(
    """exec_avp_async("trap '' TERM; sleep 30; sleep 30", "stubborn_back");""",
    f"route[stubborn_back] {{ {FACTS} }}",
    params=[("kill_grace_ms", 3000)],
    modparams=TWO_SECONDS,
    rpc=True,
)
def test_a_stubborn_command_with_a_long_grace(client, server, ask):
    before = set(server.started_processes())
    reply = Invite(client, "test_a_stubborn_command_with_a_long_grace").reply()
    assert reply.status == 503
    assert reply["X-Facts"] == "-2 deadline"
    assert not wait_until_gone(lambda: set(server.started_processes()) - before)
    assert left_after(ask) == 0


@script(
    """t_set_fr(0, 1000); exec_avp_async("echo in time", "$avp(v)", "short_back");""",
    r"""route[short_back] {
        append_to_reply("X-Facts: $exec(rc) $avp(v)\r\n"); t_reply("200", "Done");
    }""",
    modparams=SHORT_LIVES,
)
def test_a_transaction_with_little_time(call):
    """Half of it is the command's: grace and answer of an ordinary transaction would take all."""
    assert call()["X-Facts"] == "1 in time"


@script(
    """exec_avp_async("sleep 30", "deadline_back");""",
    f"route[deadline_back] {{ {FACTS} }}",
    params=[("deadline_ms", 300)],
    modparams=SHORT_LIVES,
)
def test_a_deadline_of_its_own_that_is_earlier(call):
    """The transaction itself has half a minute, and the harness less patience."""
    assert call()["X-Facts"] == "-2 deadline"


# While the module's process is stopped nothing ends a command: the transaction times out first.
HELD_UP = """
failure_route[held_up] {
    $avp(failures) = $avp(failures) + 1;
    exec_avp_async("@record@ @dir@/second; sleep 0.3; echo second", "$avp(v)", "second_back");
    xlog("L_ERR", "not suspended: $rc\\n");
}
route[first_back] { xlog("L_ERR", "the first one went on\\n"); t_reply("500", "First"); }
route[second_back] {
    append_to_reply("X-Value: $avp(v) $avp(failures)\\r\\n");
    t_reply("503", "Second");
}
"""


@script(
    """$avp(failures) = 0; t_on_failure("held_up");
    exec_avp_async("@record@ @dir@/first; : < @dir@/gate; echo first", "$avp(v)", "first_back");""",
    HELD_UP,
    modparams=SHORT_LIVES + 'modparam("tm", "fr_timer", 3000)\n',
    rpc=True,
)
def test_a_late_job_does_not_resume_a_later_wait(client, server, recorded, ask, gate):
    """The first wait times out, failure_route waits again, and then the first job's end comes."""
    first = gate()
    call = Invite(client, "test_a_late_job_does_not_resume_a_later_wait")
    recorded("first")
    with held_up(ask):
        first.open()
        assert wait_until(lambda: ask("exec.stats")["async_calls"] == 2)
    reply = call.reply()
    assert reply.status == 503
    assert reply["X-Value"] == "second 1"
    assert "the first one went on" not in server.log()
    assert left_after(ask) == 0


@script(
    """exec_avp_async("@record@ @dir@/gone; : < @dir@/gate; echo late", "$avp(v)", "gone_back");""",
    """route[gone_back] { xlog("L_ERR", "went on\\n"); t_reply("200", "Late"); }""",
    modparams=TWO_SECONDS,
    rpc=True,
)
@pytest.mark.parametrize("method", ["INVITE", "MESSAGE"])
def test_the_transaction_is_over_when_the_command_ends(
    client, server, recorded, ask, gate, method
):
    command = gate()
    request = Invite(client, "test_the_transaction_is_over_when_the_command_ends", method=method)
    recorded("gone")
    with held_up(ask):
        command.open()
        assert request.reply().status == 408
        assert left_after(ask) == 0
    assert not wait_until_gone(lambda: ask("exec.jobs"))
    assert "went on" not in server.log()
    assert ask("exec.stats")["async_gone"] == 1
    assert left_after(ask) == 0
