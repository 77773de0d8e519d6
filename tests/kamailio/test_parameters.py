# SPDX-License-Identifier: GPL-2.0-or-later
"""Parameters, each by what it does."""

import pytest

from harness import both, record, script
from harness.client import Client
from harness.config import Config

TELL_VALUE = r'append_to_reply("X-Value: $avp(v)\r\n");'


@both
@script('exec_msg("@record@ @dir@/bare");', params=[("setvars", 0)])
def test_setvars_off(call, recorded):
    call()
    seen = recorded("bare").environ
    assert not [name for name in seen if name.startswith("SIP_")]
    assert "PATH" in seen


@both
@script('exec_msg("@record@ @dir@/shock");', params=[("bash_safety", 0)])
def test_bash_safety_off(call, recorded):
    call(headers=[("X-Shock", "() { :;}; x")])
    assert recorded("shock").environ["SIP_HF_X_SHOCK"] == "() { :;}; x"


@pytest.mark.parametrize("name", ["time_to_kill", "exec_timer"])
def test_seconds(start, name):
    server = start(Config({"hang": 'exec_cmd("sleep 30"); TELL_RC'}, params=[(name, 1)]))
    client = Client(server)
    reply = client.call("hang")
    client.close()
    assert reply["X-RC"] == "-2"
    assert reply.seconds >= 0.9


@script('exec_cmd("sleep 30"); TELL_RC', params=[("time_to_kill", 20), ("deadline_ms", 300)])
def test_deadline_ms_goes_before_time_to_kill(call):
    reply = call()
    assert reply["X-RC"] == "-2"
    assert reply.seconds >= 0.29


@script(
    'exec_cmd("trap \'sleep 1; echo clean > @dir@/clean; exit\' TERM; sleep 30 & wait"); TELL_RC',
    params=[("deadline_ms", 300), ("kill_grace_ms", 15000)],
)
def test_a_long_grace(call, server):
    """The program may clean up: it has until the grace ends, and its end ends the grace."""
    reply = call()
    assert reply["X-RC"] == "-2"
    assert (server.directory / "clean").exists()
    assert reply.seconds < 15


@script(
    'exec_cmd("trap \'\' TERM; sleep 30; sleep 30"); TELL_RC',
    params=[("deadline_ms", 300), ("kill_grace_ms", 1500)],
)
def test_the_grace_ends(call):
    reply = call()
    assert reply["X-RC"] == "-2"
    assert reply.seconds >= 1.7


@pytest.mark.parametrize("printed, code", [(100, "1"), (101, "-5")])
@script(
    r"""exec_avp("head -c $hdr(X-N) /dev/zero | tr '\\0' x", "$avp(v)"); TELL_RC """ + TELL_VALUE,
    params=[("output_limit", 100)],
)
def test_output_limit(call, printed, code):
    reply = call(headers=[("X-N", str(printed))])
    assert reply["X-RC"] == code
    assert reply["X-Value"] == ("x" * 100 if code == "1" else "<null>")


@script(
    'exec_cmd("echo 0123456789 >&2"); append_to_reply("X-Value: [$exec(stderr)]\\r\\n"); TELL_RC',
    params=[("error_limit", 4)],
)
def test_error_limit(call):
    """More is dropped; that is no failure."""
    reply = call()
    assert reply["X-Value"].startswith("[0123") and "4" not in reply["X-Value"]
    assert reply["X-RC"] == "1"


def names_of(record):
    return {entry.partition("=")[0] for entry in record.entries if not entry.startswith("SIP_")}


ENGINE = {"KAMEXEC_CALL"}  # by which a command's processes are found again


@script('exec_msg("@record@ @dir@/some");', params=[("environment", "PATH,HOME")])
def test_some_of_the_environment(call, recorded):
    call()
    record = recorded("some")
    assert names_of(record) - ENGINE == {"PATH", "HOME"}
    assert record.environ["SIP_USER"] == "bob"


@script('exec_msg("/usr/bin/env > @dir@/none; true");', params=[("environment", "")])
def test_none_of_the_environment(call, server):
    call()
    lines = (server.directory / "none").read_text().splitlines()
    names = {line.partition("=")[0] for line in lines}
    assert "SIP_USER" in names
    assert "HOME" not in names and "LANG" not in names


@script('exec_msg("@record@ @dir@/all");', params=[("environment", "*")])
def test_all_of_the_environment(call, recorded):
    call()
    assert {"PATH", "HOME", "LANG"} <= names_of(recorded("all"))


def test_what_looks_like_a_fact_of_a_request_is_not_inherited(start):
    """SIP_* of the server's own environment would pass for what a caller sent."""
    config = Config({"spoofed": 'exec_cmd("@record@ @dir@/spoofed");'})
    server = start(config, environment={"SIP_HF_X_SECRET": "not sent by anyone"})
    client = Client(server)
    client.call("spoofed")
    client.close()
    assert "SIP_HF_X_SECRET" not in record.read(server.directory / "spoofed").environ


@script('exec_cmd("echo the reason >&2; exit 9"); exec_cmd("/nonexistent/program");', alone=True)
def test_a_failed_call_is_logged(call, server):
    """One line each, with the cause and the first of its standard error."""
    call()
    lines = [line for line in server.log().splitlines() if "exit 9" in line]
    assert len(lines) == 1
    assert "9" in lines[0] and "the reason" in lines[0]
    assert [line for line in server.log().splitlines() if "/nonexistent/program" in line]


@script('exec_cmd("printf \'a\\\\nCRITICAL: forged\\\\n\' >&2; exit 1");', alone=True)
def test_a_program_can_not_forge_a_line_of_the_log(call, server):
    call()
    assert not [line for line in server.log().splitlines() if line.startswith("CRITICAL")]
