# SPDX-License-Identifier: GPL-2.0-or-later
"""kamexec call, status and cache, with a real daemon."""

import json
import os
import re
import subprocess

import pytest

from harness.command_line import TOOL
from harness.paths import REPOSITORY
from harness.programs import write_program

NOBODY = 65534
GATEWAYS = REPOSITORY / "examples" / "workers" / "gateways.py"
SHOW = """
for word in "$@"; do echo "<$word>"; done
echo "$SIP_USER of $SIP_HF_CALLID"
echo trouble >&2
exit ${1:-0}
"""
MESSAGE = """INVITE sip:49@example.com SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1
From: <sip:a@example.com>;tag=1
To: <sip:49@example.com>
Call-ID: of-the-message
CSeq: 1 INVITE

"""


class Tool:
    def __init__(self, daemon, directory, user=None):
        self._socket, self._directory, self._user = daemon.socket_path, directory, user

    def __call__(self, *words, socket=None):
        environment = os.environ | {"KAMEXEC_SOCKET": str(socket or self._socket)}
        options = {"user": self._user, "group": self._user, "extra_groups": []} if self._user else {}
        return subprocess.run(
            [TOOL, *words], capture_output=True, text=True, timeout=60, check=False,
            cwd=self._directory, env=environment, **options,
        )  # fmt: skip


@pytest.fixture
def daemon(kamexecd, tmp_path):
    show = write_program(tmp_path / "show", SHOW)
    flood = write_program(tmp_path / "flood", "exec sleep 30")
    return kamexecd(
        {
            "show": f"run = {show}",
            "kept": f"run = {show}\ncache = 1h\ncache_no = 1h",
            "slow": f"run = {flood}",
            "gateways": f"run = {GATEWAYS}\nvia = pool\nworkers = 3\ntimeout = 10s",
        }
    )


@pytest.fixture
def tool(daemon, tmp_path):
    return Tool(daemon, tmp_path)


def test_call_prints_what_the_program_printed(tool):
    done = tool("call", "--", "@show", "0", "", "a b", "-x")
    assert (done.returncode, done.stderr) == (0, "trouble\n")
    assert done.stdout == "<0>\n<>\n<a b>\n<-x>\n of \n"
    done = tool("call", "@gateways", "4930")
    assert done.returncode == 0 and done.stdout.startswith("sip:4930@gw1")


def test_call_that_is_not_ok(tool):
    done = tool("call", "@show", "7")
    assert done.returncode == 1 and done.stdout.startswith("<7>\n")
    assert done.stderr.startswith("trouble\nkamexec call: no, the function returns -1, exit status 7, after ")
    done = tool("call", "--timeout", "200ms", "@slow")
    assert done.returncode == 1
    assert done.stderr.startswith("kamexec call: deadline, the function returns -2, ")


def test_call_as_json(tool):
    report = json.loads(tool("call", "--json", "@show", "7").stdout)
    assert report["program"] == "show"
    assert (report["outcome"]["word"], report["outcome"]["rc"], report["outcome"]["status"]) == ("no", -1, 7)
    assert (report["stdout"], report["stderr"]) == ("<7>\n of \n", "trouble\n")
    done = tool("call", "--json", "@none")
    assert done.returncode == 2 and "none" in json.loads(done.stdout)["error"]


def test_call_with_a_message(tool, tmp_path):
    (tmp_path / "invite.sip").write_text(MESSAGE)
    done = tool("call", "--message", "invite.sip", "@show", "0")
    assert done.stdout == "<0>\n49 of of-the-message\n"
    assert done.stderr.startswith("kamexec call: the lines of the header end in LF alone")
    done = tool("call", "--message", "invite.sip", "--env", "SIP_USER=other", "@show", "0")
    assert done.stdout == "<0>\nother of of-the-message\n"
    done = tool("call", "--env", "LD_PRELOAD=/x", "@show", "0")
    assert done.returncode == 2 and "SIP_NAME=VALUE" in done.stderr


def test_call_of_what_is_not_there(tool, tmp_path):
    done = tool("call", "@none")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"kamexec call: .*none.*; you may call @gateways, @kept, @show, @slow\n", done.stderr)
    done = tool("call", "show")
    assert done.returncode == 2 and "as in @lcr" in done.stderr
    for words in (("call", "@show"), ("status",), ("cache", "flush")):
        done = tool(*words, socket=tmp_path / "nowhere")
        assert (done.returncode, done.stdout) == (3, "")
        assert re.fullmatch(r"kamexec \w+: .*nowhere.*--socket.*\n", done.stderr)


def test_status(tool):
    for number in ("0", "0", "3"):
        tool("call", "@show", number)
    tool("call", "--timeout", "200ms", "@slow")
    tool("call", "@gateways", "4930")
    text = tool("status").stdout
    assert re.match(r"kamexecd \S+, process \d+, serving, up \d+ s, \d+ clients?\n\nprogram ", text)
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line[:1].isalpha()}
    assert rows["show"][1:10] == ["spawn", "0", "-", "64", "0", "3", "2", "1", "0"]
    assert rows["gateways"][1] == "pool" and rows["gateways"][4] == "3" and rows["gateways"][7] == "1"
    assert "failed: 1 deadline" in text
    report = json.loads(tool("status", "--json").stdout)
    assert {one["name"] for one in report["programs"]} == {"show", "kept", "slow", "gateways"}


def test_cache_flush(tool):
    for words in (("0", "a"), ("0", "a"), ("0", "b"), ("3",)):
        tool("call", "@kept", *words)
    assert re.search(r"^kept .* 25 %$", tool("status").stdout, re.M)
    assert tool("cache", "flush", "kept", "0", "a").stdout == "1 answer dropped\n"
    assert tool("cache", "flush", "@kept", "0", "a").stdout == "0 answers dropped\n"
    assert json.loads(tool("cache", "flush", "--json").stdout) == {"dropped": 2}
    done = tool("cache", "flush", "none")
    assert done.returncode == 2 and "none" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_who_may(kamexecd, open_directory):
    show = write_program(open_directory / "show", SHOW)
    daemon = kamexecd(
        {"open": f"run = {show}", "closed": f"run = {show}\nallow = root"},
        daemon="socket_mode = 0666",
        directory=open_directory / "daemon",
    )
    (open_directory / "daemon").chmod(0o755)
    tool = Tool(daemon, open_directory, user=NOBODY)
    if not os.access(TOOL, os.X_OK) or subprocess.run([TOOL, "--version"], user=NOBODY, check=False).returncode:
        pytest.skip("others can't reach the tool here")
    assert tool("call", "@open", "0").returncode == 0
    done = tool("call", "@closed", "0")
    assert done.returncode == 2
    assert "may not call" in done.stderr and done.stderr.endswith("you may call @open\n")
    assert [one["name"] for one in json.loads(tool("status", "--json").stdout)["programs"]] == ["open"]
    done = tool("cache", "flush")
    assert done.returncode == 2 and "root" in done.stderr
    assert tool("cache", "flush", "open").stdout == "0 answers dropped\n"
