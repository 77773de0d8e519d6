#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The packages in a booted system, as root, with systemd as process 1: installed, called through by a
Kamailio that is a service too, reloaded, restarted and upgraded under load, killed, hung, removed.
Says each step, and ends with 1 at the first that fails."""

import argparse
import grp
import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

from sip_load import PATIENCE, Caller, Load

HERE = Path(__file__).resolve().parent
PORT = 5060
SOCKET = Path("/run/kamexec/programs.sock")
PROGRAMS = Path("/etc/kamexec/programs.conf")
CAPABILITIES = ("setuid", "setgid", "kill", "sys_nice", "sys_resource")  # of kamexecd.service, in order
NUMBERS = {"setuid": 7, "setgid": 6, "kill": 5, "sys_nice": 23, "sys_resource": 24}  # capability.h


def run(*command, check=True):
    done = subprocess.run(command, capture_output=True, text=True)
    if check and done.returncode != 0:
        fail(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def fail(what):
    journal = subprocess.run(("journalctl", "--no-pager", "-n", "40"), capture_output=True, text=True)
    sys.exit(f"FAILED: {what}\n{journal.stdout}")


def expect(fact, what):
    if not fact:
        fail(what)
    print(f"ok: {what}", flush=True)


def wait_until(holds, seconds=PATIENCE * 3):
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return held


def shown(unit, name):
    return run("systemctl", "show", "--value", f"--property={name}", unit).stdout.strip()


def is_active(unit):
    return shown(unit, "ActiveState") == "active"


def main_pid():
    return int(shown("kamexecd.service", "MainPID"))


def drop_in(name, text):
    directory = Path("/etc/systemd/system/kamexecd.service.d")
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.conf").write_text(text)


def missing_capabilities():
    """Those of the unit that this machine itself has not, as where it is a container."""
    (mask,) = re.findall(r"^CapEff:\t(\w+)", Path("/proc/1/status").read_text(), re.M)
    return [name for name in CAPABILITIES if not int(mask, 16) >> NUMBERS[name] & 1]


def install(packages):
    """What the packages need is in apt's cache: there is no network here."""
    run("apt-get", "install", "-y", "--no-install-recommends", *packages)


def try_installed():
    expect(is_active("kamexecd.socket") and is_active("kamexecd.service"), "installed, and running")
    for unit in ("kamexecd.socket", "kamexecd.service"):
        expect(run("systemctl", "is-enabled", unit).stdout.strip() == "enabled", f"{unit} is enabled")
    of_socket = SOCKET.stat()
    expect(stat.S_IMODE(of_socket.st_mode) == 0o660 and of_socket.st_uid == 0
           and of_socket.st_gid == grp.getgrnam("kamailio").gr_gid,
           "the socket is for root and the group kamailio")
    user = pwd.getpwnam("kamexec").pw_uid
    expect(os.stat(f"/proc/{main_pid()}").st_uid == user, "the daemon runs as kamexec")
    exposure = run("systemd-analyze", "security", "--no-pager", "kamexecd.service").stdout
    print("systemd-analyze security:", exposure.strip().splitlines()[-1].strip("→ "), flush=True)


def start_kamailio():
    module = next(line for line in run("dpkg", "-L", "kamailio-kamexec-modules").stdout.splitlines()
                  if line.endswith("exec.so"))
    for name in ("echo-worker", "who"):
        shutil.copy(HERE / name, f"/srv/{name}")
        os.chmod(f"/srv/{name}", 0o755)
    shutil.copy(HERE / "programs.conf", PROGRAMS)
    run("systemctl", "reload", "kamexecd")
    text = (HERE / "kamailio.cfg").read_text().replace("@module@", module)
    Path("/etc/kamailio/kamailio.cfg").write_text(text)
    run("systemctl", "restart", "kamailio")
    caller = Caller(PORT)
    said = wait_until(lambda: caller.call("hello", 1).get("X-Said"))
    expect(said == "hello", "Kamailio calls a worker through the service")
    return caller


def try_users(caller):
    for user, called in (("kamexec", "who"), ("nobody", "who-as-nobody")):
        said = wait_until(lambda called=called: caller.call(called).get("X-Said"), 1)
        expect(said == f"{user} ---", f"a program runs as {user}, without a capability ({said})")


def try_reload(caller):
    before = PROGRAMS.read_text()
    PROGRAMS.write_text(before + "\n[broken]\nrun = /nowhere\n")
    done = run("systemctl", "reload", "kamexecd", check=False)
    expect(done.returncode != 0, "systemctl reload says that the file has a mistake")
    log = run("journalctl", "--no-pager", "-u", "kamexecd", "-n", "20").stdout
    expect("/nowhere" in log and "programs.conf:" in log, "the journal says which, and where")
    expect(caller.call("still")["X-Said"] == "still", "and the programs are as before")
    PROGRAMS.write_text(before)
    run("systemctl", "reload", "kamexecd")


def try_changes_under_load(packages):
    first = main_pid()
    with Load(PORT, "load") as load:
        for number in range(6):
            PROGRAMS.write_text((HERE / "programs.conf").read_text() + f"\n[more{number}]\nrun = true\n")
            run("systemctl", "reload", "kamexecd")
            time.sleep(0.2)
    expect(load.calls > 20 and not load.failed,
           f"6 reloads under load: {len(load.failed)} of {load.calls} calls failed {load.failed[:3]}")
    expect(main_pid() == first, "by the same process")
    with Load(PORT, "load") as load:
        for _ in range(5):
            run("systemctl", "restart", "kamexecd")
            time.sleep(0.5)
    expect(load.calls > 20 and not load.failed,
           f"5 restarts under load: {len(load.failed)} of {load.calls} calls failed {load.failed[:3]}")
    expect(main_pid() != first, "by other processes")
    run("systemctl", "reset-failed", "kamexecd.service")
    before = main_pid()
    with Load(PORT, "load") as load:
        run("dpkg", "--install", *packages)
    expect(load.calls > 20 and not load.failed and main_pid() != before,
           f"an upgrade under load: {len(load.failed)} of {load.calls} calls failed {load.failed[:3]}")


def try_faults(caller):
    first = main_pid()
    with Load(PORT, "load") as load:
        time.sleep(0.3)
        os.kill(first, 9)
        came_back = wait_until(lambda: main_pid() not in (0, first) and is_active("kamexecd.service"))
        expect(came_back, "kill -9: the daemon comes back")
        expect(caller.call("back")["X-Said"] == "back", "and answers")
    expect(len(load.failed) <= 4 and {code for code, _ in load.failed} <= {"-5"},
           f"the calls that were under way failed, and no other: {load.failed} of {load.calls}")
    drop_in("watchdog", "[Service]\nWatchdogSec=1\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "kamexecd")
    hung = main_pid()
    os.kill(hung, 19)
    came_back = wait_until(lambda: main_pid() not in (0, hung) and is_active("kamexecd.service"))
    expect(came_back, "the watchdog ends a daemon that hangs, and another one starts")
    expect(caller.call("again")["X-Said"] == "again", "and answers")


def try_socket_activation(caller):
    run("systemctl", "stop", "kamexecd.service")
    expect(caller.call("first").get("X-Said") == "first", "a call starts a daemon that was stopped")
    run("systemctl", "stop", "kamexecd.socket", "kamexecd.service")
    begin = time.monotonic()
    reply = caller.call("nobody-there")
    expect(reply.get("X-RC") == "-3", f"without socket and service a call returns -3 ({reply.get('X-RC')})")
    expect(time.monotonic() - begin < 2, "at once")
    run("systemctl", "start", "kamexecd")
    expect(caller.call("there").get("X-Said") == "there", "systemctl start kamexecd starts both")


def try_tool():
    status = run("kamexec", "status").stdout
    expect(re.search(r"^echo +pool ", status, re.M), "kamexec status")
    expect(run("kamexec", "call", "@echo", "x").stdout == "x\n", "kamexec call")
    done = run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "kamexec", "status", check=False)
    expect(done.returncode == 3 and "group" in done.stderr, f"not for everyone: {done.stderr.strip()}")


def try_removal(packages):
    run("apt-get", "purge", "-y", "kamexecd")
    left = [path for path in ("/etc/kamexec", "/var/lib/kamexec", SOCKET, "/usr/sbin/kamexecd",
                              "/etc/systemd/system/multi-user.target.wants/kamexecd.service",
                              "/etc/systemd/system/sockets.target.wants/kamexecd.socket")
            if os.path.lexists(path)]
    expect(not left, f"removed, and nothing is left {left}")
    expect(not is_active("kamexecd.service") and not is_active("kamexecd.socket"), "and nothing runs")
    expect(is_active("kamailio"), "Kamailio goes on")
    del packages


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=Path, required=True, help="directory of the .deb files")
    arguments = parser.parse_args()
    packages = [str(path) for path in sorted(arguments.packages.glob("*.deb")) if "dbgsym" not in path.name]
    state = run("systemctl", "is-system-running", "--wait", check=False).stdout.strip()
    expect(state in ("running", "degraded"), f"the system is up: {state}")
    if missing := missing_capabilities():
        have = " ".join(f"CAP_{name.upper()}" for name in CAPABILITIES if name not in missing)
        print(f"this machine lacks {' '.join(missing)}: left out of the unit", flush=True)
        drop_in("capabilities", f"[Service]\nAmbientCapabilities=\nAmbientCapabilities={have}\n")
    install(packages)
    try_installed()
    caller = start_kamailio()
    try_users(caller)
    try_tool()
    try_reload(caller)
    try_changes_under_load(packages)
    try_faults(caller)
    try_socket_activation(caller)
    caller.close()
    shutil.rmtree("/etc/systemd/system/kamexecd.service.d", ignore_errors=True)
    run("systemctl", "daemon-reload")
    try_removal(packages)
    print("all as it should be")


if __name__ == "__main__":
    main()
