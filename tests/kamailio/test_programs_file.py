# SPDX-License-Identifier: GPL-2.0-or-later
"""modparam("exec", "programs_file", PATH): definitions of programs in files."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

from harness import rpc
from harness.client import Client
from harness.config import Config
from harness.errors import ServerDied
from harness.paths import OURS
from harness.programs import worker_answering

TELL = r'append_to_reply("X-RC: $exec(rc) $exec(outcome)\r\nX-Value: $avp(x)\r\n");'
GOOD = """# One of each kind.
[show]
run = /usr/bin/printf '<%s>' "a b"
timeout = 3s

[worker]
run = {python} {directory}/worker
via = pool
workers = 1
timeout = 20s

[kamexecd]
socket_mode = 0600
no such line of the daemon = 1
[nats]
url = nats://127.0.0.1
"""


@pytest.fixture
def programs(tmp_path):
    """programs(name, text): writes a file of programs, gives its path."""

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


def files(*paths):
    return [("programs_file", str(path)) for path in paths]


def errors_in(output) -> list:
    """What the module says in its errors, without what the server puts before it."""
    lines = [line for line in output.splitlines() if "ERROR: exec [load_entry_points.cpp" in line]
    return [line.partition("(): ")[2] for line in lines]


def test_programs_of_a_file_and_of_parameters_are_called_alike(start, programs, tmp_path):
    (tmp_path / "worker").write_text(worker_answering('["of a worker"]'))
    path = programs("p.conf", GOOD.format(python=shutil.which("python3"), directory=tmp_path))
    routes = {
        "spawned": f'exec_avp("@show $rU c", "$avp(x)"); {TELL}',
        "pooled": f'exec_avp("@worker", "$avp(x)"); {TELL}',
        "parameter": f'exec_avp("@own $rU", "$avp(x)"); {TELL}',
    }
    params = [*files(path), ("program", "name=own; run=/bin/echo")]
    client = Client(start(Config(routes, params=params)))
    assert client.call("spawned")["X-Value"] == "<a b><bob><c>"
    assert client.call("pooled")["X-Value"] == "of a worker"
    assert client.call("parameter")["X-Value"] == "bob"
    client.close()


def test_a_directory_has_a_file_and_more(start, programs, tmp_path):
    programs("programs.conf", "[a]\nrun = /bin/echo of the file\n")
    programs("programs.d/10.conf", "[b]\nrun = /bin/echo of the directory\n")
    programs("programs.d/ignored", "no program\n")
    routes = {name: f'exec_avp("@{name}", "$avp(x)"); {TELL}' for name in "ab"}
    client = Client(start(Config(routes, params=files(tmp_path))))
    assert client.call("a")["X-Value"] == "of the file"
    assert client.call("b")["X-Value"] == "of the directory"
    client.close()


def test_what_is_read_is_what_rpc_shows(start, programs):
    path = programs("p.conf", "[show]\nrun = /bin/echo 'a;b'\n  c\ntimeout = 1500ms\nmax = 7\n")
    server = start(Config({}, params=files(path), rpc=True))
    attributes = rpc.call(server.directory, "exec.programs")[0]["attributes"]
    assert (attributes["run"], attributes["timeout"], attributes["max"]) == (
        '/bin/echo "a;b" c',
        "1500ms",
        "7",
    )
    assert "cache" not in attributes


def test_every_mistake_is_told_with_its_place(check, programs):
    path = programs(
        "p.conf",
        "[a]\nrun = /bin/true\ntimeout = 5\n\n[b]\nrun = /bin/true\nworkers = 2\nmaxx = 1\n",
    )
    other = programs("q.conf", "run = /bin/true\n")
    checked = check(params=files(path))
    assert not checked.accepted
    told = errors_in(checked.output)
    assert [text.split(": ")[:3] for text in told[:2]] == [
        [f"{path}:3", "program a", "timeout"],
        [f"{path}:8", "program b", 'there is no attribute "maxx"'],
    ]
    assert "write max" in told[1]
    told = errors_in(check(params=files(other)).output)
    assert told[0].startswith(f"{other}:1: there is no section above this line: write [NAME]")


def test_what_is_missing_here_is_told_with_its_place(check, programs, tmp_path):
    path = programs(
        "p.conf",
        "[a]\nmax = 3\nrun = /nowhere/a\n[b]\nrun = /bin/true\nuser = kamexec-nobody\n"
        "directory = /nowhere\n",
    )
    checked = check(params=files(path))
    assert not checked.accepted
    assert [text[: text.index(": ", text.index("program"))] for text in errors_in(checked.output)] == [
        f"{path}:3: program a",
        f"{path}:7: program b",
        f"{path}:6: program b",
    ]


def checked_by_daemon(path) -> tuple:
    """(exit status, lines) of kamexecd --check."""
    done = subprocess.run(
        [OURS.with_name("kamexecd"), "--check", path], capture_output=True, text=True, timeout=30, check=False
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


@pytest.mark.skipif(not OURS.with_name("kamexecd").exists(), reason="kamexecd is not built")
def test_the_daemon_says_the_same_of_a_file(check, programs):
    good = programs("good.conf", "[a]\nrun = /bin/true\ncache = 1s\n[kamexecd]\nlog_calls = yes\n")
    assert checked_by_daemon(good) == (0, [])
    assert check(params=files(good)).accepted
    for text in (
        "x = 1\n[a b]\n[c]\nrun = /bin/true\n  timeout = 1s\nmax = 1\nmax = 2\nname = c\n",
        "[a]\nrun = 'x\nuser = a b\n[b]\ncache_no = 1s\nrun = b\nqueue = 0\nqueue_time = 1s\r\n",
        "[a]\nrun = /nowhere/a\ndirectory = /nowhere\ngroup = kamexec-nobody\n",
    ):
        bad = programs("bad.conf", text)
        status, lines = checked_by_daemon(bad)
        told = errors_in(check(params=files(bad)).output)
        assert status == 1
        # Only the daemon goes on to look for what can't be taken as it stands.
        assert told == lines[: len(told)] and len(told) >= 3


def test_a_program_is_defined_once(check, programs):
    one = programs("one.conf", "[a]\nrun = /bin/true\n")
    two = programs("two.conf", "\n[a]\nrun = /bin/true\n")
    told = errors_in(check(params=files(one, two)).output)
    assert told[0].startswith(f"{two}:2: program a: it is defined twice (also at {one}:1): name one")
    both = [*files(one), ("program", "name=a; run=/bin/true")]
    told = errors_in(check(params=both).output)
    assert told[0].startswith(f"program a: it is defined twice (also at {one}:1)")
    assert not check(params=both[::-1]).accepted
    same = programs("same.conf", "[a]\nrun = /bin/true\n[a]\nrun = /bin/true\n")
    told = errors_in(check(params=files(same)).output)
    assert told[0].startswith(f"{same}:3: program a: it is defined twice (also at {same}:1)")


def test_what_cannot_be_read(check, programs, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    os.mkfifo(tmp_path / "fifo")
    for path, what in (
        (tmp_path / "nothing", "can't be read: No such file or directory"),
        (tmp_path / "fifo", "is not an ordinary file"),
        (empty, "there is neither programs.conf nor programs.d/*.conf in it"),
    ):
        checked = check(params=files(path))
        assert not checked.accepted
        assert errors_in(checked.output)[0] == f"{path}: {what}"
    checked = check(params=[("programs_file", "p.conf")])
    assert not checked.accepted
    assert "write a full path" in errors_in(checked.output)[0]


def test_what_is_for_the_daemon_is_told_of_once_for_each_program(check, programs):
    path = programs(
        "p.conf",
        "[a]\nrun = /bin/true\ncache = 1s\nallow = nobody-here @nor-here\n[b]\nrun = /bin/true\n",
    )
    checked = check(params=[*files(path), ("program", "name=c; run=/bin/true; allow=root")])
    assert checked.accepted, checked.output
    warnings = [line for line in checked.output.splitlines() if "only kamexecd" in line]
    assert len(warnings) == 2
    assert f"{path}:1: program a: cache, allow: no effect here" in warnings[0]
    assert "program c: allow: no effect here" in warnings[1]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can start a server as another user")
def test_a_right_that_is_missing_is_told_with_its_place(start, module, open_directory):
    nobody = pwd.getpwnam("nobody")
    os.chown(open_directory, nobody.pw_uid, nobody.pw_gid)
    path = open_directory / "p.conf"
    path.write_text("[a]\nrun = /bin/true\nuser = root\n")
    copy = Path(shutil.copy(module, open_directory / "exec.so"))
    copy.chmod(0o755)
    config = Config({"a": 'exec_cmd("@a");'}, params=files(path))
    with pytest.raises(ServerDied, match=f"{path}:3: program a: user and group: "):
        start(config, directory=open_directory, module=copy, user="nobody")
