# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs in a sandbox, in a real server and in the daemon: spawned and pooled, for calls that wait
and for calls that don't."""

import json
import os
import signal
import subprocess
import uuid
from pathlib import Path

import pytest

from harness import processes
from harness.client import Client
from harness.config import Config
from harness.errors import ServerDied
from harness.kamexecd import KAMEXECD, configuration
from harness.kernel import landlock_abi
from harness.paths import KAMAILIO, OURS
from harness.ports import free_port, release
from harness.programs import worker_answering, write_program
from harness.server import ENVIRONMENT, START_SECONDS

TOOL = OURS.with_name("kamexec")
WORKERS = Path(__file__).parents[2] / "examples" / "workers"
TELL = r'append_to_reply("X-RC: $exec(rc) $exec(outcome)\r\nX-Value: $avp(x)\r\nX-Error: $exec(stderr)\r\n");'
RESUME = f'route[RESUMED] {{ {TELL} t_reply("200", "Done"); }}'
ROUTES = {
    "now": f'exec_avp("@tell", "$avp(x)"); {TELL}',
    "later": 'exec_avp_async("@tell", "$avp(x)", "RESUMED");',
}

needs_landlock = pytest.mark.skipif(landlock_abi() < 1, reason="this kernel has no Landlock")
SIGNALS = landlock_abi() >= 6
STRICT = "strict" if SIGNALS else "files network system-calls"

# Tries a thing of each part, and tells which were refused.
TRY = """import ctypes, os, socket
LIBC = ctypes.CDLL(None, use_errno=True)
def personality():
    if LIBC.personality(0xffffffff) < 0:  # which asks for it
        raise OSError(ctypes.get_errno(), "personality")
def refused(act):
    try:
        act()
    except PermissionError:
        return "refused"
    except OSError as error:
        return str(error)
    return "done"
def tries():
    acts = [lambda: open(sys.argv[2]).close(), socket.socket, personality, lambda: os.kill(os.getppid(), 0),
            lambda: open("/etc/passwd").close()]
    return " ".join(refused(act) for act in acts)
"""
TELL_TRIES = worker_answering("[tries()]", TRY + """
if sys.argv[1] == "once":
    print(tries())
    sys.exit()""")
ALL_DONE = "done done done done done"
KEPT = f"refused refused refused {'refused' if SIGNALS else 'done'} done"


@pytest.fixture
def tell(tmp_path):
    """tell(how, sandbox): the attributes of a program that tells what it may do, one a line. What it
    must not read is a file of tmp_path."""
    script = tmp_path / "program" / "tell.py"
    script.parent.mkdir()
    script.write_text(TELL_TRIES)
    secret = tmp_path / "secret"
    secret.write_text("a password\n")

    def attributes(how: str, sandbox: str) -> str:
        word = "once" if how == "spawn" else "worker"
        rule = f"sandbox = {sandbox}\nread = {script.parent}" if sandbox else ""
        return f"run = /usr/bin/python3 {script} {word} {secret}\nvia = {how}\ntimeout = 30s\n{rule}"

    return attributes


def parameter(name: str, attributes: str):
    """The same definition, as the module's parameter has it."""
    return ("program", f"name={name}; " + "; ".join(line for line in attributes.splitlines() if line))


@needs_landlock
@pytest.mark.parametrize("sandbox, told", [(STRICT, KEPT), ("", ALL_DONE)])
@pytest.mark.parametrize("how", ["spawn", "pool"])
def test_what_the_module_runs(start, tell, how, sandbox, told):
    server = start(Config(ROUTES, RESUME, params=[parameter("tell", tell(how, sandbox))]))
    client = Client(server)
    for route in ROUTES:
        assert client.call(route)["X-Value"] == told
    client.close()


class Daemonized:
    """A server that goes to the background, as by an init script: the process that is started reads the
    configuration and prepares the sandboxes, and ends when one that it forked serves."""

    def __init__(self, config: Config, directory: Path):
        self.port, self.marker = free_port(), uuid.uuid4().hex
        self._pid_file = directory / "pid"
        path = config.write(directory, self.port, OURS, {})
        command = [KAMAILIO, "-m", "32", "-M", "8", *config.kamailio, "-f", path]
        command += ["-P", self._pid_file, "-w", directory, "-Y", directory]
        environment = {**ENVIRONMENT, processes.MARKER: self.marker}
        self._log = directory / "log"
        with open(self._log, "wb") as log:
            self.started = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)

    def wait_until_up(self) -> None:
        assert self.started.wait(START_SECONDS) == 0, self.log_tail()

    def pid(self) -> int:
        return int(self._pid_file.read_text())

    def alive(self) -> bool:
        return bool(self._running())

    def log_tail(self) -> str:
        return self._log.read_text(errors="replace")  # until it went to the background

    def _running(self) -> list:
        return processes.belonging_to(self.marker, self.started.pid)

    def stop(self) -> list:
        """What had to be killed: nothing, where all is well."""
        if self._pid_file.exists():
            os.kill(self.pid(), signal.SIGTERM)
        left = processes.wait_until_gone(self._running)
        processes.kill_all(left)
        self.started.kill()
        self.started.wait()
        release(self.port)
        return left


@needs_landlock
@pytest.mark.parametrize("sandbox, told", [(STRICT, KEPT), ("", ALL_DONE)])
@pytest.mark.parametrize("how", ["spawn", "pool"])
def test_what_a_server_in_the_background_runs(tell, tmp_path, how, sandbox, told):
    config = Config(ROUTES, RESUME, params=[parameter("tell", tell(how, sandbox))], kamailio=())
    server = Daemonized(config, tmp_path)
    try:
        server.wait_until_up()
        assert server.pid() != server.started.pid
        client = Client(server)
        for route in ROUTES:
            assert client.call(route)["X-Value"] == told
        client.close()
    finally:
        left = server.stop()
    assert not left


@needs_landlock
@pytest.mark.parametrize("sandbox, told", [(STRICT, KEPT), ("", ALL_DONE)])
@pytest.mark.parametrize("how", ["spawn", "pool"])
def test_what_the_daemon_runs(start, kamexecd, tell, how, sandbox, told):
    daemon = kamexecd({"tell": tell(how, sandbox)})
    server = start(Config(ROUTES, RESUME, params=[("service", daemon.socket_path)]))
    client = Client(server)
    for route in ROUTES:
        assert client.call(route)["X-Value"] == told
    client.close()
    with daemon.connect() as asking:
        attributes = json.loads(asking.control("status").lines[0])["programs"][0]["attributes"]
    assert attributes["sandbox"] == (STRICT if sandbox else "none")
    assert attributes["no_new_privileges"] == ("yes" if sandbox else "no")


@needs_landlock
def test_a_reload_keeps_what_did_not_change(kamexecd, tell, tmp_path):
    """A worker in a sandbox is the same after a reload; a changed rule holds for the next one."""
    programs = {"tell": tell("pool", STRICT)}
    daemon = kamexecd(programs)
    assert daemon.call("tell").lines == [KEPT]
    workers = daemon.children()
    daemon.reload()
    assert daemon.call("tell").lines == [KEPT]
    assert daemon.children() == workers
    daemon.write({"tell": programs["tell"] + f" {tmp_path / 'secret'}"})
    daemon.reload()
    assert daemon.call("tell").lines == [KEPT.replace("refused", "done", 1)]


@needs_landlock
def test_a_failed_reload_says_why(kamexecd, tell, tmp_path):
    daemon = kamexecd({"tell": tell("spawn", STRICT)})
    daemon.write({"tell": tell("spawn", STRICT) + " /nowhere"})
    assert not daemon.reload()
    assert "read: can't find /nowhere" in daemon.log()
    assert daemon.call("tell").lines == [KEPT]


@needs_landlock
def test_an_upgrade_of_the_program(start, tmp_path):
    """A file that replaces the program's, by rename as packages do it, runs in the next call."""
    program = write_program(tmp_path / "program", "echo one")
    server = start(Config({"now": ROUTES["now"]}, params=[("program", f"name=tell; run={program}; sandbox={STRICT}")]))
    client = Client(server)
    assert client.call("now")["X-Value"] == "one"
    write_program(tmp_path / "new", "echo two").replace(program)
    assert client.call("now")["X-Value"] == "two"
    client.close()


@needs_landlock
def test_a_denied_file_is_told(start, tmp_path):
    """What an operator sees of the usual mistake: the program's own words."""
    data = tmp_path / "data"
    data.write_text("x\n")
    server = start(Config({"now": ROUTES["now"]},
                          params=[("program", f"name=tell; run=/bin/cat {data}; sandbox={STRICT}")]))
    client = Client(server)
    reply = client.call("now")
    assert reply["X-RC"] == "-1 no"
    assert f"{data}: Permission denied" in reply["X-Error"]
    client.close()


@needs_landlock
@pytest.mark.parametrize("worker", ["gateways.py", "gateways.pl", "gateways.lua", "gateways.sh"])
def test_the_examples_work_in_a_sandbox(start, worker):
    interpreter = {".py": "python3", ".pl": "perl", ".lua": "lua", ".sh": "sh"}[Path(worker).suffix]
    run = f"{interpreter} {WORKERS / worker}"
    definition = f"name=tell; run={run}; via=pool; timeout=30s; sandbox={STRICT}; read={WORKERS}"
    route = f'exec_avp("@tell 4930123", "$avp(x)"); {TELL}'
    server = start(Config({"now": route}, params=[("program", definition)]))
    client = Client(server)
    assert client.call("now")["X-Value"].startswith("sip:4930123@gw1")
    client.close()


@pytest.mark.parametrize(
    "attributes, error",
    [
        ("sandbox=files; read=/nowhere", "read: can't find /nowhere: No such file"),
        ("sandbox=files; write=/usr/share", "write: /usr/share lies in /usr, which every program may run"),
        ("sandbox=everything", 'sandbox: "everything" is unknown here: write strict'),
        ("read=/usr", "read has no effect without sandbox"),
    ],
)
def test_mistakes(start, tmp_path, attributes, error):
    config = Config({"now": 'exec_cmd("@x");'}, params=[("program", f"name=x; run=/bin/true; {attributes}")])
    with pytest.raises(ServerDied, match=error):
        start(config)
    lines = "\n".join(attributes.split("; "))
    (tmp_path / "programs.conf").write_text(configuration({"x": f"run=/bin/true\n{lines}"}))
    checked = subprocess.run([KAMEXECD, "--check", tmp_path], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 1
    assert error in checked.stderr


# --- the tool ---


def tried(*arguments) -> str:
    return subprocess.run([TOOL, "try", *arguments], capture_output=True, text=True, timeout=60).stdout


@needs_landlock
def test_try_shows_and_does_it(tmp_path):
    data = tmp_path / "data"
    data.write_text("x\n")
    definition = f"name=p; run=/bin/cat; sandbox={STRICT}; network=udp tcp"
    text = tried("--program", definition, f"@p {data}")
    assert f"{'files':15} the system's and its own\n" in text
    assert f"{'network':15} udp tcp\n" in text
    assert f"{'system calls':15} those of ordinary programs\n" in text
    assert f"{data}: Permission denied" in text
    report = json.loads(tried("--json", "--program", f"{definition}; read={data}", f"@p {data}"))
    assert report["permissions"]["files"] == f"the system's and its own; reads and runs {data}"
    assert report["permissions"]["limits"] == "the server's"
    assert report["outcome"]["word"] == "ok"


def test_check_shows_it(tmp_path):
    (tmp_path / "kamailio.cfg").write_text(
        'loadmodule "exec.so"\n'
        'modparam("exec", "program", "name=p; run=/bin/true; sandbox=files; write=/var/lib/x; user=nobody; memory=1G")\n'
        'request_route { exec_cmd("@p"); }\n'
    )
    arguments = [TOOL, "check", "--no-server", tmp_path / "kamailio.cfg"]
    text = subprocess.run(arguments, capture_output=True, text=True, timeout=60).stdout
    assert "  files: the system's and its own; changes /var/lib/x\n" in text
    assert "  user: nobody\n" in text
    assert "  limits: memory=1G\n" in text
    report = json.loads(subprocess.run([*arguments, "--json"], capture_output=True, text=True, timeout=60).stdout)
    permissions = report["configurations"][0]["calls"][0]["permissions"]
    assert permissions["network"] == "any sockets"
    assert permissions["privileges"] == "no more by running a file"


def test_a_server_that_is_root_lends_no_rights(tmp_path):
    """no_new_privileges: the bit that keeps setuid programs from working."""
    definition = "name=p; run=/usr/bin/grep NoNewPrivs /proc/self/status; no_new_privileges={}"
    for word, bit in (("yes", 1), ("no", os.popen("grep NoNewPrivs /proc/self/status").read().split()[1])):
        report = json.loads(tried("--json", "--call", "avp", "--avps", "$avp(x)", "--program", definition.format(word), "@p"))
        assert report["stdout"].split() == ["NoNewPrivs:", str(bit)]
