# SPDX-License-Identifier: GPL-2.0-or-later
"""exec_avp: the lines of a program's output as AVPs."""

import pytest

from harness import both, mended, script


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
@script(r"""
    exec_avp("seq 3000");
    append_to_reply("X-Values: $avp(i:1) $avp(i:1500) $avp(i:3000) $avp(i:3001)\r\n");
""")
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
