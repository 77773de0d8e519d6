# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls that kamexecd keeps on disk until their program has run: what clients are told, when the
program runs again, and what survives the daemon's end."""

import os
import signal
import subprocess

import pytest

from harness.errors import ServerDied
from harness.processes import wait_until_gone
from harness.stored import Noted, in_state, kept, queue, status
from harness.wait import PATIENCE, Gate, wait_until

FAILS_TWICE = '[ "$KAMEXEC_ATTEMPT" -ge 3 ]'


def test_it_runs_until_it_succeeds_with_one_id(kamexecd, tmp_path):
    noted = Noted(tmp_path, f'cat >> {tmp_path}/input; env | grep ^SIP_ >> {tmp_path}/env; {FAILS_TWICE}')
    daemon = kamexecd({"bill": noted.definition()})
    with daemon.connect() as client:
        assert client.programs["bill"] == ["1000", "env", "input", "stored"]
        id = kept(client.call("bill", "a b", "c", call="cmd", input="sent\n", env=["SIP_USER=bob"]))
        assert wait_until(lambda: noted.runs() == [(id, n, "a b c") for n in (1, 2, 3)])
        assert in_state(client, "done", 1)
        (one,) = queue(client, "export")
        assert (one["id"], one["attempts"], one["call"]) == (id, 3, "cmd")
        assert one["arguments"] == ["a b", "c"]
        assert (one["variables"], one["input"]) == ({"SIP_USER": "bob"}, "sent\n")
        assert one["last"]["outcome"] == "ok" and one["due"] is None
        assert status(client, "bill")["failed_attempts"] == 2
    assert (tmp_path / "input").read_text() == "sent\n" * 3
    assert (tmp_path / "env").read_text() == "SIP_USER=bob\n" * 3
    assert f"notification {id}: program bill: no after" in daemon.log()


def test_a_worker_is_asked_with_the_same_id(kamexecd, tmp_path):
    worker = tmp_path / "worker"
    worker.write_text(f"""#!/usr/bin/python3
import sys
for line in sys.stdin:
    field, _, value = line.rstrip("\\n").partition(" ")
    if field == "hello":
        print("hello 1 env", flush=True)
        continue
    with open("{tmp_path}/said", "a") as said:
        said.write(line)
    if field == "request":
        name = value.split(" ")[0]
    elif field == "attempt":
        status = 1 if int(value) < 3 else 0
    elif field == "end":
        print(f"reply {{name}} {{status}}\\nend {{name}}", flush=True)
""")
    worker.chmod(0o755)
    daemon = kamexecd(
        {"bill": f"run = {worker}\nvia = pool\ntimeout = 20s\ndelivery = stored\nretry = 20ms\nretry_most = 20ms"}
    )
    with daemon.connect() as client:
        id = kept(client.call("bill", "x", call="msg"))
        assert in_state(client, "done", 1)
    said = (tmp_path / "said").read_text().splitlines()
    words = [line.rsplit(" ", 1)[0] if line.startswith("request ") else line for line in said]
    assert [line for line in words if line.startswith(("request ", "attempt "))] == [
        line for n in (1, 2, 3) for line in (f"request {id} msg", f"attempt {n}")
    ]
    assert f"env KAMEXEC_ID={id}" in said and "env KAMEXEC_ATTEMPT=2" in said


def test_only_functions_without_output(kamexecd, tmp_path):
    noted = Noted(tmp_path)
    daemon = kamexecd({"bill": noted.definition()})
    with daemon.connect() as client:
        for call in ("dset", "avp", "run"):
            reply = client.call("bill", call=call)
            assert reply.word == "refused"
            assert "exec_cmd, exec_cmd_async or exec_msg" in reply.detail
            assert reply.detail.endswith(f"not by exec_{call}")
        assert queue(client, "list") == []
    assert noted.runs() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="another user is needed: run as root")
def test_who_may_not_call_stores_nothing(kamexecd, tmp_path):
    noted = Noted(tmp_path)
    daemon = kamexecd({"bill": noted.definition(allow="daemon"), "free": noted.definition()})
    daemon.socket_path.chmod(0o666)
    for path in (tmp_path, *tmp_path.parents):
        if not os.stat(path).st_mode & 0o001:
            os.chmod(path, os.stat(path).st_mode | 0o011)
    script = (
        "import sys; sys.path.insert(0, '.'); from harness.service_client import ServiceClient\n"
        f"c = ServiceClient({str(daemon.socket_path)!r})\n"
        "print(c.call('bill', call='cmd').detail); print(c.call('free', call='cmd').word)\n"
        "print(c.control('queue', 'list').detail)"
    )
    done = subprocess.run(
        ["/usr/bin/python3", "-B", "-c", script], capture_output=True, text=True, user="nobody", timeout=60, check=False
    )
    refused, free, list_ = done.stdout.splitlines()
    assert "may not call the program bill" in refused, done
    assert free == "yes"
    assert list_ == "only root and the user that kamexecd runs as may see and change the queue"
    with daemon.connect() as client:
        assert queue(client, "list", "program=bill") == []


def test_dead_after_its_attempts_and_tried_again(kamexecd, tmp_path):
    noted = Noted(tmp_path, f'[ -e {tmp_path}/repaired ] || {{ echo "no database" >&2; exit 7; }}')
    daemon = kamexecd({"bill": noted.definition(attempts=3)})
    with daemon.connect() as client:
        id = kept(client.call("bill", call="cmd"))
        assert in_state(client, "dead", 1)
        assert noted.runs() == [(id, n, "") for n in (1, 2, 3)]
        (one,) = queue(client, "show", f"id={id}")
        assert (one["attempts"], one["last"]["outcome"], one["last"]["status"]) == (3, "no", 7)
        assert "no database" in one["last"]["detail"]
        dead = [line for line in daemon.log().splitlines() if "dead after 3 attempts" in line]
        assert len(dead) == 1 and id in dead[0] and "bill" in dead[0] and "exit status 7" in dead[0]
        assert status(client, "bill")["dead"] == 1

        (tmp_path / "repaired").touch()
        assert queue(client, "retry", f"id={id}") == [{"changed": 1}]
        assert in_state(client, "done", 1)
        assert noted.runs()[3:] == [(id, 1, "")]

        reply = client.control("queue", "retry", "id=" + "0" * 32)
        assert reply.word == "refused" and "there is no notification 000" in reply.detail
        assert queue(client, "drop", "state=done") == [{"changed": 1}]
        assert queue(client, "list") == []


def test_one_after_the_other(kamexecd, tmp_path):
    """Those with the same first argument keep their order, whoever fails; others don't wait."""
    noted = Noted(tmp_path, f'case "$2" in 0) {FAILS_TWICE};; esac')
    daemon = kamexecd({"bill": noted.definition(order_by=1, max=8)})
    with daemon.connect() as client:
        asked = [
            (key, n, client.send("bill", key, str(n), call="cmd")) for n in range(10) for key in ("alice", "bob")
        ]
        ids = {(key, n): kept(client.wait(id)) for key, n, id in asked}
        assert in_state(client, "done", 20)
    for key in ("alice", "bob"):
        seen = [id for id, _, rest in noted.runs() if rest.startswith(key)]
        assert seen == [ids[key, 0]] * 3 + [ids[key, n] for n in range(1, 10)]


def test_a_dead_one_holds_nobody_up(kamexecd, tmp_path):
    noted = Noted(tmp_path, '[ "$2" != bad ]')
    daemon = kamexecd({"bill": noted.definition(order_by=1, attempts=2)})
    with daemon.connect() as client:
        asked = [client.send("bill", "alice", what, call="cmd") for what in ("bad", "good")]
        bad, good = [kept(client.wait(id)) for id in asked]
        assert in_state(client, "done", 1) and in_state(client, "dead", 1)
    assert noted.ids() == [bad, bad, good]


def test_a_program_that_cant_be_run_is_no_attempt(kamexecd, tmp_path):
    noted = Noted(tmp_path)
    daemon = kamexecd({"bill": noted.definition(attempts=2)})
    script = tmp_path / "noted"
    with daemon.connect() as client:
        script.rename(tmp_path / "away")
        for _ in range(3):
            kept(client.call("bill", call="cmd"))
        assert wait_until(lambda: (status(client, "bill")["held"] or "").startswith("the program could not be run: "))
        assert daemon.log().count("not-started") >= 1
        assert status(client, "bill")["failed_attempts"] == 0
        (tmp_path / "away").rename(script)
        assert in_state(client, "done", 3)
        assert status(client, "bill")["held"] is None
    assert [attempt for _, attempt, _ in noted.runs()] == [1] * 3


@pytest.mark.parametrize("how", ["restart", "replace", "kill9"])
def test_nothing_is_lost_when_the_daemon_ends(kamexecd, tmp_path, how):
    """Under load: each that was answered runs, with the id that was told."""
    noted = Noted(tmp_path, '[ "$KAMEXEC_ATTEMPT" -ge 2 ]')
    daemon = kamexecd({"bill": noted.definition(max=4)})
    told = []
    old = None
    for turn in range(3):
        client = daemon.connect()
        asked = [client.send("bill", str(n), call="cmd") for n in range(100)]
        for id in asked[: 50 if how == "kill9" else 100]:
            told.append(kept(client.wait(id)))
        if how == "kill9":
            daemon.kill9()
            daemon.start()
        elif how == "restart":
            daemon.restart()
        else:
            old = daemon.replace()
            assert old.wait(PATIENCE) == 0
        client.close()
    with daemon.connect() as client:
        assert wait_until(lambda: status(client, "bill")["waiting"] + status(client, "bill")["running"] == 0, 60)
        stored = {one["id"]: one["attempts"] for one in queue(client, "list", "state=done", "most=1000")}
        assert set(told) <= set(stored)
        assert status(client)["store"]["dispatches"]
    runs = noted.runs()
    assert set(told) <= {id for id, attempt, _ in runs if attempt == 2}
    # What had ended was recorded: nothing runs again after its success but what a crash interrupts.
    again = len(runs) - len(set(runs))
    assert again == 0 if how != "kill9" else again <= 3 * 100


def test_the_pause_survives_the_daemon(kamexecd, tmp_path):
    noted = Noted(tmp_path, FAILS_TWICE)
    daemon = kamexecd({"bill": noted.definition(retry="1h", retry_most="1h")})
    with daemon.connect() as client:
        id = kept(client.call("bill", call="cmd"))
        assert wait_until(lambda: queue(client, "list")[0]["attempts"] == 1)
        due = queue(client, "list")[0]["due"]
    daemon.restart()
    with daemon.connect() as client:
        (one,) = queue(client, "list")
        assert (one["due"], one["state"], one["attempts"]) == (due, "waiting", 1)
        assert queue(client, "retry", "program=bill") == [{"changed": 1}]
        assert wait_until(lambda: noted.runs() == [(id, 1, ""), (id, 2, "")])


def test_what_runs_longer_than_drain_time_waits_again(kamexecd, tmp_path):
    noted = Noted(tmp_path, f"[ -e {tmp_path}/done ] || exec sleep 30")
    daemon = kamexecd({"bill": noted.definition(timeout="25s")}, daemon="drain_time = 200ms")
    with daemon.connect() as client:
        id = kept(client.call("bill", call="cmd"))
        assert wait_until(lambda: len(noted.runs()) == 1)
        assert queue(client, "list")[0]["state"] == "running"
    daemon.end()
    assert not wait_until_gone(daemon.left_over)
    (tmp_path / "done").touch()
    daemon.start()
    with daemon.connect() as client:
        assert in_state(client, "done", 1)
        assert queue(client, "list")[0]["attempts"] == 1
    assert noted.runs() == [(id, 1, ""), (id, 1, "")]


def test_a_second_sigterm_ends_at_once(kamexecd, tmp_path):
    noted = Noted(tmp_path, f"[ -e {tmp_path}/done ] || exec sleep 30")
    daemon = kamexecd({"bill": noted.definition(timeout="25s")}, daemon="drain_time = 10m")
    with daemon.connect() as client:
        kept(client.call("bill", call="cmd"))
        assert wait_until(lambda: len(noted.runs()) == 1)
    daemon.process.send_signal(signal.SIGTERM)
    assert wait_until(lambda: "stopping, 1 calls are under way" in daemon.log())
    assert daemon.end() == 0
    (tmp_path / "done").touch()
    daemon.start()
    with daemon.connect() as client:
        assert in_state(client, "done", 1)


def test_while_it_drains_calls_are_kept_and_not_begun(kamexecd, tmp_path):
    gate = Gate(tmp_path / "gate")
    noted = Noted(tmp_path, f'[ "$1" != first ] || : < {gate._path}')
    daemon = kamexecd({"bill": noted.definition()})
    with daemon.connect() as client:
        kept(client.call("bill", "first", call="cmd"))
        assert wait_until(lambda: len(noted.runs()) == 1)
        # What was sent before the daemon lets go of the connection is answered.
        sent = [client.send("bill", str(n), call="cmd") for n in range(50)]
        old = daemon.replace()
        ids = [kept(client.wait(id)) for id in sent]
    with daemon.connect() as client:
        assert not status(client)["store"]["dispatches"]
        assert status(client, "bill")["held"] == "another kamexecd begins the attempts"
        new = kept(client.call("bill", "new", call="cmd"))
        gate.open()
        assert old.wait(PATIENCE) == 0
        assert in_state(client, "done", 52)
        assert status(client)["store"]["dispatches"]
    assert sorted(noted.ids()[1:]) == sorted([*ids, new])
    gate.close()


def test_a_reload_changes_the_next_attempt(kamexecd, tmp_path):
    first, second = Noted(tmp_path, "exit 1", "first"), Noted(tmp_path, "", "second")
    daemon = kamexecd({"bill": first.definition(retry="1h", retry_most="1h")})
    with daemon.connect() as client:
        ids = [kept(client.call("bill", str(n), call="cmd")) for n in range(3)]
        assert wait_until(lambda: len(first.runs()) == 3)
        daemon.write({"other": "run = /bin/true"})
        assert daemon.reload()
        (undefined,) = status(client)["store"]["undefined"]
        assert (undefined["name"], undefined["waiting"]) == ("bill", 3)
        assert "kamexecd has no program bill" in undefined["held"]
        daemon.write({"bill": "run = /bin/true"})
        assert daemon.reload()
        assert "is not stored any more" in status(client, "bill")["held"]
        daemon.write({"bill": second.definition()})
        assert daemon.reload()
        assert queue(client, "retry", "program=bill") == [{"changed": 3}]
        assert in_state(client, "done", 3)
    assert sorted(second.runs()) == sorted((id, 2, str(n)) for n, id in enumerate(ids))


def test_a_caller_that_has_gone_loses_nothing(kamexecd, tmp_path):
    noted = Noted(tmp_path)
    daemon = kamexecd({"bill": noted.definition()})
    with daemon.connect() as client:
        for n in range(20):
            client.send("bill", str(n), call="cmd")
        client.control("status")  # by now all were read
        client.send("bill", "last", call="cmd")
        client.control("status")
    with daemon.connect() as client:
        assert wait_until(lambda: len(noted.runs()) == 21)
        assert in_state(client, "done", 21)


def test_no_more_than_store_most(kamexecd, tmp_path):
    gate = Gate(tmp_path / "gate")
    noted = Noted(tmp_path, f": < {gate._path}")
    daemon = kamexecd({"bill": noted.definition(store_most=5, max=1)})
    with daemon.connect() as client:
        replies = [client.wait(id) for id in [client.send("bill", call="cmd") for _ in range(8)]]
        assert [reply.word for reply in replies] == ["yes"] * 5 + ["refused"] * 3
        assert replies[-1].detail == "5 calls of bill wait on disk already (store_most)"
        gate.open()
        assert in_state(client, "done", 5)
        kept(client.call("bill", call="cmd"))
    gate.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="a file system of its own is needed: run as root")
def test_a_full_disk_refuses_and_loses_nothing(kamexecd, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
    try:
        noted = Noted(tmp_path, f"[ -e {tmp_path}/open ]")
        daemon = kamexecd({"bill": noted.definition(retry="30ms"), "other": "run = /bin/echo"},
                          options=["--state", disk])
        told, refused = [], None
        with daemon.connect() as client:
            for n in range(100):
                reply = client.call("bill", str(n), call="cmd", input="x" * 50000)
                if reply.word != "yes":
                    refused = reply
                    break
                told.append(reply.lines[0])
            assert refused.word == "refused" and "full" in refused.detail, refused
            assert client.call("other", "a").lines == ["a"]
            assert daemon.log().count(refused.detail) >= 1
            assert status(client)["store"]["refused"] >= 1
            (tmp_path / "open").touch()
            # The room that is held back is for what is on disk already: it runs, and is told.
            assert wait_until(lambda: status(client, "bill")["done"] == len(told), 60)
            assert client.call("bill", call="cmd").word == "refused"
            subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
            late = []
            assert wait_until(lambda: late.append(client.call("bill", call="cmd")) or late[-1].word == "yes")
            told.append(kept(late[-1]))
            assert wait_until(lambda: set(told) <= set(noted.ids()))
        daemon.end()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_damaged_file_is_no_start(kamexecd, tmp_path):
    noted = Noted(tmp_path, "exit 1")
    daemon = kamexecd({"bill": noted.definition(retry="1h", retry_most="1h")})
    with daemon.connect() as client:
        for n in range(50):
            kept(client.call("bill", str(n), call="cmd", input="x" * 3000))
    daemon.end()
    path = daemon.directory / "queue.sqlite"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xaa" * 40000 + whole[44096:])
    with pytest.raises(ServerDied):
        daemon.start()
    assert str(path) in daemon.log().splitlines()[-2] + daemon.log().splitlines()[-1]
    path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(ServerDied):
        daemon.start()
    path.write_bytes(whole)
    daemon.start()
    with daemon.connect() as client:
        assert status(client, "bill")["waiting"] == 50


def test_a_cancel_is_answered(kamexecd, tmp_path):
    """Whether it came in time or not: either it is kept and told so, or it never runs."""
    noted = Noted(tmp_path)
    daemon = kamexecd({"bill": noted.definition()})
    with daemon.connect() as client:
        told, cancelled = [], 0
        for n in range(200):
            id = client.send("bill", str(n), call="cmd")
            client.cancel(id)
            reply = client.wait(id)
            if reply.word == "yes":
                told.append(reply.lines[0])
            else:
                assert (reply.word, reply.detail) == ("deadline", "cancelled")
                cancelled += 1
        marker = kept(client.call("bill", "marker", call="cmd"))
        assert wait_until(lambda: marker in noted.ids())
        assert wait_until(lambda: len(queue(client, "list", "state=done")) == len(told) + 1)
        assert {one["id"] for one in queue(client, "list")} == {*told, marker}
    assert sorted(noted.ids()) == sorted([*told, marker])


def test_without_stored_programs_there_is_no_store(kamexecd):
    daemon = kamexecd({"echo": "run = /bin/echo"})
    with daemon.connect() as client:
        assert "store" not in status(client)
        reply = client.control("queue", "list")
        assert reply.word == "refused" and "has no store" in reply.detail
    assert not (daemon.directory / "queue.sqlite").exists()


def test_a_reload_opens_the_store_or_changes_nothing(kamexecd, tmp_path):
    noted = Noted(tmp_path)
    daemon = kamexecd({"echo": "run = /bin/echo"})
    blocked = daemon.directory / "queue.sqlite"
    blocked.mkdir()
    daemon.write({"bill": noted.definition()})
    assert not daemon.reload()
    assert str(blocked) in daemon.log()
    with daemon.connect() as client:
        assert list(client.programs) == ["echo"]
        blocked.rmdir()
        assert daemon.reload()
        client.wait_until(lambda: "bill" in client.programs)
        kept(client.call("bill", call="cmd"))
        assert in_state(client, "done", 1)


def test_a_long_list_comes_in_pages(kamexecd, tmp_path):
    noted = Noted(tmp_path, "exit 1")
    daemon = kamexecd({"bill": noted.definition(retry="1h", retry_most="1h", max=1)})
    with daemon.connect() as client:
        for id in [client.send("bill", str(n), call="cmd") for n in range(70)]:
            kept(client.wait(id))
        first = queue(client, "list", "most=50")
        assert len(first) == 51 and list(first[-1]) == ["more_after"]
        rest = queue(client, "list", f"after={first[-1]['more_after']}")
        assert len(rest) == 20
        assert [one["arguments"] for one in first[:-1] + rest] == [[str(n)] for n in range(70)]
        assert queue(client, "drop", "program=bill")[0]["changed"] >= 69
