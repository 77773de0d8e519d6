# SPDX-License-Identifier: GPL-2.0-or-later
"""kamexecd: its command line, its socket, calls, and who may call."""

import os
import shutil
import socket
import stat
import subprocess

import pytest

from harness import programs
from harness.errors import ServerDied
from harness.kamexecd import KAMEXECD, configuration
from harness.paths import REPOSITORY
from harness.service_client import ConnectionLost
from harness.wait import wait_until

GATEWAYS = REPOSITORY / "examples" / "workers" / "gateways.py"
AS_NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]
NEEDS_ROOT = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv"), reason="another user is needed: root and setpriv"
)


def run(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([KAMEXECD, *arguments], capture_output=True, text=True, timeout=60)


def run_as_nobody(directory, daemon, code: str) -> str:
    """What `code` prints, which has a `client` of the daemon, as another user, who may read what is in
    `directory`."""
    shutil.copytree(REPOSITORY / "tests" / "kamailio" / "harness", directory / "harness")
    script = directory / "client.py"
    script.write_text(
        "from harness.service_client import ServiceClient\n"
        f"client = ServiceClient({str(daemon.socket_path)!r})\n{code}"
    )
    command = [*AS_NOBODY, "/usr/bin/python3", "-B", script]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/")
    assert said.returncode == 0, said.stderr
    return said.stdout


# --- calls ---


def test_a_program_with_a_process_for_each_call(kamexecd, tmp_path):
    script = programs.write_program(
        tmp_path / "program", 'echo "$#:$1:$2"; echo "$SIP_USER"; cat; echo problem >&2; exit 7'
    )
    daemon = kamexecd({"script": f"run = {script} fixed"})
    reply = daemon.call("script", "a b", env=["SIP_USER=alice"], input="in\nput\n")
    assert (reply.word, reply.status) == ("no", 7)
    assert reply.lines == ["2:fixed:a b", "alice", "in", "put"]
    assert reply.error == b"problem\n"
    assert reply.pid > 0


def test_workers_answer_calls(kamexecd):
    daemon = kamexecd({"gateways": f"run = {GATEWAYS}\nvia = pool\nworkers = 2\nworkers_start = 2"})
    with daemon.connect() as client:
        replies = [client.call("gateways", "4930123456") for _ in range(20)]
        assert {tuple(reply.lines) for reply in replies} == {
            ("sip:4930123456@gw1.example.net", "sip:4930123456@gw2.example.net")
        }
        assert {reply.pid for reply in replies} <= set(daemon.children())


def test_many_calls_at_once_are_each_answered(kamexecd):
    daemon = kamexecd({"gateways": f"run = {GATEWAYS}\nvia = pool\nworkers = 4\nqueue = 1000\ntimeout = 20s"})
    with daemon.connect() as client:
        asked = {client.send("gateways", f"49{number}"): number for number in range(500)}
        for id, number in asked.items():
            assert client.wait(id).lines[0] == f"sip:49{number}@gw1.example.net"


def test_calls_that_take_no_output_get_none(kamexecd):
    daemon = kamexecd({"echo": "run = /bin/echo said"})
    assert daemon.call("echo", call="cmd").output == b""
    assert daemon.call("echo", call="run").output == b"said\n"


def test_a_deadline_is_the_earlier_of_two(kamexecd):
    daemon = kamexecd({"long": "run = /bin/sleep 30\ntimeout = 100ms", "short": "run = /bin/sleep 30"})
    for program, milliseconds in (("long", 0), ("long", 20_000), ("short", 100)):
        reply = daemon.call(program, milliseconds=milliseconds)
        assert (reply.word, reply.detail) == ("deadline", "still running after 100 ms")


def test_a_cancel_ends_the_program(kamexecd):
    daemon = kamexecd({"long": "run = /bin/sleep 30\ntimeout = 20s"})
    with daemon.connect() as client:
        id = client.send("long")
        assert wait_until(daemon.children)
        client.cancel(id)
        reply = client.wait(id)
        assert (reply.word, reply.detail) == ("deadline", "cancelled")
        assert not daemon.children()


def test_the_calls_of_a_client_that_leaves_are_ended(kamexecd):
    daemon = kamexecd({"long": "run = /bin/sleep 30\ntimeout = 20s"})
    with daemon.connect() as client:
        client.send("long")
        assert wait_until(daemon.children)
    assert wait_until(lambda: not daemon.children())
    assert "it has left while calls were under way" in daemon.log()


def test_a_client_that_only_stops_sending_gets_its_replies(kamexecd):
    daemon = kamexecd({"echo": "run = /bin/sh -c 'sleep 0.2; echo said'"})
    with daemon.connect() as client:
        id = client.send("echo")
        client.socket.shutdown(socket.SHUT_WR)
        assert client.wait(id).lines == ["said"]
        client.wait_until_closed()


def test_a_client_is_told_what_workers_want(kamexecd, tmp_path):
    script = tmp_path / "worker"
    script.write_text(
        "#!/bin/sh\nread hello; echo 'hello 1 uri'\n"
        "while read word value; do case $word in request) id=${value%% *};; uri) uri=$value;;\n"
        'end) printf "reply %s 0\\nline %s\\nend %s\\n" $id "$uri" $id;; esac; done\n'
    )
    script.chmod(0o755)
    daemon = kamexecd({"worker": f"run = {script}\nvia = pool"})
    with daemon.connect() as client:
        client.wait_until(lambda: client.programs["worker"] == ["2000", "uri"])
        assert client.call("worker", uri="sip:alice@example.net").lines == ["sip:alice@example.net"]


def test_what_can_not_be_called(kamexecd):
    daemon = kamexecd({"echo": "run = /bin/echo"})
    with daemon.connect() as client:
        unknown = client.call("lcr")
        assert unknown.word == "not-started" and "kamexecd has no program lcr" in unknown.detail
        nul = client.call("echo", "a\0b")
        assert nul.word == "refused" and "NUL" in nul.detail
        many = client.call("echo", *["x"] * 5000)
        assert many.word == "refused" and "4096" in many.detail
        assert client.call("echo", "x").lines == ["x"]


# --- who may call ---


@NEEDS_ROOT
def test_only_those_who_are_allowed_may_call(kamexecd, open_directory):
    daemon = kamexecd(
        {
            "all": "run = /bin/echo yes",
            "some": "run = /bin/echo yes\nallow = daemon @65534",
            "others": "run = /bin/echo yes\nallow = daemon group:daemon",
        },
        daemon="socket_mode = 0666",
        directory=open_directory / "kamexecd",
    )
    daemon.directory.chmod(0o755)
    said = run_as_nobody(
        open_directory,
        daemon,
        """
print(sorted(client.programs))
for program in ("all", "some", "others"):
    reply = client.call(program)
    print(reply.word, reply.lines, reply.detail)
print(client.control("replace").word)
""",
    )
    assert said.splitlines() == [
        "['all', 'some']",
        "yes ['yes'] ",
        "yes ['yes'] ",
        "not-started [] the user 65534 may not call the program others: its definition in kamexecd allows "
        "user daemon, group daemon (allow)",
        "not-started",
    ]
    assert daemon.call("others").lines == ["yes"]  # root


# --- its socket ---


def test_the_socket_is_as_the_file_says(kamexecd):
    daemon = kamexecd({"echo": "run = /bin/echo"}, daemon="socket_mode = 0600")
    status = daemon.socket_path.stat()
    assert stat.S_ISSOCK(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o600
    daemon.stop()
    assert not daemon.socket_path.exists()


def test_a_second_daemon_leaves_the_first_alone(kamexecd):
    first = kamexecd({"echo": "run = /bin/echo first"})
    with pytest.raises(ServerDied, match="a daemon listens on .* already: .*--replace"):
        kamexecd({"echo": "run = /bin/echo second"}, options=["--socket", first.socket_path])
    assert first.call("echo").lines == ["first"]


def test_what_is_no_socket_stays(kamexecd, tmp_path):
    file = tmp_path / "file"
    file.write_text("kept")
    with pytest.raises(ServerDied, match="is there and is no socket"):
        kamexecd({"echo": "run = /bin/echo"}, options=["--socket", file])
    assert file.read_text() == "kept"


def test_a_socket_without_its_directory(kamexecd, tmp_path):
    with pytest.raises(ServerDied, match="make its directory first"):
        kamexecd({"echo": "run = /bin/echo"}, options=["--socket", tmp_path / "no" / "where"])


# --- its command line ---


def test_check_tells_every_mistake_with_its_place(tmp_path):
    file = tmp_path / "programs.conf"
    file.write_text("[one]\nrun = /nowhere/program\n\n[two]\nrun = /bin/echo\ntimeuot = 1s\n")
    checked = run("--check", file)
    assert checked.returncode == 1
    lines = sorted((checked.stdout + checked.stderr).splitlines())
    assert len(lines) == 2
    assert lines[0].startswith(f"{file}:2: program one: run: ") and "/nowhere/program" in lines[0]
    assert lines[1].startswith(f"{file}:6: program two: ") and "timeout" in lines[1]


def test_check_of_a_good_file(tmp_path):
    file = tmp_path / "programs.conf"
    file.write_text(configuration({"echo": "run = /bin/echo"}, "connections = 10"))
    checked = run("--check", file)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_a_file_with_mistakes_is_not_served(kamexecd):
    with pytest.raises(ServerDied, match="(?s)program echo: run: .*the configuration has mistakes"):
        kamexecd({"echo": "run = /nowhere/echo"})


def test_a_wrong_command_line():
    assert run("--sokket", "/tmp/x").returncode == 2
    assert run("--version").returncode == 0


# --- peers that are out of step ---


@pytest.mark.parametrize(
    "said, told",
    [
        (b"hello 1\n", "speaks a version of the protocol that no socket speaks"),
        (b"request a run 0\nprogram echo\nend a\n", "began with no hello"),
        (b"hello 2\nhello 2\n", "sent a line that begins nothing"),
        (b"hello 2\n" + 2 * b"request a run 0\nprogram long\nend a\n", "the id of a request that is under way"),
    ],
)
def test_who_is_out_of_step_loses_the_connection(kamexecd, said, told):
    daemon = kamexecd({"echo": "run = /bin/echo", "long": "run = /bin/sleep 30\ntimeout = 20s"})
    with daemon.connect() as other, daemon.connect(hello=False) as client:
        client.socket.sendall(said)
        client.wait_until_closed()
        assert wait_until(lambda: told in daemon.log())
        assert other.call("echo", "x").lines == ["x"]
    assert wait_until(lambda: not daemon.children())


def test_an_idle_connection_makes_room_and_loses_nothing(kamexecd):
    daemon = kamexecd({"echo": "run = /bin/echo"}, daemon="connections = 3")
    with daemon.connect() as first, daemon.connect() as second, daemon.connect() as third:
        for client in (first, second, third):
            client.call("echo")
        first.call("echo")
        with daemon.connect() as fourth:
            assert fourth.call("echo", "x").lines == ["x"]
            second.wait_until_closed()  # the one that was idle for longest
            with pytest.raises(ConnectionLost) as lost:
                second.send("echo")
            assert lost.value.unsent
            assert first.call("echo", "x").lines == ["x"]
            assert third.call("echo", "x").lines == ["x"]
