#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""In a virtual machine with Debian's kernel and systemd, as root, with the packages installed: limits of
control groups are the kernel's own there. Says each step, goes on after one that fails, and says at the
end whether all was as it should be."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCES / "tests" / "systemd"))
from sip_load import Caller  # noqa: E402

PATIENCE = 120.0  # seconds: the processors are emulated
ATTACKER = "/srv/attacker"
PROGRAMS = Path("/etc/kamexec/programs.conf")
GREEDY_WORKER = Path("/srv/greedy_worker.py")
SERVICE = Path("/sys/fs/cgroup/system.slice/kamexecd.service")
BUSY = "i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; cat /sys/fs/cgroup$(sed s/0::// /proc/self/cgroup)/cpu.stat"
ENOUGH = "timeout = 5m\nkill_grace = 0ms"

DEFINITIONS = f"""
[kamexecd]
log_calls = yes

[memory]
run = {ATTACKER} memory-bomb 240
cgroup = auto
memory_total = 64M
{ENOUGH}

[memory-alone]
run = /usr/bin/python3 -c 'len(bytes(range(250)) * (1 << 20))'
cgroup = auto
memory_total = 64M
{ENOUGH}

[memory-enough]
run = {ATTACKER} memory-bomb 30
cgroup = auto
memory_total = 64M
{ENOUGH}

[processes]
run = {ATTACKER} fork-bomb 200
cgroup = auto
processes_total = 40
{ENOUGH}

[processes-enough]
run = {ATTACKER} fork-bomb 30
cgroup = auto
processes_total = 40
{ENOUGH}

[busy]
run = /bin/sh -c '{BUSY}'
cgroup = auto
cpu_total = 20%
{ENOUGH}

[leaver]
run = {ATTACKER} outlive-unmarked leaver
cgroup = auto
timeout = 5s
kill_grace = 0ms

[hangs]
run = {ATTACKER} outlive-unmarked hangs
cgroup = auto
{ENOUGH}

[worker]
run = {ATTACKER} worker
via = pool
workers = 2
cgroup = auto
memory_total = 64M
processes_total = 40
{ENOUGH}

[worker-alone]
run = /usr/bin/python3 {GREEDY_WORKER}
via = pool
workers = 1
cgroup = auto
memory_total = 64M
{ENOUGH}

[as-nobody]
run = {ATTACKER} memory-bomb 240
user = nobody
cgroup = auto
memory_total = 64M
{ENOUGH}
"""

# What runs out of memory is the worker itself, not a process that it started.
GREEDY_WORKER_TEXT = """import sys
for line in sys.stdin:
    if line.startswith("hello "):
        print("hello 1", flush=True)
    elif line.startswith("end "):
        bytes(range(250)) * (1 << 20)
"""

SANDBOXED = f"""
[inside]
run = {ATTACKER} read /etc/hosts
sandbox = @sandbox@

[outside]
run = {ATTACKER} read /var/lib/dpkg/status
sandbox = @sandbox@
"""

failures = []


class Failed(Exception):
    pass


def say(*words):
    print("vm:", *words, flush=True)


def run(*command, check=True, seconds=PATIENCE * 5, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=seconds,
                          check=False, **options)
    if check and done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def expect(fact, what):
    if not fact:
        raise Failed(what)
    say("ok:", what)


def wait_until(holds, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.1)
    return held


def shown(unit, name):
    return run("systemctl", "show", "--value", f"--property={name}", unit).stdout.strip()


def runs_below(service):
    """The groups of runs."""
    return sorted(path.name for path in service.rglob("kamexec-run-*"))


def survivors(token):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if Path(f"/proc/{name}/cmdline").read_bytes().endswith(b"\0survive\0" + token.encode() + b"\0"):
                    found.append(int(name))
            except OSError:
                pass
    return found


def journal(unit, lines=20):
    return run("journalctl", "--no-pager", "-u", unit, "-n", str(lines)).stdout


def call(name, *arguments, socket=None, **options):
    given = ["--socket", socket] if socket else []
    return run("kamexec", "call", *given, "--", f"@{name}", *arguments, check=False, **options)


def chosen(what):
    """What KAMEXEC_VM_STEPS or KAMEXEC_VM_TESTS (an expression for pytest) says to tests/vm/test; "": all."""
    found = re.search(rf"\bkamexec\.{what}=(\S+)", Path("/proc/cmdline").read_text())
    return found[1].replace(",", " ") if found else ""


# --- the steps ---


def the_system():
    state = run("systemctl", "is-system-running", "--wait", check=False).stdout.strip()
    say("kernel", os.uname().release, "systemd is", state)
    say("controllers:", Path("/sys/fs/cgroup/cgroup.controllers").read_text().strip())
    for unit in run("systemctl", "--failed", "--plain", "--no-legend").stdout.splitlines():
        say("failed unit:", unit)
    expect(shown("kamexecd.service", "ActiveState") == "active", "kamexecd.service has started with the system")


def limits_of_the_service():
    PROGRAMS.write_text(DEFINITIONS)
    GREEDY_WORKER.write_text(GREEDY_WORKER_TEXT)
    run("systemctl", "restart", "kamexecd")
    mounts = Path(f"/proc/{shown('kamexecd.service', 'MainPID')}/mountinfo").read_text()
    access = {words[4]: words[5].split(",")[0] for words in map(str.split, mounts.splitlines())}
    expect(access["/sys/fs/cgroup"] == "ro" and access.get(str(SERVICE)) == "rw",
           "of the control groups the daemon may change its own alone")
    done = call("memory")
    expect(done.returncode == 1 and "succeeded" not in done.stdout, f"memory_total ends 240 MB: {done.stderr.strip()}")
    done = call("memory-enough")
    expect(done.stdout == "succeeded\n", f"30 MB are within memory_total {done.stdout}{done.stderr}")
    done = call("processes")
    expect(done.stdout.startswith("refused: fork: Resource temporarily"), f"processes_total: {done.stdout.strip()}")
    done = call("processes-enough")
    expect(done.stdout == "succeeded\n", f"30 processes are within processes_total {done.stdout}{done.stderr}")
    done = call("busy")
    throttled = int(re.search(r"^nr_throttled (\d+)", done.stdout, re.M)[1])
    expect(throttled > 0, f"cpu_total: the kernel held it back {throttled} times")
    done = call("as-nobody")
    expect(done.returncode == 1 and "succeeded" not in done.stdout, "memory_total of a program with a user of its own")
    for attack in (("memory-bomb", "240"), ("fork-bomb", "200")):
        done = call("worker", *attack)
        expect("succeeded" not in done.stdout, f"a worker: {attack[0]}: {done.stdout.strip()} {done.stderr.strip()}")
        done = call("worker", "read", "/etc/passwd")
        expect(done.stdout == "succeeded\n", "and the next call of it is answered")
    for name in ("memory-alone", "worker-alone"):
        done = call(name)
        expect("unusable" in done.stderr or "-5" in done.stderr, f"{name} is no answer: {done.stderr.strip()}")
        expect(wait_until(lambda name=name: any(name in line and "used up memory_total" in line
                                                for line in journal("kamexecd").splitlines())),
               "the journal says what ended it")


def the_end_of_a_run():
    done = call("leaver")
    expect("deadline" in done.stderr or "-2" in done.stderr, f"a deadline: {done.stderr.strip()}")
    expect(wait_until(lambda: not survivors("leaver")), "a program that left everything is ended at its deadline")
    # Those of the two workers, and what is kept for the next run.
    groups = runs_below(SERVICE)
    expect(len(groups) < 10, f"the groups of runs are gone, but for those that are kept: {len(groups)}")


def after_a_kill():
    calls = [subprocess.Popen(["kamexec", "call", "@hangs"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
             for _ in range(2)]
    expect(wait_until(lambda: len(survivors("hangs")) == 2), "two programs run")
    before = runs_below(SERVICE)
    expect(len(before) >= 2, f"each in a group {before}")
    pid = int(shown("kamexecd.service", "MainPID"))
    os.kill(pid, signal.SIGKILL)
    expect(wait_until(lambda: shown("kamexecd.service", "MainPID") not in ("0", str(pid))
                      and shown("kamexecd.service", "ActiveState") == "active"), "kill -9: the daemon comes back")
    for one in calls:
        one.wait(PATIENCE)
    expect(wait_until(lambda: not survivors("hangs")), "and its programs are gone")
    expect(wait_until(lambda: not set(before) & set(runs_below(SERVICE))), "and so are their groups")
    run("systemctl", "restart", "kamexecd")
    expect(wait_until(lambda: call("memory-enough").stdout == "succeeded\n"), "the service runs programs")
    run("systemctl", "stop", "kamexecd.service", "kamexecd.socket")
    expect(wait_until(lambda: not SERVICE.exists()), "stopped, it leaves no group")
    run("systemctl", "start", "kamexecd.socket", "kamexecd.service")


def the_sandbox():
    """This kernel knows files of Landlock, but not its signals."""
    def given(sandbox, more=""):
        PROGRAMS.write_text(SANDBOXED.replace("@sandbox@", sandbox + more))
        return run("systemctl", "reload", "kamexecd", check=False).returncode == 0

    def works():
        done = call("inside")
        expect(done.stdout == "succeeded\n", f"the program reads what it may {done.stdout}{done.stderr}")
        done = call("outside")
        expect(done.stdout == "refused: open: Permission denied\n", f"and nothing else: {done.stdout}{done.stderr}")

    try:
        expect(not given("strict"), "sandbox=strict without a user is refused")
        checked = run("/usr/sbin/kamexecd", "--check", PROGRAMS.parent, check=False)
        expect(checked.returncode != 0 and "user=NAME" in checked.stderr and "try:" in checked.stderr
               and "Linux 6.12" in checked.stderr, f"with the remedies: {checked.stderr.strip()}")
        expect(wait_until(lambda: "user=NAME" in journal("kamexecd")), "in the journal too")
        expect(call("memory-enough").stdout == "succeeded\n", "the programs from before stay")
        expect(given("strict", "\nuser = nobody"), "sandbox=strict with a user is accepted")
        works()
        expect(given("try:strict"), "sandbox=try:strict is accepted")
        expect(wait_until(lambda: "signals is left out" in journal("kamexecd")), "with a warning")
        works()
    finally:
        PROGRAMS.write_text(DEFINITIONS)
        run("systemctl", "reload", "kamexecd", check=False)


def make_tester():
    if "tester" not in (entry.pw_name for entry in pwd.getpwall()):
        run("useradd", "--create-home", "tester")
    return pwd.getpwnam("tester")


def own_daemon(place, delegate, *command, **options):
    """kamexecd as a unit of an ordinary user's, with systemd-run."""
    directory = Path(place)
    directory.mkdir(exist_ok=True)
    make_tester()
    shutil.chown(directory, "tester")
    (directory / "programs.conf").write_text(DEFINITIONS.partition("[worker-alone]")[0])
    for path in ("programs.sock",):
        (directory / path).unlink(missing_ok=True)
    return run(*command, "--collect", "--property=Type=notify", "--property=NotifyAccess=main",
               f"--property=Delegate={'yes' if delegate else 'no'}", f"--unit={directory.name}", "/usr/sbin/kamexecd",
               "--config", directory / "programs.conf", "--socket", directory / "programs.sock", "--state", directory,
               check=False, **options)


def try_own(place):
    socket = f"{place}/programs.sock"
    done = call("memory", socket=socket)
    expect(done.returncode == 1 and "succeeded" not in done.stdout, f"memory_total: {done.stderr.strip()}")
    done = call("processes", socket=socket)
    expect(done.stdout.startswith("refused: fork"), f"processes_total: {done.stdout.strip()}")
    call("leaver", socket=socket)
    expect(wait_until(lambda: not survivors("leaver")), "and the deadline's end")


def an_ordinary_users_unit():
    done = own_daemon("/srv/own-unit", True, "systemd-run", "--property=User=tester")
    expect(done.returncode == 0, f"a unit with User= and Delegate=yes starts {done.stderr.strip()}")
    try_own("/srv/own-unit")
    run("systemctl", "stop", "own-unit")


def without_delegation():
    done = own_daemon("/srv/undelegated", False, "systemd-run", "--property=User=tester")
    log = journal("undelegated", 30)
    expect(done.returncode != 0, "a unit without Delegate does not start")
    expect("Delegate=yes" in log, "and says what it lacks:\n" + "\n".join(
        line for line in log.splitlines() if "Delegate" in line))


def a_users_own_manager():
    user = make_tester()
    run("systemctl", "start", f"user@{user.pw_uid}.service")
    environment = {"XDG_RUNTIME_DIR": f"/run/user/{user.pw_uid}", "PATH": os.environ["PATH"], "HOME": user.pw_dir}
    done = own_daemon("/srv/own-manager", True, "systemd-run", "--user", user=user.pw_uid, group=user.pw_gid,
                      env=environment)
    expect(done.returncode == 0, f"systemd-run --user with Delegate=yes {done.stderr.strip()}")
    try_own("/srv/own-manager")
    run("systemctl", "stop", f"user@{user.pw_uid}.service")


KAMAILIO = """#!KAMAILIO
debug=2
log_stderror=no
children=2
disable_tcp=yes
listen=udp:127.0.0.1:5060
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "@module@"
@programs@
request_route {
    switch ($rU) {
@cases@
    }
    append_to_reply("X-Said: $avp(said)\\r\\n");
    append_to_reply("X-Outcome: $exec(outcome)\\r\\n");
    sl_send_reply("200", "OK");
}
"""


def kamailio():
    module = next(line for line in run("dpkg", "-L", "kamailio-kamexec-modules").stdout.splitlines()
                  if line.endswith("exec.so"))
    programs, cases = "", ""
    for section in re.findall(r"^\[(\w+)\]\n((?:.+\n)+)", DEFINITIONS, re.M):
        name, lines = section
        if name in ("memory", "processes", "leaver", "worker"):
            text = "; ".join(f"name = {name}\n{lines}".strip().splitlines())
            programs += f'modparam("exec", "program", "{text}")\n'
            arguments = " memory-bomb 30" if name == "worker" else ""
            cases += f'        case "{name}": exec_avp("@{name}{arguments}", "$avp(said)"); break;\n'
    text = KAMAILIO.replace("@module@", module).replace("@programs@", programs).replace("@cases@", cases)
    Path("/etc/kamailio/kamailio.cfg").write_text(text)
    drop_in = Path("/etc/systemd/system/kamailio.service.d/kamexec.conf")
    drop_in.parent.mkdir(exist_ok=True)
    drop_in.write_text("[Service]\nDelegate=yes\nOOMPolicy=continue\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "kamailio")
    caller = Caller(5060)
    expect(wait_until(lambda: caller.call("worker", 30).get("X-Said") == "succeeded"),
           "Kamailio's unit with Delegate=yes: a worker in a group")
    said = caller.call("memory", PATIENCE)
    expect(said and said.get("X-Said") != "succeeded", f"memory_total: {said}")
    said = caller.call("processes", PATIENCE)
    expect(said.get("X-Said", "").startswith("refused: fork"), f"processes_total: {said.get('X-Said')}")
    said = caller.call("leaver", PATIENCE)
    expect(said.get("X-Outcome") == "deadline" and wait_until(lambda: not survivors("leaver")), "a deadline")
    run("systemctl", "stop", "kamailio")
    expect(wait_until(lambda: not Path("/sys/fs/cgroup/system.slice/kamailio.service").exists()),
           "stopped, it leaves no group")
    drop_in.unlink()
    run("systemctl", "daemon-reload")
    run("systemctl", "start", "kamailio", check=False)
    wait_until(lambda: shown("kamailio", "ActiveState") in ("failed", "inactive"), 30)
    log = journal("kamailio", 60)
    expect("Delegate=yes" in log, "without Delegate Kamailio says what it lacks")
    run("systemctl", "stop", "kamailio", check=False)


def escape_matrix():
    """The project's own tests, with what is installed here."""
    module = next(line for line in run("dpkg", "-L", "kamailio-kamexec-modules").stdout.splitlines()
                  if line.endswith("exec.so"))
    place = Path("/srv/kamexec")
    place.mkdir(exist_ok=True)
    shutil.copy(module, place / "exec.so")
    shutil.copy("/usr/sbin/kamexecd", place / "kamexecd")
    environment = {**os.environ, "KAMEXEC_MODULE": str(place / "exec.so"), "KAMEXEC_TEST_SLOW": "3",
                   "KAMEXEC_ATTACKER": ATTACKER}
    # Of the tests of control groups those of limits: others have times of real machines, or want no systemd.
    wanted = {"test_escape.py": chosen("tests"), "test_cgroup.py": "bomb or share"}
    failed = []
    for name, selected in wanted.items():
        done = subprocess.run(
            ["/usr/bin/python3", "-m", "pytest", "-q", "-rs", "--color=no", "--tb=short", "-p", "no:cacheprovider",
             *(["-k", selected] if selected else []), name],
            cwd=SOURCES / "tests" / "kamailio", env=environment, stderr=subprocess.STDOUT, check=False,
        )
        if done.returncode != 0:
            failed.append(name)
    expect(not failed, f"the tests of containment on this kernel {failed}")


STEPS = (the_system, limits_of_the_service, the_end_of_a_run, after_a_kill, the_sandbox, an_ordinary_users_unit,
         without_delegation, a_users_own_manager, kamailio, escape_matrix)


def main():
    begun = time.monotonic()
    steps = chosen("steps").split()
    for step in STEPS:
        if steps and step.__name__ not in steps:
            continue
        say(f"--- {step.__name__.replace('_', ' ')} ({time.monotonic() - begun:.0f} s)")
        try:
            step()
        except Exception as error:  # the other steps are worth their time
            failures.append(step.__name__)
            last = run("journalctl", "--no-pager", "--no-hostname", "-n", "25", "-p", "notice", check=False).stdout
            say(f"FAILED: {error}\n{last}")
    say(f"{time.monotonic() - begun:.0f} s")
    say(f"failed: {', '.join(failures)}" if failures else "all as it should be")


if __name__ == "__main__":
    main()
