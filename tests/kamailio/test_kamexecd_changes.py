# SPDX-License-Identifier: GPL-2.0-or-later
"""kamexecd while it changes: reload, restart, replacement, its end. Nothing that a client has sent is
lost, and nothing runs twice."""

import os
import re
import signal
import threading
from collections import Counter

import pytest

from harness import processes
from harness.programs import worker_answering
from harness.service_client import ConnectionLost, ServiceClient
from harness.wait import PATIENCE, Gate, wait_until


def worker(path, answer) -> str:
    """A definition of a pool whose workers answer `answer`."""
    path.write_text("#!/usr/bin/python3\n" + worker_answering(f"[{answer!r}]"))
    path.chmod(0o755)
    return f"run = {path}\nvia = pool\nworkers = 3\nworkers_start = 3\nworkers_least = 3\ntimeout = 20s"


class Load:
    """Clients that call without a pause, each over a connection of its own, as the module's does: an
    unsent request goes over a new connection, a sent one never. `results`: (word, lines) with counts;
    `lost`: sent, and no reply."""

    def __init__(self, daemon, program, clients=4):
        self.results, self.lost, self.ids = Counter(), [], []
        self._daemon, self._program = daemon, program
        self._ends, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(clients)]
        for thread in self._threads:
            thread.start()

    def _run(self, number):
        client, count = None, 0
        try:
            while not self._ends.is_set():
                count += 1
                id = f"n{number}x{count}"
                while True:
                    try:
                        client = client or self._connected()
                        client.send(self._program, id, id=id)
                        break
                    except ConnectionLost:
                        client.close()
                        client = None
                try:
                    reply = client.wait(id)
                except ConnectionLost:
                    client.close()
                    client = None
                    with self._lock:
                        self.lost.append(id)
                    continue
                with self._lock:
                    self.results[reply.word, tuple(reply.lines)] += 1
                    self.ids.append(id)
        except Exception as error:
            with self._lock:
                self.results[repr(error), ()] += 1
        finally:
            if client:
                client.close()

    def _connected(self):
        while True:
            try:
                return ServiceClient(self._daemon.socket_path, timeout=3 * PATIENCE)
            except (ConnectionLost, ConnectionError, FileNotFoundError):
                if self._ends.is_set():
                    raise

    def calls(self) -> int:
        with self._lock:
            return sum(self.results.values())

    def go_on(self, calls=50) -> None:
        """Until so many more were answered."""
        wanted = self.calls() + calls
        assert wait_until(lambda: self.calls() >= wanted), self.results

    def end(self) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join(4 * PATIENCE)


@pytest.fixture
def load():
    made = []

    def make(*arguments, **options):
        made.append(Load(*arguments, **options))
        return made[-1]

    yield make
    for one in made:
        one.end()


def logged_ids(daemon) -> Counter:
    return Counter(re.findall(r"call (n\d+x\d+) of ", daemon.log()))


def none_lost_none_twice(daemon, load) -> None:
    assert load.lost == []
    logged = logged_ids(daemon)
    assert set(logged.values()) == {1}
    assert set(logged) == set(load.ids)


# --- reload ---


def test_a_reload_takes_what_is_new_and_tells_clients(kamexecd):
    daemon = kamexecd({"one": "run = /bin/echo 1", "two": "run = /bin/echo 2"})
    with daemon.connect() as client:
        assert sorted(client.programs) == ["one", "two"]
        daemon.write({"one": "run = /bin/echo new\ntimeout = 7s", "three": "run = /bin/echo 3"})
        assert daemon.reload()
        client.wait_until(lambda: "three" in client.programs and client.gone)
        assert client.gone == ["two"]
        assert client.programs["one"][0] == "7000"
        assert client.call("one").lines == ["new"]
        assert client.call("two").word == "not-started"
        assert client.call("three").lines == ["3"]


def test_a_file_with_mistakes_changes_nothing(kamexecd, tmp_path):
    daemon = kamexecd({"worker": worker(tmp_path / "worker", "old")})
    workers = daemon.children()
    daemon.write({"worker": "run = /nowhere", "more": "run = /bin/echo\ntimeuot = 1s"})
    assert not daemon.reload()
    assert re.search(r"programs.conf:2: program worker: run: ", daemon.log())
    assert re.search(r"programs.conf:6: program more: .*timeout", daemon.log())
    assert daemon.call("worker").lines == ["old"]
    assert daemon.call("more").word == "not-started"
    assert daemon.children() == workers


def test_workers_of_a_program_that_did_not_change_stay(kamexecd, tmp_path):
    same = worker(tmp_path / "same", "same")
    other = worker(tmp_path / "other", "other")
    daemon = kamexecd({"same": same, "other": other})

    def workers(name) -> set:
        shown = {pid: processes.describe(pid) for pid in daemon.children()}
        return {pid for pid, command in shown.items() if f"{tmp_path}/{name};" in command}

    for name in ("same", "other"):
        assert daemon.call(name).lines == [name]
    assert wait_until(lambda: len(workers("same")) == len(workers("other")) == 3)
    before = {name: workers(name) for name in ("same", "other")}
    daemon.write({"same": same, "other": other + "\nqueue = 7"})
    for _ in range(3):
        assert daemon.reload()
    for name in ("same", "other"):
        assert daemon.call(name).lines == [name]
    assert wait_until(lambda: len(workers("other")) == 3 and not workers("other") & before["other"])
    assert workers("same") == before["same"]


def test_a_call_under_way_ends_under_its_old_definition(kamexecd, tmp_path):
    gate = Gate(tmp_path / "gate")
    old = f"run = /bin/sh -c ': < {tmp_path}/gate; echo old'\ntimeout = 20s"
    daemon = kamexecd({"slow": old})
    with daemon.connect() as client:
        id = client.send("slow")
        assert wait_until(daemon.children)
        daemon.write({"slow": "run = /bin/echo new"})
        assert daemon.reload()
        assert client.call("slow").lines == ["new"]
        gate.open()
        assert client.wait(id).lines == ["old"]
    gate.close()


def test_reloads_under_load_lose_no_call(kamexecd, tmp_path, load):
    daemon = kamexecd({"worker": worker(tmp_path / "worker0", "0")}, daemon="log_calls = yes")
    calls = load(daemon, "worker")
    for number in range(1, 6):
        calls.go_on()
        daemon.write({"worker": worker(tmp_path / f"worker{number}", str(number))}, "log_calls = yes")
        assert daemon.reload()
    calls.go_on()
    calls.end()
    assert {word for word, _ in calls.results} == {"yes"}, calls.results
    assert ("yes", ("5",)) in calls.results
    none_lost_none_twice(daemon, calls)


# --- restart ---


def test_restarts_under_load_lose_no_call(kamexecd, tmp_path, load):
    daemon = kamexecd(
        {"worker": worker(tmp_path / "worker", "said")}, daemon="log_calls = yes", activated=True
    )
    calls = load(daemon, "worker")
    for _ in range(4):
        calls.go_on()
        daemon.restart()
    calls.go_on()
    calls.end()
    assert set(calls.results) == {("yes", ("said",))}, calls.results
    none_lost_none_twice(daemon, calls)


def test_replacements_under_load_lose_no_call(kamexecd, tmp_path, load):
    daemon = kamexecd({"worker": worker(tmp_path / "worker", "said")}, daemon="log_calls = yes")
    calls = load(daemon, "worker")
    for _ in range(4):
        calls.go_on()
        old = daemon.replace()
        assert old.wait(PATIENCE) == 0
    calls.go_on()
    calls.end()
    assert set(calls.results) == {("yes", ("said",))}, calls.results
    none_lost_none_twice(daemon, calls)
    assert daemon.log().count("replaced by process") == 4
    daemon.stop()
    assert not daemon.socket_path.exists()


def test_a_daemon_that_can_not_start_replaces_none(kamexecd):
    daemon = kamexecd({"echo": "run = /bin/echo"})
    old = daemon.process
    daemon.write({"echo": "run = /nowhere"})
    new = daemon.start("--replace", wait=False)
    assert new.wait(PATIENCE) == 1
    daemon.process = old
    assert daemon.call("echo", "x").lines == ["x"]


def test_replace_where_there_is_none(kamexecd):
    assert kamexecd({"echo": "run = /bin/echo"}, options=["--replace"]).call("echo", "x").lines == ["x"]


def test_a_socket_that_is_lent_stays_where_it_is(kamexecd):
    """The service manager's socket, taken over from a daemon that got it: it is not taken away."""
    daemon = kamexecd({"echo": "run = /bin/echo"}, activated=True)
    lender, daemon._listener = daemon._listener, None
    old = daemon.replace()
    assert old.wait(PATIENCE) == 0
    assert daemon.call("echo", "x").lines == ["x"]
    assert daemon.end() == 0
    assert daemon.socket_path.exists()
    daemon._listener = lender
    daemon.start()
    assert daemon.call("echo", "y").lines == ["y"]


def test_a_call_waits_in_the_managers_socket_while_no_daemon_runs(kamexecd):
    daemon = kamexecd({"echo": "run = /bin/echo"}, activated=True)
    assert daemon.end() == 0
    client = ServiceClient(daemon.socket_path, hello=False)
    client.socket.sendall(b"hello 2\n")
    id = client.send("echo", "x")
    daemon.start()
    assert client.wait(id).lines == ["x"]
    client.close()


def test_after_a_kill_the_next_one_takes_the_socket(kamexecd, tmp_path):
    daemon = kamexecd({"worker": worker(tmp_path / "worker", "said")})
    with daemon.connect() as client:
        assert client.call("worker").lines == ["said"]
        workers = daemon.children()
        daemon.kill9()
        with pytest.raises(ConnectionLost):
            client.call("worker")
    assert wait_until(lambda: not any(processes.state(pid) not in ("", "Z") for pid in workers))
    with pytest.raises(ConnectionRefusedError):
        daemon.connect()
    daemon.start()
    assert daemon.call("worker").lines == ["said"]


# --- the end ---


def test_what_is_under_way_is_finished(kamexecd, tmp_path):
    gate = Gate(tmp_path / "gate")
    program = f"run = /bin/sh -c ': < {tmp_path}/gate; echo done'\ntimeout = 20s"
    daemon = kamexecd({"slow": program, "echo": "run = /bin/echo"}, daemon="drain_time = 20s")
    with daemon.connect() as client, daemon.connect() as idle:
        id = client.send("slow")
        assert wait_until(daemon.children)
        daemon.process.send_signal(signal.SIGTERM)
        idle.wait_until_closed()
        with pytest.raises(ConnectionLost) as lost:
            client.send("echo")
        assert lost.value.unsent
        with pytest.raises((FileNotFoundError, ConnectionRefusedError)):
            daemon.connect()
        gate.open()
        assert client.wait(id).lines == ["done"]
        client.wait_until_closed()
    assert daemon.process.wait(PATIENCE) == 0
    gate.close()


def test_what_takes_longer_than_the_drain_time_is_ended(kamexecd):
    daemon = kamexecd({"slow": "run = /bin/sleep 30\ntimeout = 25s"}, daemon="drain_time = 100ms")
    with daemon.connect() as client:
        id = client.send("slow")
        assert wait_until(daemon.children)
        daemon.process.send_signal(signal.SIGTERM)
        reply = client.wait(id)
        assert (reply.word, reply.detail) == ("deadline", "the server is stopping")
    assert daemon.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(kamexecd, how):
    daemon = kamexecd({"slow": "run = /bin/sleep 30\ntimeout = 25s"}, daemon="drain_time = 25s")
    with daemon.connect() as client:
        id = client.send("slow")
        assert wait_until(daemon.children)
        daemon.process.send_signal(how)
        assert wait_until(lambda: "1 calls are under way" in daemon.log())
        daemon.process.send_signal(how)
        assert client.wait(id).word == "deadline"
    assert daemon.process.wait(PATIENCE) == 0


def test_nothing_that_programs_have_started_is_left(kamexecd, tmp_path):
    marks = tmp_path / "marks"
    leaves = f"setsid sh -c 'trap \"\" TERM; echo $$ >> {marks}; sleep 30' & sleep 30"
    script = tmp_path / "program"
    script.write_text(f"#!/bin/sh\n{leaves}\n")
    script.chmod(0o755)
    daemon = kamexecd({"leaves": f"run = {script}\ntimeout = 25s"}, daemon="drain_time = 100ms")
    with daemon.connect() as client:
        client.send("leaves")
        assert wait_until(lambda: marks.exists() and marks.read_text())
        assert daemon.end() == 0
    left = int(marks.read_text())
    assert processes.state(left) in ("", "Z") and not os.path.exists(f"/proc/{left}/fd/0")
