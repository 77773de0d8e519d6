# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers that kamexecd keeps: who gets one, who fetches, who waits, and what is forgotten."""

import pytest

from harness.programs import write_program
from harness.wait import Gate, wait_until


@pytest.fixture
def counted(tmp_path):
    """counted(body): a program that writes a line to `runs` each time it runs; (its definition's
    first line, runs())."""
    runs = tmp_path / "runs"

    def make(body: str):
        script = write_program(tmp_path / "program", f"echo run >> {runs}\n{body}")
        return f"run = {script}", lambda: len(runs.read_text().splitlines()) if runs.exists() else 0

    return make


def test_an_answer_is_kept_for_the_same_arguments(kamexecd, counted):
    program, runs = counted('echo "$#:$1:$2"')
    daemon = kamexecd({"lookup": f"{program}\ncache = 60s"})
    with daemon.connect() as client:
        assert client.programs["lookup"] == ["2000"]  # nothing but arguments is of use to it
        for _ in range(5):
            assert client.call("lookup", "a", "b").lines == ["2:a:b"]
        assert runs() == 1
        assert client.call("lookup", "a b").lines == ["1:a b:"]
        assert runs() == 2
        with daemon.connect() as other:
            assert other.call("lookup", "a", "b").lines == ["2:a:b"]
        assert runs() == 2


def test_calls_without_output_share_the_answer(kamexecd, counted):
    program, runs = counted("echo said")
    daemon = kamexecd({"lookup": f"{program}\ncache = 60s"})
    assert daemon.call("lookup", call="cmd").output == b""
    assert daemon.call("lookup", call="run").output == b"said\n"
    assert daemon.call("lookup", call="cmd").output == b""
    assert runs() == 1


def test_one_fetches_and_the_others_wait(kamexecd, counted, tmp_path):
    gate = Gate(tmp_path / "gate")
    program, runs = counted(f": < {gate._path}; echo said")
    daemon = kamexecd({"lookup": f"{program}\ncache = 60s\ntimeout = 20s"})
    with daemon.connect() as one, daemon.connect() as two:
        asked = [(client, client.send("lookup", "x")) for client in (one, two) for _ in range(20)]
        assert wait_until(lambda: runs() == 1)
        gate.open()
        assert [client.wait(id).lines for client, id in asked] == [["said"]] * 40
    assert runs() == 1
    gate.close()


def test_a_no_is_kept_for_its_own_time_and_a_failure_never(kamexecd, counted):
    program, runs = counted('case $1 in no) echo why; exit 3;; failure) exec sleep 30;; esac')
    daemon = kamexecd({"lookup": f"{program}\ncache = 60s\ncache_no = 60s\ntimeout = 300ms"})
    with daemon.connect() as client:
        for _ in range(3):
            reply = client.call("lookup", "no")
            assert (reply.word, reply.status, reply.lines) == ("no", 3, ["why"])
        assert runs() == 1
        assert [client.call("lookup", "failure").word for _ in range(2)] == ["deadline"] * 2
        assert runs() == 3


def test_an_old_answer_is_given_while_one_fetches_the_new_one(kamexecd, counted, tmp_path):
    gate = Gate(tmp_path / "gate")
    program, runs = counted(f'[ $(wc -l < {tmp_path}/runs) = 1 ] || : < {gate._path}; wc -l < {tmp_path}/runs')
    daemon = kamexecd({"lookup": f"{program}\ncache = 10ms\ncache_stale = 60s\ntimeout = 20s"})
    with daemon.connect() as client:
        assert client.call("lookup").lines == ["1"]
        assert wait_until(lambda: client.call("lookup").lines == ["1"] and runs() == 2)
        for _ in range(10):
            assert client.call("lookup").lines == ["1"]
        assert runs() == 2
        gate.open()
        assert wait_until(lambda: client.call("lookup").lines != ["1"])
    gate.close()


def test_a_caller_waits_no_longer_than_its_deadline(kamexecd, counted, tmp_path):
    gate = Gate(tmp_path / "gate")
    program, runs = counted(f": < {gate._path}; echo said")
    daemon = kamexecd({"lookup": f"{program}\ncache = 60s\ntimeout = 20s"})
    with daemon.connect() as client:
        patient = client.send("lookup")
        assert wait_until(lambda: runs() == 1)
        hasty = client.call("lookup", milliseconds=50)
        assert (hasty.word, hasty.detail) == (
            "deadline", "its deadline passed while the answer was fetched"
        )
        gate.open()
        assert client.wait(patient).lines == ["said"]
    assert runs() == 1
    gate.close()


def test_a_fetch_ends_when_nobody_waits_any_more(kamexecd, counted):
    program, runs = counted("exec sleep 30")
    daemon = kamexecd({"lookup": f"{program}\ncache = 60s\ntimeout = 25s", "echo": "run = /bin/echo"})
    with daemon.connect() as one, daemon.connect() as two:
        first = one.send("lookup")
        assert wait_until(lambda: runs() == 1)
        two.send("lookup")
        two.call("echo")  # it was read before
        one.cancel(first)
        reply = one.wait(first)
        assert (reply.word, reply.detail) == ("deadline", "cancelled")
        assert daemon.children()
    assert wait_until(lambda: not daemon.children())
    assert runs() == 1


def test_flush_forgets(kamexecd, counted):
    program, runs = counted('echo "$1"')
    daemon = kamexecd({"lookup": f"{program}\ncache = 60s", "other": "run = /bin/echo"})
    with daemon.connect() as client:
        for argument in ("a", "b", "c"):
            client.call("lookup", argument)
        assert client.control("flush", "lookup", "a").lines == ["1"]
        assert client.control("flush", "lookup", "nothing").lines == ["0"]
        client.call("lookup", "b")
        assert runs() == 3
        client.call("lookup", "a")
        assert runs() == 4
        assert client.control("flush", "other").lines == ["0"]
        assert client.control("flush", "lookup").lines == ["3"]
        assert client.control("flush").lines == ["0"]
        client.call("lookup", "a")
        assert runs() == 5
        unknown = client.control("flush", "nix")
        assert unknown.word == "not-started" and "no program nix" in unknown.detail


def test_a_reload_keeps_the_answers_of_what_did_not_change(kamexecd, counted):
    program, runs = counted("echo said")
    kept = {"lookup": f"{program}\ncache = 60s"}
    daemon = kamexecd(kept)
    daemon.call("lookup")
    daemon.write({**kept, "other": "run = /bin/echo"})
    assert daemon.reload()
    daemon.call("lookup")
    assert runs() == 1
    daemon.write({"lookup": f"{program}\ncache = 61s"})
    assert daemon.reload()
    daemon.call("lookup")
    assert runs() == 2
