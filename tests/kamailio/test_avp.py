# SPDX-License-Identifier: GPL-2.0-or-later
"""exec_avp: the lines of a program's output as AVPs."""

import pytest

from harness import both, mended, script
from harness.client import Client
from harness.config import Config
from harness.programs import worker_answering


@both
@script(r"""
    exec_avp("echo one; echo two; echo three");
    append_to_reply("X-Values: $avp(i:1) $avp(i:2) $avp(i:3) $avp(i:4)\r\n");
""")
def test_without_a_list_they_are_numbered(call):
    assert call()["X-Values"] == "one two three <null>"


@both
@script(r"""
    exec_avp("echo one; echo two; echo three", "$avp(i:5),$avp(s:x),$avp(y)");
    append_to_reply("X-Values: $avp(i:5) $avp(s:x) $avp(y) $avp(i:1)\r\n");
""")
def test_kinds_of_names(call):
    assert call()["X-Values"] == "one two three <null>"


@both
@script(r"""
    exec_avp("echo one; echo two", " $avp(a) , $avp(b) ");
    append_to_reply("X-Values: $avp(a) $avp(b)\r\n");
""")
def test_a_list_with_spaces(call):
    assert call()["X-Values"] == "one two"


@both
@script(r"""
    exec_avp("echo one; echo two; echo three", "$avp(only)");
    append_to_reply("X-Values: $avp(only) $avp(i:1) $avp(i:2) $avp(i:3)\r\n");
""")
def test_lines_past_the_list_take_their_number(call):
    assert call()["X-Values"] == "one <null> two three"


@both
@script(r"""
    exec_avp("echo one", "$avp(first),$avp(second)");
    TELL_RC
    append_to_reply("X-Values: $avp(first) $avp(second)\r\n");
""")
def test_a_list_longer_than_the_output(call):
    reply = call()
    assert (reply["X-RC"], reply["X-Values"]) == ("1", "one <null>")


@both
@script(r"""
    exec_avp("echo; echo '  '; echo one; echo; printf '  two \t\r\n'", "$avp(a),$avp(b),$avp(c)");
    append_to_reply("X-Values: [$avp(a)] [$avp(b)] [$avp(c)]\r\n");
""")
def test_empty_lines_and_white_space(call):
    """Trimmed at the right end only."""
    assert call()["X-Values"] == "[one] [  two] [<null>]"


@both
@script(r"""
    exec_avp("printf 'one\ntwo'", "$avp(a),$avp(b)");
    append_to_reply("X-Values: $avp(a) $avp(b)\r\n");
""")
def test_a_last_line_without_an_end(call):
    assert call()["X-Values"] == "one two"


@both
@script(r"""
    $avp(kept) = "before";
    exec_avp("true", "$avp(kept)");
    TELL_RC
    append_to_reply("X-Values: $avp(kept)\r\n");
""")
def test_no_output_changes_nothing_and_is_true(call):
    reply = call()
    assert (reply["X-RC"], reply["X-Values"]) == ("1", "before")


@both
@script(r"""
    exec_avp("echo first", "$avp(stack)");
    exec_avp("echo second", "$avp(stack)");
    append_to_reply("X-Values: $(avp(stack)[0]) $(avp(stack)[1])\r\n");
""")
def test_a_second_call_adds(call):
    assert call()["X-Values"] == "second first"


@both
@script(r"""
    exec_avp("echo '$$ru $$(rU)'", "$avp(text)");
    append_to_reply("X-Values: $avp(text)\r\n");
""")
def test_values_are_never_formats(call):
    assert call()["X-Values"] == "$ru $(rU)"


@both
@script(
    r"""
    exec_avp("seq 3000");
    append_to_reply("X-Values: $avp(i:1) $avp(i:1500) $avp(i:3000) $avp(i:3001)\r\n");
    """,
    ours=[("lines_limit", 3000)],
)
def test_many_lines(call):
    assert call()["X-Values"] == "1 1500 3000 <null>"


@mended("lines are cut at 1023 bytes, and the rest becomes a value of its own")
@pytest.mark.parametrize("length", [1024, 5000, 60_000])
@script(r"""
    exec_avp("head -c $hdr(X-Length) /dev/zero | tr '\\0' x
              echo; echo next", "$avp(long),$avp(z)");
    append_to_reply("X-Values: $(avp(long){s.len}) $avp(z)\r\n");
""")
def test_long_lines(call, length):
    assert call(headers=[("X-Length", str(length))])["X-Values"] == f"{length} next"


@script(r"""
    exec_avp("printf 'one\\0hidden\ntwo\n'", "$avp(a),$avp(b)");
    append_to_reply("X-Values: $avp(a) $avp(b)\r\n");
""")
def test_a_nul_ends_a_line(call):
    assert call()["X-Values"] == "one two"


@script(r"""
    exec_avp("printf 'a\\001b\n'; head -c 20000 /dev/urandom | tr '\\n' x", "$avp(a)");
    TELL_RC
    append_to_reply("X-Length: $(avp(a){s.len})\r\n");
""")
def test_binary_output(call):
    reply = call()
    assert (reply["X-RC"], reply["X-Length"]) == ("1", "3")


@both
@script(r"""
    exec_avp("echo $$SIP_HF_X_NUMBER $rU", "$avp(a)");
    append_to_reply("X-Values: $avp(a)\r\n");
""")
def test_the_environment_is_there(call):
    assert call(headers=[("X-Number", "42")])["X-Values"] == "42 bob"


@script(
    r"""
    $avp(i:1) = "kept";
    exec_avp("seq $hdr(X-Lines)"); TELL_RC
    append_to_reply("X-Values: $(avp(i:1)[*]) $avp(i:1000)\r\n");
    """,
)
def test_more_lines_than_the_limit(call):
    """By default a thousand: more, and none of them is applied."""
    reply = call(headers=[("X-Lines", "1000")])
    assert (reply["X-RC"], reply["X-Values"]) == ("1", "1, kept 1000")
    reply = call(headers=[("X-Lines", "1001")])
    assert (reply["X-RC"], reply["X-Values"]) == ("-5", "kept <null>")


WORKER = worker_answering('["sip:a@b"] * 4')


@pytest.mark.parametrize("limit, rc", [(4, "1"), (3, "-5")])
def test_the_limit_holds_in_every_way_to_run(start, tmp_path, limit, rc):
    """Commands, programs and workers; AVPs and URIs; now and later."""
    (tmp_path / "four").write_text("printf 'sip:a@b\\n\\nsip:a@b\\nsip:a@b\\nsip:a@b\\n'\n")
    (tmp_path / "worker").write_text(WORKER)
    calls = [f"/bin/sh {tmp_path}/four", "@spawned", "@pooled"]
    text = "".join(
        f'exec_avp("{command}"); TELL_RC exec_dset("{command}"); TELL_RC\n' for command in calls
    )
    more, routes = "", {"now": text}
    for i, command in enumerate(calls):
        for function in ("avp", "dset"):
            name = f"{function}{i}"
            routes[name] = f'exec_{function}_async("{command}", "{name}_back");'
            more += f'route[{name}_back] {{ append_to_reply("X-RC: $exec(rc)\\r\\n"); '
            more += 't_reply("200", "Done"); }\n'
    server = start(
        Config(
            routes,
            more,
            params=(
                ("lines_limit", limit),
                ("program", f"name=spawned; run=/bin/sh {tmp_path}/four"),
                ("program", f"name=pooled; run=/usr/bin/python3 {tmp_path}/worker; via=pool; timeout=10s"),
            ),
        )
    )
    client = Client(server)
    assert client.call("now").all("X-RC") == [rc] * 6
    assert {name: client.call(name)["X-RC"] for name in routes if name != "now"} == {
        name: rc for name in routes if name != "now"
    }
    client.close()


@script(
    'exec_avp("cat @dir@/nuls"); TELL_RC',
    params=[("lines_limit", 1_000_000)],
    kamailio=("-DD", "-m", "256"),
)
def test_lines_with_a_nul_do_not_flood_the_log(call, server):
    (server.directory / "nuls").write_bytes(b"v\0\n" * 300_000)
    before = len(server.log())
    reply = call(within=60)
    assert reply["X-RC"] == "1"
    assert "299999 more of its output have a NUL byte" in server.log()
    assert len(server.log()) - before < 5000


DEADLINES = [20, 50, 100, 200, 400, 800, 1600, 3200]


@script(
    "".join(
        f"""if ($hdr(X-Deadline) == "{ms}") {{ exec_avp("@t{ms}"); TELL_RC }}\n""" for ms in DEADLINES
    )
    + r"""append_to_reply("X-Kept: $avp(i:1)$avp(i:500000)\r\n");""",
    params=[("lines_limit", 1_000_000)]
    + [("program", f"name=t{ms}; run=/bin/cat @dir@/lines; timeout={ms}ms") for ms in DEADLINES],
    kamailio=("-DD", "-m", "512"),
)
def test_the_deadline_holds_for_putting_the_values_too(call, server):
    """All of them within it, or none; whichever deadline this machine's speed needs to show it."""
    (server.directory / "lines").write_bytes(b"v\n" * 500_000)
    said = "its deadline passed before its 500000 lines were AVPs"
    for ms in DEADLINES * 4:
        reply = call(headers=[("X-Deadline", str(ms))], within=60)
        assert (reply["X-RC"], reply["X-Kept"]) in (("1", "vv"), ("-2", "<null><null>"))
        if said in server.log():
            break
    assert said in server.log()


# A value a line, each of which needs twenty times its bytes of shared memory as an AVP.
@script(
    """exec_avp("head -c $hdr(X-Bytes) @dir@/lines"); TELL_RC
    append_to_reply("X-First: $avp(i:1)\\r\\n");""",
    params=[("lines_limit", 1_000_000)],
    kamailio=("-DD", "-m", "16"),
)
def test_values_that_cannot_be_kept_are_taken_back_as_fast_as_they_were_put(call, server):
    """Measured against a call that keeps all of its own: a search for each would take minutes."""
    (server.directory / "lines").write_bytes(b"v\n" * 500_000)
    kept = call(headers=[("X-Bytes", "40000")])
    assert (kept["X-RC"], kept["X-First"]) == ("1", "v")
    none = call(headers=[("X-Bytes", "1000000")], within=120)
    assert (none["X-RC"], none["X-First"]) == ("-5", "<null>")
    assert none.seconds < 50 * (kept.seconds + 0.05)
    again = call(headers=[("X-Bytes", "40000")])
    assert (again["X-RC"], again["X-First"]) == ("1", "v")
