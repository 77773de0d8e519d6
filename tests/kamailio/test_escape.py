# SPDX-License-Identifier: GPL-2.0-or-later
"""What a program that was taken over can do: each attack of docs/security.md, with and without
containment, by the module and by the daemon, as a process of one call and as a worker. What the page
says is compared with what happens."""

import ctypes
import os
import re
import shutil
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import attackers
from harness.cgroups import CONTROLLERS, Group
from harness.client import Client
from harness.config import Config
from harness.errors import HarnessError
from harness.paths import STOCK
from harness.ports import free_port, release
from harness.wait import PATIENCE, wait_until
from test_docs_reference import code, page, table

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the attacks run as other users: needs root")

SERVER_USER = "daemon"  # and that of its programs
OTHER_USER = "nobody"  # of programs with user=

# --- what the page says ---

PAGE = page("security.md")


def expected(heading) -> dict:
    """The table whose first column is `heading`; the second one has what the attacker is told: attack ->
    {column: whether it succeeds}."""
    head = re.search(rf"^\| {heading} \|.*", PAGE, re.M)[0]
    columns = [column.strip() for column in head.split("|")[3:-1]]
    words = {"yes": True, "no": False}
    return {
        code(row[1])[0]: {name: words[cell] for name, cell in zip(columns, row[2:])}
        for row in table(PAGE, heading)
    }


ATTACKS = expected("attack")
for cells in ATTACKS.values():
    cells["both"] = cells["`sandbox=strict`"] and cells["`cgroup=auto`"]
AS_ROOT = expected("attack as root")
SOCKETS = expected("attack with sockets")
# What a kernel without that version of Landlock leaves open: attack -> the version.
OLDER = {
    attack: int(re.search(r"ABI (\d+)", row[1])[1])
    for row in table(PAGE, "open with an older kernel")
    for attack in code(row[2])
}


# --- what this machine can do ---


def landlock_abi() -> int:
    """0: none. landlock_create_ruleset(2) with LANDLOCK_CREATE_RULESET_VERSION."""
    return max(0, ctypes.CDLL(None, use_errno=True).syscall(444, None, ctypes.c_size_t(0), 1))


ABI = landlock_abi()

# Attacks that a machine may refuse to everyone, and why.
CLOSED_BY_MACHINES = {
    "user-namespace": "user.max_user_namespaces, kernel.unprivileged_userns_clone",
    "clone-namespace": "user.max_user_namespaces, kernel.unprivileged_userns_clone",
    "clone3-namespace": "user.max_user_namespaces, kernel.unprivileged_userns_clone",
    "trace SERVER": "kernel.yama.ptrace_scope",
    "trace VICTIM": "kernel.yama.ptrace_scope",
    "read-memory SERVER": "kernel.yama.ptrace_scope",
    "write-memory SERVER": "kernel.yama.ptrace_scope",
    "take-descriptor SERVER": "kernel.yama.ptrace_scope",
    "ring": "kernel.io_uring_disabled",
    "watch-performance": "kernel.perf_event_paranoid",
    "handle-faults": "no userfaultfd in the kernel",
    "mptcp PORT": "no MPTCP in the kernel",
    "change-attribute SECRET": "no attributes in the file system",
    "setuid SETUID": "the file system is mounted nosuid",
    "load-bpf": "no BPF in the kernel",
}


OUTLIVING = ("outlive-deadline", "outlive-unmarked", "outlive-group", "stay")

# --- one attack ---


@dataclass
class Said:
    """`text`: the attacker's line, "" where it was ended before."""

    text: str
    outcome: str


class Runner:
    """Has attacks made: `run(program, words)` gives what the attacker said."""

    def __init__(self, directory, attacker, owner, pid, run, port=0):
        self._directory, self._attacker, self._pid, self._run, self._port = directory, attacker, pid, run, port
        self.owner, self.group = owner, None

    def succeeds(self, attack, column, expected) -> bool:
        with attackers.Targets(self._directory, self._attacker, self.owner, self._pid, self._port, self.group) as targets:
            words = targets.words(attack)
            if attack.split()[0] in OUTLIVING:
                return self._outlives(targets, f"{column}-brief", words, expected)
            said = self._run(column, words)
            if attack.split()[0].endswith("-bomb") and not said.text:
                return False  # the kernel has ended the attacker too
            if attack == "owner-signal VICTIM":  # nobody else is told how that ended
                return said.text == "succeeded" and targets.victim_ends(PATIENCE if expected else 0.5)
            if not re.match(r"succeeded$|refused: ", said.text):
                raise HarnessError(f"{attack}: the attacker said '{said.text}', outcome {said.outcome}")
            return said.text == "succeeded"

    def _outlives(self, targets, program, words, expected) -> bool:
        """Whether a process of the call is there when the call is over."""
        said, seen = [], False
        thread = threading.Thread(target=lambda: said.append(self._run(program, words)))
        thread.start()
        while thread.is_alive():
            seen = seen or attackers.survivors(targets.token)
            thread.join(0.005)
        if not said:
            raise HarnessError(f"{words}: the call failed")
        left = attackers.survivors(targets.token)
        if not (seen or left) and not said[0].text.startswith("refused: "):
            raise HarnessError(f"{words}: nothing was started before the deadline: {said[0]}")
        if expected:
            wait_until(lambda: False, 0.2)
        else:
            wait_until(lambda: not attackers.survivors(targets.token))
        return bool(attackers.survivors(targets.token))


# What was seen: (table, attack, column) -> {runner: whether it succeeded}, for the last test.
seen = {}
left_out = {}  # (table, column) or (table, attack) -> why


def compare(name, rows, columns, runner, how):
    """Makes the attacks of `rows` with the program of each column; asserts what the page says."""
    wrong = []
    for attack, cells in rows.items():
        if attack.startswith("stay") and how.endswith("pool"):
            continue  # a worker lives on after its call, with all that it has started
        for column, program in columns.items():
            if (name, attack, column) in left_out:
                continue
            wanted = cells[column] or ("strict" in program and OLDER.get(attack, 0) > ABI)
            succeeded = runner.succeeds(attack, program, wanted)
            seen.setdefault((name, attack, column), {})[how] = succeeded
            if wanted and not succeeded and attack in CLOSED_BY_MACHINES and "strict" not in program:
                left_out[name, attack] = CLOSED_BY_MACHINES[attack]
            elif succeeded != wanted:
                wrong.append(f"{attack} with {column}: {'succeeds' if succeeded else 'refused'}")
    assert not wrong, "\n".join(["not as docs/security.md says:", *wrong])


# --- who runs them ---

# A slow machine (an emulated one) starts an attacker in seconds.
SLOW = int(os.environ.get("KAMEXEC_TEST_SLOW", "1"))
LONG, BRIEF = f"{20 * SLOW}s", f"{1500 * SLOW}ms"


@pytest.fixture(scope="module")
def attacker():
    """The program, in a directory that everyone reaches."""
    directory = Path(tempfile.mkdtemp(prefix="kamexec-"))
    directory.chmod(0o755)
    yield attackers.build(directory)
    shutil.rmtree(directory)


def definitions(attacker, via, containment) -> dict:
    """name -> the attributes of the programs: for each of `containment` (name -> attributes) one with time
    enough, and one whose deadline comes soon."""
    run = f"run={attacker}" + ("" if via == "spawn" else " worker; via=pool; workers=2; requests=1")
    if via == "pool":
        run += "; workers_start=0; workers_least=0; workers_idle=0"
    return {
        f"{name}{suffix}": f"{run}; timeout={timeout}; kill_grace=0ms; {attributes}".rstrip("; ")
        for name, attributes in containment.items()
        for suffix, timeout in (("", LONG), ("-brief", BRIEF))
    }


def module_script(programs) -> str:
    cases = "".join(
        f'case "{name}": exec_avp("@{name} $hdr(X-1) $hdr(X-2) $hdr(X-3)", "$avp(out)"); break;\n'
        for name in programs
    )
    return f"switch ($hdr(X-Program)) {{ {cases} }} " + REPLY


REPLY = """
    append_to_reply("X-Out: $avp(out)\r\n");
    append_to_reply("X-Outcome: $exec(outcome)\r\n");
"""


def headers(program, words) -> list:
    words = [*words, "-", "-"][:3]  # the attackers leave out what is "-"
    return [("X-Program", program), *((f"X-{number}", word) for number, word in enumerate(words, 1))]


@contextmanager
def module_runner(start, directory, module, attacker, user, programs, route=None, params=()):
    """Kamailio with these programs."""
    copy = shutil.copy(module, directory / "exec.so")
    os.chmod(copy, 0o755)
    shutil.chown(directory, user or "root")
    params = (*params, *(("program", f"name={name}; {text}") for name, text in programs.items()))
    config = Config({"attack": route or module_script(programs)}, params=params)
    server = start(config, directory=directory, user=user, module=Path(copy))
    client = Client(server)

    def run(program, words):
        reply = client.call("attack", headers=headers(program, words), within=3 * PATIENCE * SLOW)
        said = reply["X-Out"] or ""
        return Said("" if said == "<null>" else said, reply["X-Outcome"] or "")

    try:
        yield Runner(directory, attacker, user or "root", server.process.pid, run)
    finally:
        client.close()


@contextmanager
def daemon_runner(kamexecd, directory, attacker, user, programs, port=0):
    place = directory / "kamexecd"
    place.mkdir()
    shutil.chown(place, user or "root")
    sections = {name: text.replace("; ", "\n").replace("=", " = ", 1) for name, text in programs.items()}
    daemon = kamexecd(sections, directory=place, user=user)

    def run(program, words):
        with daemon.connect(timeout=3 * PATIENCE * SLOW) as client:
            reply = client.call(program, *words)
            return Said((reply.lines or [""])[0], f"{reply.word} {reply.detail}")

    yield Runner(directory, attacker, user or "root", daemon.pid, run, port)


# --- the columns ---


def sandboxed(attacker) -> str:
    """As the page's column says, or, where the kernel is too old for that, as far as it can."""
    if ABI >= max(OLDER.values()):
        return f"sandbox=strict; read={attacker.parent}/readable"
    return f"sandbox=try:strict; read={attacker.parent}/readable"


LIMITS = "memory_total=64M; processes_total=40"


@pytest.fixture
def delegated():
    """A control group with two below that are the server's user's: that of servers, which this process is in, and
    that of programs. Gives both, and whether limits can be set. Before the fixtures that start servers: it goes
    after these have ended."""
    group = Group()
    before = group.path.parent / re.findall(r"^0::/(.*)$", Path("/proc/self/cgroup").read_text(), re.M)[0]
    servers, programs = group.path / "servers", group.path / "programs"
    try:
        limits = set(CONTROLLERS) <= set((group.path.parent / "cgroup.controllers").read_text().split())
        for parent in (group.path.parent, group.path) if limits else ():
            (parent / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in CONTROLLERS))
        for directory in (group.path, servers, programs):
            directory.mkdir(exist_ok=True)
            for path in (directory, directory / "cgroup.procs", directory / "cgroup.subtree_control"):
                shutil.chown(path, SERVER_USER)
        (servers / "cgroup.procs").write_text(str(os.getpid()))
        yield servers, programs, limits
    finally:
        (before / "cgroup.procs").write_text(str(os.getpid()))
        group.remove()


# make escape-test tries all four.
RUNNERS = [("module", "spawn"), ("kamexecd", "pool")]
if os.environ.get("KAMEXEC_ESCAPE") == "all":
    RUNNERS += [("module", "pool"), ("kamexecd", "spawn")]


@contextmanager
def runner(runs, via, user, containment, attacker, directory, module, start, kamexecd):
    programs = definitions(attacker, via, containment)
    if runs == "module":
        made = module_runner(start, directory, module, attacker, user, programs)
    else:
        made = daemon_runner(kamexecd, directory, attacker, user, programs)
    with made as one:
        yield one


@pytest.fixture
def run_by(request, attacker, open_directory, module, start, kamexecd):
    """run_by(runs, via, user, containment): a Runner, as a context."""
    return lambda runs, via, user, containment: runner(
        runs, via, user, containment, attacker, open_directory, module, start, kamexecd
    )


@pytest.mark.parametrize("runs, via", RUNNERS)
def test_as_the_servers_user(run_by, attacker, runs, via):
    containment = {"none": "", "strict": sandboxed(attacker)}
    columns = {"nothing": "none", "`sandbox=strict`": "strict"}
    with run_by(runs, via, SERVER_USER, containment) as one:
        compare("attack", ATTACKS, columns, one, f"{runs}, {via}")


@pytest.mark.parametrize("runs, via", RUNNERS)
def test_in_a_control_group(delegated, run_by, attacker, runs, via):
    servers, programs, limits = delegated
    for attack in ATTACKS:
        if attack.split()[0].endswith("-bomb") and not limits:
            for column in ("`cgroup=auto`", "both"):
                left_out["attack", attack, column] = "cgroup v2 has no controllers here"
    cgroup = f"cgroup={programs}" + (f"; {LIMITS}" if limits else "")
    columns = {"`cgroup=auto`": "cgroup", "both": "strict-cgroup"}
    with run_by(runs, via, SERVER_USER, {"cgroup": cgroup, "strict-cgroup": f"{sandboxed(attacker)}; {cgroup}"}) as one:
        one.group = servers
        compare("attack", ATTACKS, columns, one, f"{runs}, {via}")


@pytest.mark.parametrize("runs, via", RUNNERS)
def test_as_another_user(run_by, runs, via):
    with run_by(runs, via, None, {"user": f"user={OTHER_USER}"}) as one:
        compare("attack", ATTACKS, {"`user=`": "user"}, one, f"{runs}, {via}")


@pytest.mark.parametrize("runs, via", RUNNERS)
def test_as_root(run_by, attacker, runs, via):
    containment = {"none": "", "strict": sandboxed(attacker)}
    columns = {"nothing": "none", "`sandbox=strict`": "strict"}
    with run_by(runs, via, None, containment) as one:
        one.owner = SERVER_USER  # root may do all that another user may
        compare("attack as root", AS_ROOT, columns, one, f"{runs}, {via}")


def test_with_some_sockets(attacker, open_directory, module, kamexecd):
    port = free_port()
    columns = {column: f"strict{number}" for number, column in enumerate(next(iter(SOCKETS.values())))}
    containment = {
        name: f"{sandboxed(attacker)}; {column.strip('`').replace('PORT', str(port))}"
        for column, name in columns.items()
    }
    for column, name in list(columns.items()):
        if "tcp:" in column and ABI < 4:
            left_out["attack with sockets", column] = "Landlock ABI 4 came with Linux 6.7"
            del columns[column], containment[name]
    programs = definitions(attacker, "spawn", containment)
    with daemon_runner(kamexecd, open_directory, attacker, SERVER_USER, programs, port) as one:
        compare("attack with sockets", SOCKETS, columns, one, "kamexecd, spawn")
    release(port)


def test_a_sandboxed_program_does_its_work(run_by, attacker, open_directory):
    """What keeps everything from a program would pass the tests above, too."""
    for name in ("read", "write"):
        (open_directory / name).mkdir()
        shutil.chown(open_directory / name, SERVER_USER)
    data, made = open_directory / "read" / "data", open_directory / "write" / "made"
    data.write_text("x")
    more = f"{sandboxed(attacker)} {open_directory}/read; write={open_directory}/write"
    with run_by("kamexecd", "spawn", SERVER_USER, {"strict": more}) as one:
        for words in (("read", data), ("read", "/etc/passwd"), ("list", open_directory / "read"), ("create", made),
                      ("write", made), ("read", made), ("rename", made, f"{made}2"),
                      ("remove", f"{made}2"), ("execute-memory",), ("fork-bomb", 20), ("setuid", data)):
            said = one._run("strict", [str(word) for word in words]).text
            assert said == "succeeded" if words[0] != "setuid" else said.startswith("refused: "), (words, said)


def test_the_distributions_module_lets_them_all(attacker, open_directory, start, module):
    """Without a deadline, which it has not: see test_deadline.py."""
    call = f'exec_avp("{attacker} $hdr(X-1) $hdr(X-2) $hdr(X-3)", "$avp(out)");\n'
    call += 'append_to_reply("X-Out: $avp(out)\\r\\n");'
    refused = []
    with module_runner(start, open_directory, STOCK, attacker, SERVER_USER, {}, route=call) as one:
        for attack in ATTACKS:
            if attack.startswith("outlive-"):
                continue
            succeeded = one.succeeds(attack, "", True)
            seen.setdefault(("attack", attack, "Kamailio's exec"), {})["spawn"] = succeeded
            if not succeeded and attack not in CLOSED_BY_MACHINES:
                refused.append(attack)
    assert not refused


def test_the_table(capsys):
    """Shows what was seen. (That it is what the page says is what the tests above compare.)"""
    with capsys.disabled():
        for name in ("attack", "attack as root", "attack with sockets"):
            columns = list(dict.fromkeys(column for table, _, column in seen if table == name))
            print(f"\n{name:44}", *(f"{column:>18}" for column in columns))
            for attack in dict.fromkeys(attack for table, attack, _ in seen if table == name):
                cells = []
                for column in columns:
                    answers = set(seen.get((name, attack, column), {}).values())
                    cells.append({(): "-", (False,): "no", (True,): "yes"}.get(tuple(answers), "differs"))
                print(f"{attack:44}", *(f"{cell:>18}" for cell in cells))
        print(f"Landlock ABI {ABI}")
        for (_, *what), why in left_out.items():
            print(f"left out: {', '.join(what)}: {why}")
    if not seen:
        pytest.skip("no attack was made")
    assert all(len(set(answers.values())) == 1 for answers in seen.values())
