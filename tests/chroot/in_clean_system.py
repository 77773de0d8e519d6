#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The packages in a clean system, as root in a chroot: installed, used, an upgrade of Kamailio held
back, removed without a trace. Says each step, and ends with 1 at the first that fails."""

import argparse
import os
import pwd
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from local_archive import LocalArchive
from server import Server

MODULE_PACKAGE = "kamailio-kamexec-modules"
TOOL_PACKAGE = "kamexec"
DAEMON_PACKAGE = "kamexecd"
HOSTILE = "`touch${IFS}run`"
# What the system makes for a user that is new, and what systemd leaves, which the daemon's package needs.
OF_THE_SYSTEM = {f"/etc/{name}" for name in ("passwd-", "shadow-", "group-", "gshadow-", ".pwd.lock",
                                             "machine-id", "mtab")}  # fmt: skip


def run(*command, check=True):
    done = subprocess.run(command, capture_output=True, text=True)
    if check and done.returncode != 0:
        sys.exit(f"failed with {done.returncode}: {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def expect(fact, what):
    if not fact:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}", flush=True)


def files():
    """What packages leave behind would show among these."""
    return {
        os.path.join(where, name)
        for top in ("/etc", "/usr", "/var/lib/kamailio", "/opt", "/srv")
        for where, directories, names in os.walk(top)
        for name in names + directories
    }


def version_of(package):
    return run("dpkg-query", "-W", "-f=${Version}", package)


def next_version(version):
    """5.6.4 for 5.6.3-2."""
    *first, last = version.split("-")[0].split("+")[0].split(".")
    return ".".join([*first, str(int(last) + 1)])


def held_back_upgrade(installed):
    """What apt makes of a newer Kamailio in the archive, while the module is installed."""
    upstream = installed.split("-")[0]
    with LocalArchive("kamailio", next_version(installed) + "-1") as archive:
        shown = run("apt-get", *archive.options, "upgrade", "-y")
        expect("kept back" in shown and " kamailio" in shown.split("kept back")[1],
               f"an upgrade to kamailio {next_version(installed)}-1 is kept back")
        expect(version_of("kamailio") == installed, f"kamailio is still {installed}")
        asked = run("apt-get", *archive.options, "install", "-s", "kamailio", check=False)
        expect(f"Remv {MODULE_PACKAGE}" in asked, "who asks for it is told that the module goes")
    with LocalArchive("kamailio", f"{upstream}-99+security1") as archive:
        shown = run("apt-get", *archive.options, "upgrade", "-s")
        expect(f"Inst kamailio [{installed}]" in shown and "kept back" not in shown,
               "another revision of the same version is installed with the module in place")


def try_daemon():
    """Without systemd: that is tests/systemd's."""
    daemon_files = run("dpkg", "-L", DAEMON_PACKAGE)
    for part in ("system/kamexecd.service", "system/kamexecd.socket", "sysusers.d/kamexecd.conf",
                 "/etc/kamexec/programs.conf", "man5/programs.conf.5.gz", "man8/kamexecd.8.gz"):
        expect(part in daemon_files, f"the daemon's package holds {part}")
    user = pwd.getpwnam("kamexec")
    expect(user.pw_uid not in (0, 65534) and user.pw_shell.endswith("nologin"), "it has a user of its own")
    expect(run("kamexecd", "--check", "/etc/kamexec") == "", "its example is in order")
    with tempfile.TemporaryDirectory() as directory:
        programs, place = Path(directory) / "programs.conf", f"{directory}/socket"
        programs.write_text("[echo]\nrun = echo\n")
        daemon = subprocess.Popen(("kamexecd", "--config", str(programs), "--socket", place,
                                   "--state", directory), stderr=subprocess.DEVNULL)  # fmt: skip
        try:
            for _ in range(200):
                said = subprocess.run(("kamexec", "call", "--socket", place, "@echo", HOSTILE),
                                      capture_output=True, text=True)  # fmt: skip
                if said.returncode != 3:
                    break
                time.sleep(0.1)
            expect(said.stdout == HOSTILE + "\n", f"a call through it: data {said.stderr}")
        finally:
            daemon.terminate()
            status = daemon.wait(30)
        expect(status == 0, "it ends in good order")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=Path, required=True, help="directory of the .deb files")
    parser.add_argument("--version", required=True, help="what kamexec --version must say")
    arguments = parser.parse_args()
    debs = [str(path) for path in arguments.packages.glob("*.deb") if "dbgsym" not in path.name]

    server_version = version_of("kamailio")
    print(f"kamailio {server_version}", flush=True)
    before = files()
    expect(not [path for path in before if "kamexec" in path], "the system is clean")

    run("apt-get", "install", "-y", "--no-install-recommends", *debs)
    module = next(
        line for line in run("dpkg", "-L", MODULE_PACKAGE).splitlines() if line.endswith("exec.so")
    )
    expect(True, f"installed: {module}")
    expect(run("dpkg", "--verify", "kamailio") == "", "the distribution's files are as they were")
    expect(run("kamexec", "--version").strip() == arguments.version, "kamexec --version")
    tool_files = run("dpkg", "-L", TOOL_PACKAGE)
    for part in ("man1/kamexec.1.gz", "completions/kamexec", "_kamexec", "kamexec.fish", "doc/kamexec/docs",
                 "doc/kamexec/examples"):
        expect(part in tool_files, f"the tool's package holds {part}")

    try_daemon()

    with Server(module, ours=True) as server:
        expect(server.call(HOSTILE) == HOSTILE, f"a call to {HOSTILE} through the module: data")
        expect(not server.ran(), "and not a command")
    held_back_upgrade(server_version)

    run("apt-get", "purge", "-y", "--autoremove", MODULE_PACKAGE, TOOL_PACKAGE, DAEMON_PACKAGE)
    left = {path for path in files() - before - OF_THE_SYSTEM if "__pycache__" not in path}
    expect(not left, f"removed, and nothing is left {sorted(left) or ''}")
    with Server("exec.so", ours=False) as server:
        expect(server.call("alice") == "alice", "the distribution's module works as before")
        server.call(HOSTILE)
        expect(server.ran(), "(and runs the command that the callee's name holds: this test can tell)")
    print("all as it should be")


if __name__ == "__main__":
    main()
