# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs in control groups of their own: by the module and by kamexecd. As root, where cgroup v2 can
be changed; limits need its controllers, too."""

import os
import pwd
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from harness import sip
from harness.cgroups import CONTROLLERS, Group, mount
from harness.client import Client
from harness.config import Config
from harness.errors import ServerDied
from harness.kamexecd import KAMEXECD, configuration
from harness.processes import state
from harness.programs import worker_answering, write_program
from harness.wait import wait_until

TELL = r'append_to_reply("X-RC: $exec(rc) $exec(outcome)\r\nX-Value: $avp(x)\r\n");'
RESUME = f"route[RESUMED] {{ {TELL} send_reply(\"200\", \"OK\"); exit; }}\n"
OWN = "grep ^0:: /proc/self/cgroup"
# Leaves its group, its session and its parents, its environment, and its limit: nothing that /proc
# shows leads to it any more.
TRACELESS = """import os, resource
resource.setrlimit(resource.RLIMIT_RTTIME, (1 << 30, 1 << 30))
os.execve("/bin/sh", ["sh", "-c", "( /usr/bin/setsid @left@ & ); exec /bin/sleep 1000"], {})
"""


@pytest.fixture
def group():
    made = Group()
    yield made
    made.remove()


def is_alive(pid) -> bool:
    return state(pid) not in ("", "Z", "X")


def traceless(directory):
    """A program that can't be found, and the file with the number of what it left."""
    left = write_program(directory / "left", "trap '' TERM; echo $$ > @dir@/pid; exec /bin/sleep 1000")
    program = directory / "traceless.py"
    program.write_text(TRACELESS.replace("@left@", str(left)))
    return f"/usr/bin/python3 {program}", directory / "pid"


def number_in(file) -> int:
    assert wait_until(lambda: file.exists() and file.read_text().strip())
    return int(file.read_text())


def program(text):
    return [("program", text)]


def test_spawned_pooled_and_later(group, start, tmp_path):
    """Each run and each worker has a group, which ends with the server."""
    tell = tmp_path / "tell.sh"
    write_program(tell, OWN)
    worker = tmp_path / "worker.py"
    worker.write_text(worker_answering("[open('/proc/self/cgroup').read().split('0::')[1].strip()]"))
    routes = {
        "now": f'exec_avp("@tell", "$avp(x)"); {TELL}',
        "pooled": f'exec_avp("@worker", "$avp(x)"); {TELL}',
        "later": 'exec_avp_async("@tell", "$avp(x)", "RESUMED");',
    }
    server = start(
        Config(
            routes,
            RESUME,
            params=program(f"name=tell; run={tell}; cgroup={group.path}; timeout=20s")
            + program(
                f"name=worker; run=/usr/bin/python3 {worker}; via=pool; cgroup={group.path}; timeout=20s"
            ),
            children=1,
        )
    )
    client = Client(server)
    told = {route: client.call(route) for route in routes}
    assert {reply["X-RC"] for reply in told.values()} == {"1 ok"}
    name = rf"/{group.path.name}/kamexec-run-\d+-\d+-\d+$"
    assert all(re.search(name, reply["X-Value"]) for reply in told.values())
    assert len({reply["X-Value"] for reply in told.values()}) == 3
    client.close()
    server.stop()
    assert group.runs() == []


def test_the_deadline_ends_what_left_no_trace(group, start, tmp_path):
    run, file = traceless(tmp_path)
    server = start(
        Config(
            {"now": f'exec_cmd("@bad"); {TELL}', "later": 'exec_avp_async("@bad", "$avp(x)", "RESUMED");'},
            RESUME,
            params=program(f"name=bad; run={run}; cgroup={group.path}; timeout=2s"),
            children=1,
        )
    )
    client = Client(server)
    for route in ("now", "later"):
        file.unlink(missing_ok=True)
        assert client.call(route, within=40)["X-RC"] == "-2 deadline"
        assert not is_alive(number_in(file))
    client.close()


def test_a_job_in_the_background_outlives_its_call(group, start, tmp_path):
    job = write_program(tmp_path / "job", "sleep 1000 >/dev/null 2>&1 & echo $! > @dir@/pid")
    server = start(
        Config(
            {"now": f'exec_cmd("@job"); {TELL}'},
            params=program(f"name=job; run={job}; cgroup={group.path}"),
            children=1,
        )
    )
    client = Client(server)
    assert client.call("now")["X-RC"] == "1 ok"
    client.close()
    pid = number_in(tmp_path / "pid")
    server.terminate()
    assert is_alive(pid)  # as without a group; a service manager ends what is left
    assert len(group.runs()) == 1
    os.kill(pid, signal.SIGKILL)


def test_what_a_killed_server_left_is_ended_at_its_next_start(group, start, tmp_path):
    run, file = traceless(tmp_path)
    config = Config(
        {"later": 'exec_avp_async("@bad", "$avp(x)", "RESUMED");', "now": 'exec_cmd("@bad");'},
        RESUME,
        params=program(f"name=bad; run={run}; cgroup={group.path}; timeout=1h"),
        children=1,
    )
    server = start(config, strict=False)
    client = Client(server)
    client.send(sip.request("MESSAGE", "sip:bob@example.com", [("X-Test", "later")], local=client.local))
    pid = number_in(file)
    client.close()
    server.process.kill()
    for each in server.started_processes():
        if each != pid:
            os.kill(each, signal.SIGKILL)
    assert is_alive(pid) and len(group.runs()) == 1
    start(config)
    assert not is_alive(pid)
    assert group.runs() == []


@pytest.mark.parametrize(
    "attributes, named",
    [
        ("cgroup=/tmp", '"/tmp" is no control group of version 2: write auto'),
        ("cgroup=/nowhere", 'can\'t open the control group "/nowhere"'),
    ],
)
def test_what_is_no_control_group_is_found_early(check, tmp_path, attributes, named):
    checked = check('exec_cmd("@x");', params=program(f"name=x; run=/bin/true; {attributes}"))
    assert checked.status != 0 and f"program x: cgroup: {named}" in checked.output
    file = tmp_path / "programs.conf"
    file.write_text(configuration({"x": f"run = /bin/true\n{attributes.replace('=', ' = ')}"}))
    said = subprocess.run([KAMEXECD, "--check", file], capture_output=True, text=True)
    assert said.returncode == 1 and f"program x: cgroup: {named}" in said.stderr


def test_a_limit_without_its_controller_is_an_error(check):
    there = (mount() / "cgroup.controllers").read_text().split()
    if "memory" in there:
        pytest.skip("the controller is there")
    checked = check(
        'exec_cmd("@x");', params=program("name=x; run=/bin/true; cgroup=auto; memory_total=64M")
    )
    assert checked.status != 0
    assert "program x: cgroup: memory_total takes the controller memory" in checked.output


def test_a_check_changes_nothing(check, group, tmp_path):
    text = f"name=x; run=/bin/true; cgroup={group.path}"
    assert check('exec_cmd("@x");', params=program(text)).status == 0
    file = tmp_path / "programs.conf"
    file.write_text(configuration({"x": f"run = /bin/true\ncgroup = {group.path}"}))
    assert subprocess.run([KAMEXECD, "--check", file]).returncode == 0
    assert not [entry for entry in group.path.iterdir() if entry.is_dir()]


def test_a_server_that_may_not_change_it_does_not_start(group, start, open_directory, module):
    nobody = pwd.getpwnam("nobody")
    os.chown(open_directory, nobody.pw_uid, nobody.pw_gid)
    copy = Path(shutil.copy(module, open_directory / "exec.so"))
    copy.chmod(0o755)
    config = Config(
        {"x": 'exec_cmd("@x");'},
        params=program(f"name=x; run=/bin/true; cgroup={group.path}"),
        kamailio=("-DD", "-u", "nobody", "-g", str(nobody.pw_gid)),
    )
    with pytest.raises(ServerDied, match="program x: cgroup: can't make a control group"):
        start(config, directory=open_directory, module=copy)


# --- kamexecd ---


def test_kamexecd_has_runs_and_workers_in_groups(group, kamexecd, tmp_path):
    tell = write_program(tmp_path / "tell", OWN)
    worker = tmp_path / "worker.py"
    worker.write_text(worker_answering("[open('/proc/self/cgroup').read().split('0::')[1].strip()]"))
    daemon = kamexecd(
        {
            "tell": f"run = {tell}\ncgroup = {group.path}\ntimeout = 20s",
            "worker": f"run = /usr/bin/python3 {worker}\nvia = pool\ncgroup = {group.path}\ntimeout = 20s",
        }
    )
    told = {name: daemon.call(name).lines for name in ("tell", "worker")}
    assert all(re.search(rf"/{group.path.name}/kamexec-run-\d+-", lines[0]) for lines in told.values())
    assert told["tell"] == [f"0::/{group.path.name}/{name.name}" for name in group.runs()
                            if name.name in told["tell"][0]]
    daemon.stop()
    assert group.runs() == []


def test_kamexecd_ends_what_left_no_trace(group, kamexecd, tmp_path):
    run, file = traceless(tmp_path)
    daemon = kamexecd({"bad": f"run = {run}\ncgroup = {group.path}\ntimeout = 2s"})
    assert daemon.call("bad").word == "deadline"
    assert not is_alive(number_in(file))


def test_kamexecd_that_was_killed_leaves_nothing_to_the_next(group, kamexecd, tmp_path):
    run, file = traceless(tmp_path)
    daemon = kamexecd({"bad": f"run = {run}\ncgroup = {group.path}\ntimeout = 1h"})
    with daemon.connect() as client:
        client.send("bad")
        pid = number_in(file)
        daemon.kill9()
        assert is_alive(pid)
        daemon.start()
    assert not is_alive(pid)
    assert group.runs() == []


def test_two_daemons_leave_each_others_runs_alone(group, kamexecd, tmp_path):
    """As with --replace: the new one starts while the old one still has calls."""
    job = write_program(tmp_path / "job", "echo $$ > @dir@/pid; while [ ! -e @dir@/go ]; do sleep 0.05; done; "
                                          "echo done")
    programs = {"job": f"run = {job}\ncgroup = {group.path}\ntimeout = 60s"}
    first = kamexecd(programs)
    with first.connect() as client:
        called = client.send("job")
        number_in(tmp_path / "pid")
        kamexecd(programs)
        (tmp_path / "go").touch()
        assert client.wait(called).lines == ["done"]


def test_kamexecd_below_its_own_group(group, kamexecd, tmp_path):
    tell = write_program(tmp_path / "tell", OWN)
    started = group.started_in(KAMEXECD, tmp_path / "kamexecd-in-group")
    daemon = kamexecd({"tell": f"run = {tell}\ncgroup = auto\ntimeout = 20s"}, program=started)
    (line,) = daemon.call("tell").lines
    assert re.fullmatch(rf"0::/{group.path.name}/kamexec-run-\d+-\d+-\d+", line)


# --- limits ---


@pytest.fixture
def limited(group):
    return group.with_controllers()


def test_limits_take_effect_below_its_own_group(limited, kamexecd, tmp_path):
    """The daemon makes way for them: it goes one group down."""
    show = write_program(
        tmp_path / "show",
        f"cd {mount()}$({OWN} | cut -c4-); cat memory.max pids.max cpu.max; cat ../cgroup.subtree_control",
    )
    started = limited.started_in(KAMEXECD, tmp_path / "kamexecd-in-group")
    daemon = kamexecd(
        {
            "show": f"run = {show}\ncgroup = auto\nmemory_total = 64M\nprocesses_total = 20\n"
                    "cpu_total = 50%\ntimeout = 20s"
        },
        program=started,
    )
    memory, processes, share, enabled = daemon.call("show").lines
    assert (memory, processes, share) == ("67108864", "20", "50000 100000")
    assert set(CONTROLLERS) <= set(enabled.split())
    assert str(daemon.pid) in (limited.path / "kamexec-host" / "cgroup.procs").read_text().split()
    # A reload, and a daemon that starts where this one is, find it as it is.
    assert daemon.reload()
    daemon.kill9()
    host = (limited.path / "kamexec-host")
    started.write_text(f'#!/bin/sh\necho $$ > {host}/cgroup.procs && exec {KAMEXECD} "$@"\n')
    daemon.start()
    assert daemon.call("show").lines[0] == "67108864"


def test_processes_of_strangers_are_not_moved(limited, kamexecd, tmp_path):
    stranger = subprocess.Popen(["/bin/sleep", "1000"])
    try:
        (limited.path / "cgroup.procs").write_text(str(stranger.pid))
        started = limited.started_in(KAMEXECD, tmp_path / "kamexecd-in-group")
        with pytest.raises(ServerDied, match=rf"is not this server's \({stranger.pid}, sleep\): start it"):
            kamexecd({"x": "run = /bin/true\ncgroup = auto\nprocesses_total = 20"}, program=started)
        assert str(stranger.pid) in (limited.path / "cgroup.procs").read_text().split()
    finally:
        stranger.kill()
        stranger.wait()


def test_a_fork_bomb_is_bounded_and_ended(limited, start, tmp_path):
    bomb = write_program(tmp_path / "bomb", "b() { b | b & }; b; sleep 1000")
    after = write_program(tmp_path / "after", "( exit 0 ) && echo well")
    common = f"cgroup={limited.path}; processes_total=30; timeout=3s"
    server = start(
        Config(
            {"bomb": f'exec_cmd("@bomb"); {TELL}', "after": f'exec_avp("@after", "$avp(x)"); {TELL}'},
            params=program(f"name=bomb; run={bomb}; {common}") + program(f"name=after; run={after}; {common}"),
            children=1,
        )
    )
    client = Client(server)
    assert client.call("bomb", within=60)["X-RC"] == "-2 deadline"
    assert not limited.populated() or not any(
        (run / "cgroup.procs").read_text() for run in limited.runs()
    )
    assert client.call("after")["X-Value"] == "well"
    client.close()


@pytest.mark.parametrize("via", ["spawn", "pool"])
def test_a_memory_bomb_is_ended_and_told(limited, start, tmp_path, via):
    eat = "x = []\nwhile True: x.append(bytearray(b'x') * (1 << 20))"
    bomb = tmp_path / "bomb.py"
    lines = "[x for x in [[]] if [x.append(bytearray(b'x') * (1 << 20)) for _ in range(1 << 20)]]"
    bomb.write_text(eat if via == "spawn" else worker_answering(lines))
    server = start(
        Config(
            {"bomb": f'exec_cmd("@bomb"); {TELL}'},
            params=program(
                f"name=bomb; run=/usr/bin/python3 {bomb}; via={via}; cgroup={limited.path}; "
                "memory_total=48M; timeout=20s"
            ),
            children=1,
        )
    )
    client = Client(server)
    assert client.call("bomb", within=60)["X-RC"] == "-5 unusable"
    assert "its control group used up memory_total, 50331648 bytes" in server.log()
    client.close()


def test_a_busy_program_has_its_share_of_a_processor(limited, kamexecd, tmp_path):
    busy = write_program(
        tmp_path / "busy",
        f"timeout 2 sh -c 'while :; do :; done'; cat {mount()}$({OWN} | cut -c4-)/cpu.stat",
    )
    daemon = kamexecd({"busy": f"run = {busy}\ncgroup = {limited.path}\ncpu_total = 20%\ntimeout = 60s"})
    told = dict(line.split() for line in daemon.call("busy").lines)
    assert int(told["nr_throttled"]) > 0
