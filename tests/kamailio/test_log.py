# SPDX-License-Identifier: GPL-2.0-or-later
"""The log: one line is one line, and no caller fills it."""

import json
import re

import pytest

from harness import script
from harness.client import Client
from harness.config import Config
from harness.paths import REPOSITORY

FORGED = "$var(x)\r\n 0(1) CRITICAL: forged: a line of the caller's\x1b[2J"
NAMES = """
    exec_run("true", "", $hdr(X-Name)); TELL_RC
    exec_run("true", "", "$var(x)", $hdr(X-Name)); TELL_RC
    exec_avp("true", $hdr(X-Name)); TELL_RC
    exec_avp_async("true", $hdr(X-Name), "BACK"); TELL_RC
    exec_run_async("true", "", $hdr(X-Name), "", "BACK"); TELL_RC
    exec_avp_async("true", $hdr(X-Name)); TELL_RC
"""
BACK = 'route[BACK] { t_reply("200", "Done"); }\n'
LUA = """
function ksr_request_route()
    if KSR.pv.is_null("$hdr(X-Test)") then KSR.sl.sl_send_reply(200, "Up"); KSR.x.exit() end
    local name = KSR.pv.gete("$hdr(X-Name)")
    local E = KSR.exec
    for _, rc in ipairs({E.exec_run("true", "", name, ""), E.exec_run("true", "", "", name),
                         E.exec_avp_async("true", name, "back"), E.exec_avp_async("true", "", name)}) do
        KSR.hdr.append_to_reply("X-RC: " .. rc .. "\\r\\n")
    end
    KSR.sl.sl_send_reply(200, "Done")
end
function back() KSR.tm.t_reply(200, "Done") end
"""


def forged(server):
    return [line for line in server.log().splitlines() if re.match(r"\s*0\(1\) CRITICAL", line)]


@script(NAMES, BACK, params=[("failures_logged", 1000)])
def test_names_given_at_run_time_write_no_line_of_their_own(call, server):
    """A folded header is a value with a line's end in it."""
    server.strict = False  # which looks for CRITICAL
    reply = call(headers=[("X-Name", FORGED)])
    assert reply.all("X-RC") == ["-4"] * 6
    assert not forged(server)
    assert "\\x0d\\x0a" in server.log()
    assert "\x1b" not in server.log()


def test_nor_do_those_of_a_script_engine(start):
    server = start(
        Config(kemi=("lua", LUA), params=(("failures_logged", 1000), ("workers", 1))), strict=False
    )
    client = Client(server)
    reply = client.call("x", headers=[("X-Name", FORGED)])
    client.close()
    assert reply.all("X-RC") == ["-4"] * 4
    assert not forged(server)
    assert "\x1b" not in server.log()


KINDS = {
    "name": 'exec_run("true", "", $hdr(X-Any));',
    "output": "exec_avp(\"printf 'v\\\\0\\\\n'\");",
    "failed call": 'exec_cmd("exit 3");',
    "standard error": 'exec_cmd("echo loud >&2");',
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_line_is_bounded(start, kind):
    """Forty at once, in one request: at most two seconds' worth, and how many were left out."""
    text = "$var(i) = 0;\nwhile ($var(i) < 40) {\n" + KINDS[kind] + "\n$var(i) = $var(i) + 1;\n}"
    config = Config({"flood": text, "one": KINDS[kind]}, params=(("failures_logged", 3),), children=1)
    config.debug = 3
    server = start(config)
    client = Client(server)
    before = len(server.log())
    reply = client.call("flood", headers=[("X-Any", "nothing")])
    client.close()
    lines = [line for line in server.log()[before:].splitlines() if " exec" in line]
    told = {"name": "can be written to", "output": "NUL byte", "failed call": "no, exit status 3",
            "standard error": ": stderr: loud"}[kind]
    shown = [line for line in lines if told in line]
    assert 3 <= len(shown) <= 3 * (int(reply.seconds) + 2)


PLACE = re.compile(r"\bexec \[([\w.]+):(\d+)\]: (\w+)\(\): ")
SOURCES = {path.name: path for path in (REPOSITORY / "src" / "kamailio").rglob("*.c*")}


def is_a_place_that_logs(file: str, line: int, function: str) -> bool:
    """Whether that line of that source is in a statement that logs, after the function's name."""
    lines = SOURCES[file].read_text().splitlines()
    statement = "\n".join(lines[line - 1 : line + 3])
    return bool(re.search(r"\b((kamexec_)?log_\w+|logged|LM_\w+)\(", statement)) and any(
        f"{function}(" in one for one in lines[:line]
    )


SAYS_MUCH = """
    exec_cmd("/nonexistent/program $rU");
    exec_cmd("exit 1");
    exec_avp("true", $var(none));
"""


def test_a_line_names_the_place_that_logs(check, start):
    """And not the one place through which all lines go."""
    said = check('exec_cmd($rU); exec_run("true", "$", "x"); exec_cmd("done"); ' + SAYS_MUCH).output
    server = start(Config({"says": SAYS_MUCH}))
    client = Client(server)
    try:
        client.call("says")
    finally:
        client.close()
    said += server.log()
    places = {(file, int(line), function) for file, line, function in PLACE.findall(said)}
    assert len(places) >= 6
    for place in places:
        assert is_a_place_that_logs(*place), place
    assert said.count(": exec [") == len(PLACE.findall(said)), "a line without its place"


def test_a_line_of_a_structured_log_names_the_place_too(check):
    checked = check('exec_cmd("/nonexistent/program $rU");', arguments=("--log-engine=json:M",))
    record = next(json.loads(line) for line in checked.output.splitlines() if "nonexistent" in line)
    assert record["module"] == "exec" and record["logprefix"] == ""
    assert is_a_place_that_logs(record["file"], record["line"], record["function"])


MISTAKES = {
    "a parameter": ('exec_cmd("true");', [("setvars", 9)]),
    "a program": ('exec_cmd("true");', [("program", "name=lookup; unknown=1")]),
    "an interpreter": ('exec_cmd("true");', [("interpreter", "in valid")]),
    "a lack": ('exec_cmd_async("true");', [("workers", 0)]),
    "a finding": ('exec_cmd("sh -c $rU");', []),
    "a name": ('exec_cmd("echo $exec(nothing)");', []),
    "a route": ('exec_msg_async("true", "NOWHERE");', []),
    "a text that the shell refuses": ('exec_cmd("if true; then");', []),
    "a command that is built at run time": ("exec_cmd($rU + $fU);", []),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_line_about_a_mistake_names_the_place_that_logs(check, what):
    """Whether C or C++ found it, and whichever helper wrote the line."""
    text, params = MISTAKES[what]
    checked = check(text, params=params, arguments=("--log-engine=json:M",))
    records = [json.loads(line) for line in checked.output.splitlines() if line.startswith("{")]
    own = [record for record in records if record.get("module") == "exec"]
    assert own, checked.output
    for record in own:
        assert is_a_place_that_logs(record["file"], record["line"], record["function"]), record
