# SPDX-License-Identifier: GPL-2.0-or-later
"""Asynchronous calls: what the route that goes on finds, and every outcome."""

import pytest

from harness import script

DONE = 't_reply("200", "Done");'
# What $exec(...) holds, and what the call itself gave, for a route that goes on.
FACTS = r"""
    append_to_reply("X-Facts: $exec(rc) $exec(outcome) $exec(status)\r\n");
    append_to_reply("X-Time: $exec(us)\r\n");
    append_to_reply("X-Error: $exec(stderr)\r\n");
"""


@script(
    'exec_dset_async("cat @dir@/uris; true", "dset_back"); sl_send_reply("500", "Not suspended");',
    r"""route[dset_back] {
        append_to_reply("X-URI: $ru\r\nX-Branches: $branch(count) $(branch(uri)[0])\r\n");
        t_reply("200", "Done");
    }""",
)
def test_dset(call, server):
    uris = ["sip:first@example.com", "sip:second@example.com", "sip:third@example.com"]
    (server.directory / "uris").write_text("".join(f"{uri}  \n\n" for uri in uris))
    reply = call()
    assert reply["X-URI"] == uris[0]
    assert reply["X-Branches"] == f"2 {uris[1]}"


@script(
    r"""exec_dset_async("printf '%s;seen=yes\n'", "dset_argument_back");""",
    r'route[dset_argument_back] { append_to_reply("X-URI: $ru\r\n"); t_reply("200", "Done"); }',
)
def test_dset_is_given_the_current_uri(call):
    uri = "sip:`id`$(id)'*@example.com;x=\\"
    assert call(uri=uri)["X-URI"] == uri + ";seen=yes"


@script(
    'exec_msg_async("cat > @dir@/message", "msg_back");',
    f"route[msg_back] {{ {FACTS} {DONE} }}",
)
def test_msg(call, server):
    reply = call(body="the body", headers=[("X-Odd", "a ' b")])
    assert reply["X-Facts"] == "1 ok 0"
    message = (server.directory / "message").read_bytes().decode()
    assert message.startswith("MESSAGE sip:bob@example.com SIP/2.0\r\n")
    assert "X-Odd: a ' b\r\n" in message and message.endswith("\r\n\r\nthe body")


@script(
    'exec_avp_async("echo one; echo; echo \\"$$SIP_USER\\"", "avp_back");',
    r"""route[avp_back] {
        append_to_reply("X-AVPs: $avp(i:1) $avp(i:2) $avp(i:3)\r\n");
        t_reply("200", "Done");
    }""",
)
def test_avp_by_number(call):
    assert call(uri="sip:carol@example.com")["X-AVPs"] == "one carol <null>"


@script(
    'exec_avp_async("printf \'a\\nb\\nc\\n\'", "$avp(first),$avp(second)", "avp_named_back");',
    r"""route[avp_named_back] {
        append_to_reply("X-AVPs: $avp(first) $avp(second) $avp(i:3)\r\n");
        t_reply("200", "Done");
    }""",
)
def test_avp_by_name(call):
    assert call()["X-AVPs"] == "a b c"


@script(
    """exec_run_async("cat; echo to err >&2; exit 3", "$rb", "$var(out)", "$var(err)", "run_back");
    """,
    r"""route[run_back] {
        append_to_reply("X-Run: $var(out)/$var(err)/$exec(rc)/$exec(status)\r\n");
        t_reply("200", "Done");
    }""",
)
def test_run(call):
    assert call(body="as it is: $(id)")["X-Run"] == "as it is: $(id)/to err/-1/3"


OUTCOMES = {
    "ok": ("echo out", "1 ok 0", "out"),
    "no": ("echo reason; echo why >&2; exit 7", "-1 no 7", "reason"),
    "signal": ("echo early; kill -KILL $$$$", "-1 no -1", "early"),
    "deadline": ("echo early; sleep 30", "-2 deadline -1", "<null>"),
    "not-started": ("/nonexistent/program", "-3 not-started -1", "<null>"),
    "unusable": ("yes", "-5 unusable -1", "<null>"),
}
CASES = "".join(
    f'case "{name}": exec_avp_async("{case[0]}", "$avp(v)", "outcome_back"); break;\n'
    for name, case in OUTCOMES.items()
)


@pytest.mark.parametrize("name", OUTCOMES)
@script(
    f"switch ($hdr(X-Case)) {{ {CASES} }}",
    f"""route[outcome_back] {{
        {FACTS} append_to_reply("X-Value: $avp(v)\\r\\n"); {DONE}
    }}""",
    params=[("deadline_ms", 400), ("output_limit", 4096)],
)
def test_outcomes(call, name):
    """The route goes on whatever became of the command; output counts at 1 and -1 only."""
    _, facts, value = OUTCOMES[name]
    reply = call(headers=[("X-Case", name)])
    assert reply["X-Facts"] == facts
    assert reply["X-Value"] == value
    if name == "no":
        assert reply["X-Error"] == "why"
    if name == "deadline":
        assert 300_000 <= int(reply["X-Time"]) < 5_000_000


@script(
    'exec_dset_async("echo not a uri; true", "no_uri_back");',
    f'route[no_uri_back] {{ {FACTS} append_to_reply("X-URI: $ru\\r\\n"); {DONE} }}',
)
def test_a_dset_without_a_uri_changes_nothing(call):
    reply = call()
    assert reply["X-Facts"].startswith("-5 unusable")
    assert reply["X-URI"] == "sip:bob@example.com"


@script(
    'exec_avp_async("echo $hdr(X-Value)", "$avp(v)", "value_back");',
    r"""route[value_back] { append_to_reply("X-Value: $avp(v)\r\n"); t_reply("200", "Done"); }""",
)
@pytest.mark.parametrize("value", ["`id`", "$(id) ;id", "'; id; '", '"; id; "', "$ru $$", "a  b"])
def test_values_reach_the_program_to_the_byte(call, value):
    assert call(headers=[("X-Value", value)])["X-Value"] == value


@script(
    '$var(name) = "x"; $var(out) = "";'
    'exec_avp_async("echo here", "$avp(" + $var(name) + ")", "built_back");'
    'append_to_reply("X-RC: $rc\\r\\n"); send_reply("200", "Not suspended");',
    r"""route[built_back] { append_to_reply("X-Value: $avp(x)\r\n"); t_reply("200", "Done"); }""",
    alone=True,
)
def test_names_built_at_run_time(call):
    for _ in range(20):
        assert call()["X-Value"] == "here"


@script(
    """$var(name) = "out";
    exec_run_async("echo here; echo there >&2", "", "$var(" + $var(name) + ")",
                   "$avp(" + $var(name) + ")", "variables_back");
    append_to_reply("X-RC: $rc\\r\\n"); send_reply("200", "Not suspended");""",
    r"""route[variables_back] {
        append_to_reply("X-Value: $var(out) $avp(out)\r\n"); t_reply("200", "Done");
    }""",
    alone=True,
)
def test_variables_named_at_run_time(call):
    for _ in range(20):
        assert call()["X-Value"] == "here there"


@script(
    '$var(where) = "where_" + $hdr(X-Where);'
    'exec_avp_async("true", $var(where)); append_to_reply("X-RC: $rc\\r\\n");'
    'send_reply("200", "Not suspended");',
    """route[where_a] { t_reply("200", "To a"); }
    route[where_b] { t_reply("200", "To b"); }""",
)
def test_a_route_named_at_run_time(call):
    assert call(headers=[("X-Where", "a")]).first_line.endswith("To a")
    assert call(headers=[("X-Where", "b")]).first_line.endswith("To b")
    assert call(headers=[("X-Where", "c")])["X-RC"] == "-4"


@script(
    'exec_cmd("exit 9"); exec_avp_async("exit 3", "facts_back");',
    f"route[facts_back] {{ {FACTS} {DONE} }}",
)
def test_facts_are_of_the_call_that_goes_on(call):
    assert call()["X-Facts"] == "-1 no 3"
