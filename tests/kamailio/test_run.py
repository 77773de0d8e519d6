# SPDX-License-Identifier: GPL-2.0-or-later
"""exec_run(command [, input [, out [, err]]]): input from the script, output into variables."""

import pytest

from harness import script
from harness.config import Config
from harness.errors import ServerDied

TELL = r"""
    TELL_RC
    append_to_reply("X-Out: [$var(out)]\r\nX-Err: [$var(err)]\r\n");
"""


@script(f'exec_run("cat", "$rU and $hdr(X-In)", "$var(out)", "$var(err)"); {TELL}')
def test_input_and_output(call):
    reply = call(headers=[("X-In", "'$ru' `id` $(id)")])
    assert (reply["X-RC"], reply["X-Out"]) == ("1", "[bob and '$ru' `id` $(id)]")
    assert reply["X-Err"] == "[]"


@script(f'exec_run("echo out; echo err >&2; exit 2", "", "$var(out)", "$var(err)"); {TELL}')
def test_both_outputs_of_a_program_that_says_no(call):
    reply = call()
    assert reply["X-RC"] == "-1"
    assert "out" in reply["X-Out"] and "err" in reply["X-Err"]


@script(r"""
    exec_run("printf 'one\ntwo\n'", "", "$var(out)");
    append_to_reply("X-First: $(var(out){line.at,0})\r\nX-Second: $(var(out){line.at,1})\r\n");
""")
def test_several_lines(call):
    reply = call()
    assert (reply["X-First"], reply["X-Second"]) == ("one", "two")


@script(r"""
    exec_run("cat", "$rb", "$avp(body)");
    append_to_reply("X-Length: $(avp(body){s.len})\r\n");
""")
def test_the_body(call):
    assert call(body="x" * 20_000)["X-Length"] == "20000"


@script(f'exec_run("printf %s- $$SIP_USER $rU", "", "$var(out)"); {TELL}')
def test_the_environment_is_there(call):
    assert call()["X-Out"] == "[bob-bob-]"


@script('exec_run("true"); TELL_RC')
def test_the_command_alone(call):
    assert call()["X-RC"] == "1"


@script('exec_run("grep -q needle", "hay needle hay"); TELL_RC')
def test_input_alone(call):
    assert call()["X-RC"] == "1"


@script(
    r"""
    $var(out) = "kept";
    exec_run("echo gone; sleep 30", "", "$var(out)");
    TELL_RC
    append_to_reply("X-Out: $var(out)\r\n");
    """,
    params=[("deadline_ms", 500)],
)
def test_variables_stay_after_the_deadline(call):
    reply = call()
    assert (reply["X-RC"], reply["X-Out"]) == ("-2", "kept")


@script(
    "$ru = $hdr(X-Target); t_on_reply(\"run\"); t_relay(); exit;",
    'onreply_route[run] { exec_run("cat > @dir@/reply-status", "$rs"); }',
)
def test_in_onreply_route(call, server, uas):
    call(headers=[("X-Target", uas(202).uri())])
    assert (server.directory / "reply-status").read_text() == "202"


def test_an_output_variable_that_can_not_be_written(start):
    with pytest.raises(ServerDied, match="can be written to"):
        start(Config({"bad": 'exec_run("true", "", "$si");'}))
