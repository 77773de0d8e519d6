# SPDX-License-Identifier: GPL-2.0-or-later
"""The module, `kamexec check` and `kamexec try` say the same of every exec call that stands anywhere in
this repository: in documents, examples and tests."""

import json
import re
import subprocess

import pytest

from harness.config import Config
from harness.check import check as check_with_server
from harness.paths import OURS, REPOSITORY
from harness.server import ENVIRONMENT

TOOL = OURS.with_name("kamexec")
PLACES = ("README.md", "docs", "examples", "tests")
SUFFIXES = {".md", ".cfg", ".py", ".cpp", ".h", ".lua"}
CALL = re.compile(
    r"""(exec_(?:dset|msg|avp|cmd|run))\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""", re.S
)
MODULES = ("htable", "sqlops", "rtimer")
# What fits into the memory that the harness gives the server.
SERVER_TAKES = 250
MESSAGE = (
    b"INVITE sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n"
    b"From: <sip:alice@example.com>;tag=a\r\nTo: <sip:bob@example.com>\r\nCall-ID: c\r\n"
    b"CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
)


def files():
    for place in PLACES:
        path = REPOSITORY / place
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (p for p in found if p.suffix in SUFFIXES and p.is_file())


def texts():
    """(function, literal) of every call, each once; on one line each."""
    seen = {}
    for path in files():
        for function, literal in CALL.findall(path.read_text(errors="replace")):
            one_line = literal.replace("\n", "\\n" if literal[0] == '"' else " ")
            # A define of the configuration's is no part of a text, and the bytes of another
            # language's are not the server's to read.
            if one_line.isascii() and one_line.isprintable() and "@record@" not in one_line:
                seen[(function, one_line)] = path
    return list(seen)


def statement(function, literal):
    more = {"exec_avp": ', "$avp(x)"', "exec_run": ', ""'}.get(function, "")
    return f"{function}({literal}{more});"


class Said:
    """What all three say of one configuration's calls, by line: sets of messages."""

    def __init__(self, calls, directory):
        lines = [statement(*call) for call in calls]
        config = Config(
            {"all": "\n".join(lines)},
            modules=MODULES,
            params=(("dynamic_commands", "allow"),),
        )
        done = check_with_server(config, OURS, directory)
        with open(done.config) as file:
            self.first = 1 + file.read().split(lines[0])[0].count("\n")
        self.output = done.output
        self.report = self.checked(done.config)
        self.by_module = self.of_module(done)
        self.by_check = {}
        for call in self.report["calls"]:
            said = {finding["message"] for finding in call["findings"]}
            self.by_check.setdefault(call["place"]["line"], set()).update(said)

    @staticmethod
    def checked(path):
        done = subprocess.run(
            [TOOL, "check", "--no-server", "--json", path],
            capture_output=True,
            env=ENVIRONMENT,
            timeout=120,
            check=False,
        )
        return json.loads(done.stdout)["configurations"][0]

    @staticmethod
    def of_module(done):
        found = {}
        place = re.escape(done.config)
        said = re.compile(
            rf"at {place}:(\d+): (?:line \d+, column \d+ of the command: )?(.*)"
        )
        for line in done.output.splitlines():
            for number, message in said.findall(line):
                found.setdefault(int(number), set()).add(message)
        return found


def by_try(call, path):
    """Its messages, None where it needs a value that it was not given."""
    function, text = call["function"], call["command"]
    done = subprocess.run(
        [TOOL, "try", "--json", "-n", "-c", function[5:], "--message", path, "--", text],
        capture_output=True,
        env=ENVIRONMENT,
        timeout=30,
        check=False,
    )
    report = json.loads(done.stdout)
    if "findings" not in report:
        return None
    return {finding["message"] for finding in report["findings"]}


def agree(said, heard):
    """Whether each message of the one is, with a remedy behind it or not, one of the other's."""
    return len(said) == len(heard) and all(
        any(h == s or h.startswith(s + ";") for h in heard) for s in said
    )


def is_of_its_own(call):
    """Programs by name and texts made at run time: each says so in its own words."""
    made_at_run_time = call["prepared"] is None and not call["findings"]
    return call["program"] is not None or call["command"].startswith("@") or made_at_run_time


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    calls = texts()
    assert len(calls) > 200
    directory = tmp_path_factory.mktemp("findings")
    made = []
    for begin in range(0, len(calls), SERVER_TAKES):
        part = directory / str(begin)
        part.mkdir()
        made.append(Said(calls[begin : begin + SERVER_TAKES], part))
    return made


def test_the_module_and_check_say_the_same(everything):
    different = []
    compared = spoken = 0
    for said in everything:
        assert "config file" in said.output, said.output[-2000:]
        for call in said.report["calls"]:
            line = call["place"]["line"]
            tool, module = said.by_check[line], said.by_module.get(line, set())
            # A variable of another version's: without a version the tool takes it.
            newer = any("can't read a variable" in message for message in module)
            if is_of_its_own(call) or newer:
                continue
            compared += 1
            spoken += 1 if module else 0
            if not agree(tool, module):
                different.append((call["command"], tool, module))
    assert not different
    assert compared > 200 and spoken > 50


def test_try_and_check_say_the_same(everything, tmp_path):
    path = tmp_path / "message.sip"
    path.write_bytes(MESSAGE)
    different = []
    compared = 0
    for said in everything:
        for call in said.report["calls"]:
            if is_of_its_own(call):
                continue
            heard = by_try(call, path)
            if heard is None:
                continue
            compared += 1
            if not agree(said.by_check[call["place"]["line"]], heard):
                different.append((call["command"], said.by_check[call["place"]["line"]], heard))
    assert not different
    assert compared > 100
