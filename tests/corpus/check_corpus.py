#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`kamexec check` over configurations that people have, and its word put to the proof.

    tests/corpus/check_corpus.py --module build/exec.so DIRECTORY ...

Counts the exec calls that check finds beside a plain search, and the levels. Then every command that
this module takes is called in a server with each hostile value in every variable: no value may be
run. The distribution's module is called the same way, to see that the values do harm where they can.

Nothing of the configurations runs but the commands' own text, and that in a place of its own: paths
are put below a directory, programs are replaced by one that does nothing."""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "kamailio"), str(REPOSITORY / "bench")]

# comparison.machine first: it makes the harness usable without pytest.
from comparison import machine  # noqa: E402, F401
from harness.client import Client  # noqa: E402
from harness.config import Config  # noqa: E402
from harness.errors import HarnessError  # noqa: E402
from harness.paths import STOCK  # noqa: E402
from harness.server import Server  # noqa: E402

CALL = re.compile(r"\bexec_(?:avp|dset|msg|cmd)\s*\(")
COMMENT_OR_STRING = re.compile(
    r'"(?:\\.|[^"\\])*"|\'[^\']*\'|(/\*.*?\*/|//[^\n]*|#(?!!)[^\n]*)', re.DOTALL
)
# Each runs `id` where a shell reads it, by some way of quoting or none.
VALUES = (
    "$(id)", "`id`", ";id;", "';id;'", '";id;"', "|id", "&id&", "'$(id)'", "\\$(id)", "-$(id)",
)
# What a request carries; any other variable is set to the value from a header field.
CARRIED = re.compile(r"\$(rU|ru|fU|fu|fn|tU|tn|ua|ct|rb|ci|hdr\(X-Value\))(?![\w.(])")
# "$$" is the shell's own '$'.
VARIABLE = re.compile(r"\$\$|\$(?:\((?:[^()]|\([^()]*\))*\)|[\w.?]+(?:\((?:[^()]|\([^()]*\))*\))?)")
ABSOLUTE_PATH = re.compile(r"(?<![\w.:/$)])/(?:[\w@+-][\w.@+-]*/)*[\w@+-][\w.@+-]*")
BARE_WORD = re.compile(r"(?<![\w./$(-])[A-Za-z][\w.+-]*")
REAL_PROGRAMS = ("cat", "grep", "sed", "awk", "cut", "tr", "head")
BATCH = 40
# A request that the server drops has no answer.
SECONDS = 1
HARMLESS = "#!/bin/sh\nexit 0\n"


@dataclass(frozen=True)
class Command:
    function: str
    text: str


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--module", type=Path, required=True, help="the exec.so to load")
    parser.add_argument("--kamailio", help="as for kamexec check: the version to read for")
    parser.add_argument("directories", type=Path, nargs="+", metavar="DIRECTORY")
    return parser.parse_args()


def plain_search(text):
    """Exec calls outside comments; those of a string are counted, those left out by #!ifdef too."""
    without = COMMENT_OR_STRING.sub(lambda m: " " if m[1] else m[0], text)
    return len(CALL.findall(without))


def check(tool, path, version):
    """The report on one configuration; None: there is none."""
    options = ["--kamailio", version] if version else []
    try:
        done = subprocess.run(
            [tool, "check", "--json", *options, path], capture_output=True, timeout=120, check=False
        )
        if done.returncode in (0, 1, 2):
            return json.loads(done.stdout)["configurations"][0]
    except (OSError, subprocess.TimeoutExpired, ValueError, IndexError):
        pass
    return None


class Survey:
    """What check says of all of them."""

    def __init__(self):
        self.files = self.calls = self.searched = self.verified = self.with_errors = 0
        self.levels, self.commands, self.refused = Counter(), {}, Counter()
        self.differ, self.broken = [], []

    def add(self, path, report):
        self.files += 1
        searched = plain_search(path.read_bytes().decode("latin-1"))
        self.searched += searched
        if report is None:
            self.broken.append(path)
            return
        errors = [note for note in report["notes"] if note["severity"] == "error"]
        self.with_errors += bool(errors)
        self.verified += report["verified"]
        self.calls += len(report["calls"])
        if len(report["calls"]) != searched:
            notes = [n["message"] for n in report["notes"] if "exec call" in n["message"]]
            notes += [note["message"] for note in errors]
            self.differ.append((path, searched, len(report["calls"]), "; ".join(notes[:3])))
        for call in report["calls"]:
            self.levels[call["level"]] += 1
            if call["must_change"]:
                self.refused[call["findings"][0]["message"] if call["findings"] else ""] += 1
            elif call["prepared"]:
                self.commands.setdefault(Command(call["function"], call["command"]), call["level"])

    def show(self):
        print(
            f"{self.files} configurations: {self.calls} exec calls, "
            f"a plain search finds {self.searched}"
        )
        print(f"the server's own preprocessor gives the same calls for {self.verified}")
        levels = ", ".join(f"{count} {level}" for level, count in self.levels.most_common())
        print(f"errors in {self.with_errors}; levels: {levels}")
        print(f"refused here: {sum(self.refused.values())}")
        for message, count in self.refused.most_common():
            print(f"  {count} x {message}")
        for path, searched, found, why in self.differ:
            print(f"other number: {path}: {found}, a plain search {searched}: {why}")
        for path in self.broken:
            print(f"NO REPORT: {path}")


class Place:
    """Where the commands run: their paths are below it, their programs do nothing."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.root, self.programs, self.mark = (directory / n for n in ("root", "bin", "ran"))
        self.programs.mkdir()
        for name in REAL_PROGRAMS:
            real = next((p for d in ("/usr/bin", "/bin") if (p := Path(d) / name).exists()), None)
            if real:
                (self.programs / name).symlink_to(real)
        self._program(self.programs / "id", f"#!/bin/sh\n: >{self.mark}\n")

    @staticmethod
    def _program(path: Path, text=HARMLESS):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)

    def moved(self, text):
        """The text with its paths put here, and programs for its words."""

        def below(match):
            path = self.root / match[0][1:]
            try:
                self._program(path)
            except OSError:  # one path is below another that is a file here
                return f"{self.root}/other"
            return str(path)

        self._program(self.root / "other")
        text = ABSOLUTE_PATH.sub(below, text)
        for word in BARE_WORD.findall(VARIABLE.sub(" ", text)):
            self._program(self.programs / word)
        return text


def statement(command: Command, text):
    """The call in a route: variables that no request carries hold the header field."""
    text = VARIABLE.sub(lambda m: m[0] if m[0] == "$$" or CARRIED.fullmatch(m[0]) else "$var(value)", text)
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'$var(value) = $hdr(X-Value);\n{command.function}("{text}");'


def request(value):
    """A request that carries the value wherever one can."""
    user = value.replace('"', "'")
    return {
        "uri": f"sip:{user}@127.0.0.1",
        "headers": [
            ("X-Value", value),
            ("From", f'"{user}" <sip:{user}@example.com>;tag=a'),
            ("To", f'"{user}" <sip:{user}@example.com>'),
            ("User-Agent", value),
            ("Contact", f"<sip:{user}@127.0.0.1>"),
        ],
        "body": value.encode(),
    }


class Trial:
    """The commands in servers with one module."""

    def __init__(self, module: Path, directory: Path):
        self.module, self.directory = module, directory
        self.place = Place(directory)
        self.ran, self.refused, self.calls, self.unanswered = {}, {}, 0, 0

    def all(self, commands):
        texts = {c: self.place.moved(c.text) for c in commands}
        for begin in range(0, len(commands), BATCH):
            self._some(commands[begin : begin + BATCH], texts)
        return self

    def _some(self, commands, texts):
        routes = {f"call{i}": statement(c, texts[c]) for i, c in enumerate(commands)}
        directory = Path(tempfile.mkdtemp(dir=self.directory))
        try:
            server = Server(
                Config(routes, children=1), self.module, directory, strict=False,
                environment={"PATH": str(self.place.programs)},
            )
        except HarnessError as error:
            if len(commands) == 1:
                lines = [line for line in str(error).splitlines() if "ERROR" in line]
                self.refused[commands[0]] = lines[0] if lines else str(error)
                return
            half = len(commands) // 2
            self._some(commands[:half], texts)
            self._some(commands[half:], texts)
            return
        client = Client(server)
        try:
            for number, command in enumerate(commands):
                self._one(client, f"call{number}", command)
        finally:
            client.close()
            server.stop()

    def _one(self, client, route, command):
        for value in VALUES:
            self.place.mark.unlink(missing_ok=True)
            try:
                client.call(route, within=SECONDS, **request(value))
                self.calls += 1
            except AssertionError:  # the server dropped it; the one worker has taken it
                client.ping()
                self.unanswered += 1
            if self.place.mark.exists():
                self.ran.setdefault(command, value)


def main():
    chosen = arguments()
    tool = chosen.module.resolve().with_name("kamexec")
    survey = Survey()
    for path in sorted(p for d in chosen.directories for p in d.rglob("*.cfg") if p.is_file()):
        survey.add(path, check(tool, path, chosen.kamailio))
    survey.show()
    commands = sorted(survey.commands, key=lambda c: (c.function, c.text))
    print(f"{len(commands)} different commands, with {len(VALUES)} values each:")
    failed = bool(survey.broken)
    for name, module in (("this module", chosen.module.resolve()), ("the distribution's", STOCK)):
        if not module.exists():
            continue
        with tempfile.TemporaryDirectory(prefix="kamexec-corpus-") as directory:
            trial = Trial(module, Path(directory)).all(commands)
        print(
            f"  {name}: {trial.calls} calls, {trial.unanswered} unanswered, "
            f"{len(trial.refused)} not loaded; a value was run by {len(trial.ran)} commands"
        )
        for command, why in trial.refused.items():
            print(f"    not loaded: {command.function}: {command.text[:150]}: {why[-200:]}")
        if module != STOCK:
            failed = failed or bool(trial.ran)
            for command, value in trial.ran.items():
                print(f"    RUN: {value} by {command.function}: {command.text}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
