# SPDX-License-Identifier: GPL-2.0-or-later
"""The module's process out of memory, and busy with starts."""

import resource

from harness import script
from harness.invite import Invite
from harness.job_process import held_up, job_processes
from harness.processes import children_of, wait_until_gone
from harness.transactions import SHORT_LIVES

BACK = r'append_to_reply("X-RC: $exec(rc)\r\n"); t_reply("200", "Done");'


def size_of(pid) -> int:
    """Of its address space, bytes."""
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


@script(
    """if ($hdr(X-Job) != $null) exec_cmd_async("head -c 900000 /dev/zero");
    exec_avp_async("head -c 900000 /dev/zero | tr '\\\\0' x; sleep 0.2", "$avp(v)", "short_back");""",
    f"route[short_back] {{ {BACK} }}",
    params=[("deadline_ms", 5000), ("output_limit", 1_000_000)],
    rpc=True,
    modparams=SHORT_LIVES,
)
def test_short_of_memory(client, ask, server):
    """Every call goes on, with an outcome; the process lives, gives all places back, is no busy loop."""
    name = "test_short_of_memory"
    (pid,) = job_processes(ask)
    assert Invite(client, name).reply()["X-RC"] == "1"
    outcomes = set()
    for more in (0, 300_000, 1_000_000, 2_000_000, 4_000_000):
        limits = resource.prlimit(pid, resource.RLIMIT_AS)
        resource.prlimit(pid, resource.RLIMIT_AS, (size_of(pid) + more, limits[1]))
        try:
            before = len(server.log())
            calls = [Invite(client, name, headers=[("X-Job", "1")]) for _ in range(12)]
            replies = [call.reply(20.0) for call in calls]
        finally:
            resource.prlimit(pid, resource.RLIMIT_AS, limits)
        assert [reply.status for reply in replies] == [200] * 12
        outcomes |= {reply["X-RC"] for reply in replies}
        assert not wait_until_gone(lambda: ask("exec.jobs"), 10.0)
        stats = ask("exec.stats")
        assert (stats["async_under_way"], stats["cmd_async_under_way"]) == (0, 0)
        assert len(server.log()[before:].splitlines()) < 500
        assert job_processes(ask) == [pid]
        assert Invite(client, name).reply()["X-RC"] == "1"
    assert outcomes <= {"1", "-2", "-3", "-4", "-5"} and outcomes - {"1"}


WORKER = """
import sys
for line in sys.stdin:
    field, _, value = line.rstrip("\\n").partition(" ")
    if field == "hello":
        print("hello 1", flush=True)
    elif field == "request":
        name = value.split(" ")[0]
    elif field == "end":
        print(f"reply {name} 0\\nend {name}", flush=True)
"""


SLEEPERS = 200  # in two requests: the server's loops have an end


@script(
    f"""if ($hdr(X-Burst) != $null) {{
        $var(i) = 0;
        while ($var(i) < {SLEEPERS // 2}) {{ exec_cmd_async("/bin/sleep 60"); $var(i) = $var(i) + 1; }}
        sl_send_reply("200", "Sent"); exit;
    }}
    exec_avp_async("@pooled", "pooled_back");""",
    f"route[pooled_back] {{ {BACK} }}",
    params=[
        ("cmd_async_running", SLEEPERS),
        ("program", "name=pooled; run=/usr/bin/python3 @dir@/worker; via=pool; workers_start=0; timeout=20s"),
        ("time_to_kill", 60),
    ],
    rpc=True,
    modparams=SHORT_LIVES,
)
def test_starts_hold_up_no_answers(client, ask, server):
    """A worker is asked behind two hundred programs that may start at once, and has answered before
    half of them have."""
    name = "test_starts_hold_up_no_answers"
    (server.directory / "worker").write_text(WORKER)
    assert Invite(client, name).reply()["X-RC"] == "1"
    with held_up(ask) as (pid,):
        for _ in range(2):
            assert Invite(client, name, headers=[("X-Burst", "1")]).reply().status == 200
        call = Invite(client, name)
        assert not wait_until_gone(
            lambda: SLEEPERS + 1 - ask("exec.stats")["async_under_way"], 10.0
        )
    assert call.reply()["X-RC"] == "1"
    assert len(children_of(pid)) < SLEEPERS / 2
    assert not wait_until_gone(lambda: SLEEPERS - len(children_of(pid)) > 0, 30.0)
    for job in ask("exec.jobs"):
        ask("exec.kill", job["id"])
    assert not wait_until_gone(lambda: ask("exec.jobs"), 20.0)
