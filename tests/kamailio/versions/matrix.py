#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`make kamailio-matrix`: the module with each of several Kamailio servers.

For each version: the server is built from its source (scripts/kamailio-server, which keeps it), the
module's C files are compiled against its headers and linked with the C++ objects that all versions
share, `kamailio -c` loads the module, the demo runs, and the integration tests. What became of each
is in <build>/servers/<version>/result.json, and in the table of docs/install.md with --write-docs.

  tests/kamailio/versions/matrix.py --build build --versions "installed 5.8.8 6.0 master" [--keep]

`installed` is the server that the module of <build> was built for; a version with a "/" is the path
of a source tree. With --keep results stay that are there from an earlier run with the same sources of the module.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from pathlib import Path

import table

ROOT = Path(__file__).resolve().parents[3]
TESTS = ROOT / "tests" / "kamailio"
DOCUMENT = ROOT / "docs" / "install.md"
LONGEST_SECONDS = {"tests": 3600, "demo": 300}
BESIDE_THE_MODULE = ("kamexec", "kamexecd")  # where the tests look for them


def say(text: str) -> None:
    print(f"kamailio-matrix: {text}", flush=True)


def run(command, log: Path, seconds=None, **options) -> bool:
    """Whether it ended with status 0 in time; what it printed is in the log."""
    with open(log, "wb") as output:
        try:
            done = subprocess.run(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                timeout=seconds, check=False, **{"cwd": ROOT, **options},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0


def state_of_sources() -> str:
    """The module's sources: git's name of them, and whether the work tree has others."""
    git = lambda *words: subprocess.run(  # noqa: E731
        ["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False
    ).stdout.strip()
    state = git("rev-parse", "--short", "HEAD:src") or "unknown"
    return state + ("+" if git("status", "--porcelain", "--", "src") else "")


class Version:
    """One server, and what became of the module with it."""

    def __init__(self, name: str, build: Path, jobs: int, servers: int):
        self.name = name
        self.build, self.jobs, self.servers = build, jobs, servers
        self.installed = name == "installed"
        key = Path(name).resolve().name if "/" in name else name
        self.directory = build if self.installed else build / "servers" / key
        self.target = "exec" if self.installed else f"exec-{key}"
        self.results = build / "servers" / key
        self.results.mkdir(parents=True, exist_ok=True)
        self.result = {"name": name}

    def log(self, what: str) -> Path:
        return self.results / f"{what}.log"

    def build_server(self) -> bool:
        """True where there is one, with the file of its flags."""
        if self.installed:
            return (self.build / "kamailio" / "flags").exists()
        begun = time.monotonic()
        command = ["scripts/kamailio-server", self.directory, self.name]
        if not run(command, self.log("server")):
            self.result["server"] = "does not build"
            return False
        say(f"{self.name}: the server is there ({time.monotonic() - begun:.0f} s)")
        return True

    def read_flags(self) -> bool:
        flags = self.directory / "kamailio" / "flags"
        if not flags.exists():
            return False
        _, definitions, self.server = flags.read_text().splitlines()
        self.result["version"] = definitions.partition("-DVERSION='\"")[2].partition('"')[0]
        return True

    def compile(self) -> bool:
        """Warnings are errors."""
        done = run(
            ["cmake", "--build", self.build, "-j", self.jobs, "-t", self.target, *BESIDE_THE_MODULE],
            self.log("compile"),
        )
        for name in BESIDE_THE_MODULE:
            program = self.directory / name
            if done and not program.exists():
                program.symlink_to(self.build / name)
        self.result["compiles"] = done
        return done

    def load(self) -> bool:
        done = run(["scripts/kamailio-loads", self.directory], self.log("load"))
        self.result["loads"] = done
        return done

    def environment(self) -> dict:
        path = f"{Path(self.server).parent}:{os.environ['PATH']}"
        module = self.directory / "exec.so"
        return {**os.environ, "KAMAILIO": self.server, "KAMEXEC_MODULE": str(module), "PATH": path}

    def play_demo(self) -> bool:
        demo = ["/usr/bin/python3", "examples/demo/run.py", "--module", self.directory / "exec.so"]
        done = run(demo, self.log("demo"), LONGEST_SECONDS["demo"], env=self.environment())
        self.result["demo"] = done
        return done

    def test(self) -> bool:
        """All tests; then those alone that failed, one after the other, as a busy machine fails some."""
        failed = self._tests("tests", ["-n", self.servers, "--dist", "loadfile"], None)
        if failed:
            say(f"{self.name}: once more, alone: {len(failed)}")
            again = self._tests("tests-again", [], failed)
            self.result["tests"]["again"] = len(failed) - len(again)
            failed = again
        self.result["tests"]["failed"] = failed
        return not failed

    def _tests(self, name, how, only) -> list:
        """Runs them; the failed ones, as pytest names them."""
        report = self.results / f"{name}.xml"
        report.unlink(missing_ok=True)
        command = ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", *how]
        command += ["--junitxml", report, *(only or [])]
        run(command, self.log(name), LONGEST_SECONDS["tests"], env=self.environment(), cwd=TESTS)
        cases = list(xml.parse(report).iter("testcase")) if report.exists() else []
        if not cases:
            return only or ["all: pytest did not come to its end"]
        counted = table.count(cases)
        if only is None:
            self.result["tests"] = counted
        return counted["failed"]

    def save(self, state: str) -> None:
        self.result["sources"] = state
        (self.results / "result.json").write_text(json.dumps(self.result, indent=2) + "\n")

    def kept(self, state: str):
        """An earlier run's result of the same sources."""
        path = self.results / "result.json"
        result = json.loads(path.read_text()) if path.exists() else {}
        return result if result.get("sources") == state else None


def configure(build: Path) -> bool:
    """Has CMake see the servers that were built."""
    others = subprocess.run(
        ["scripts/kamailio-others", str(build)], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout.strip()
    command = ["cmake", "-S", ".", "-B", build, f"-DKAMEXEC_OTHER_KAMAILIOS={others}"]
    return run(command, build / "servers" / "cmake.log")


def one(version: Version) -> None:
    """All that can be tried with one server: what fails keeps the rest from being tried."""
    if not version.read_flags():
        return
    for step in (version.compile, version.load, version.play_demo, version.test):
        begun = time.monotonic()
        done = step()
        what = step.__name__.replace("_", " ")
        say(f"{version.name}: {what}: {'ok' if done else 'FAILED'} ({time.monotonic() - begun:.0f} s)")
        if not done and step in (version.compile, version.load):
            return


def main() -> int:
    words = argparse.ArgumentParser(description="The module with each of several Kamailio servers.")
    words.add_argument("--build", type=Path, required=True, help="the build directory")
    words.add_argument("--versions", required=True, help="e.g. \"installed 5.8.8 6.0 master\"")
    words.add_argument("--jobs", default=os.cpu_count(), help="compilers at once")
    words.add_argument("--servers", default=3, help="test files at once")
    words.add_argument("--keep", action="store_true", help="keep results of the same module")
    words.add_argument("--write-docs", action="store_true", help="write the table of docs/install.md")
    given = words.parse_args()
    build = given.build.resolve()
    state = state_of_sources()
    versions = [Version(name, build, given.jobs, given.servers) for name in given.versions.split()]

    todo = [v for v in versions if not (given.keep and v.kept(state))]
    there = [version for version in todo if version.build_server()]
    if there and not configure(build):
        say(f"cmake fails: see {build / 'servers' / 'cmake.log'}")
        return 1
    for version in todo:
        if version in there:
            one(version)
        version.save(state)

    results = [version.kept(state) for version in versions]
    print(table.text(results))
    if given.write_docs:
        table.write(DOCUMENT, results)
        say(f"{DOCUMENT.relative_to(ROOT)} is written")
    bad = [result["name"] for result in results if not table.is_good(result)]
    for name in bad:
        say(f"{name} is not as it should be: see {build / 'servers' / name}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
