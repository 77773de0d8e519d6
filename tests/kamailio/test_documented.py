# SPDX-License-Identifier: GPL-2.0-or-later
"""Every example of the module's two documents, Kamailio's and OpenSER's before it."""

import pytest

from harness import both, mended, script
from harness.programs import write_program

URI = "sip:bob@example.com"


@both
@script('exec_cmd("echo TEST > @dir@/cmd.txt"); TELL_RC')
def test_exec_cmd(call, server):
    assert call()["X-RC"] == "1"
    assert (server.directory / "cmd.txt").read_text() == "TEST\n"


@both
@script('exec_cmd("echo TEST > @dir@/cmd-$(rU).txt"); TELL_RC')
def test_exec_cmd_with_a_variable(call, server):
    assert call()["X-RC"] == "1"
    assert (server.directory / "cmd-bob.txt").read_text() == "TEST\n"


@both
@script('exec_msg("echo TEST > @dir@/msg.txt");')
def test_exec_msg(call, server):
    """(What it returns, though the program doesn't read the message: test_message_input.py.)"""
    call()
    assert (server.directory / "msg.txt").read_text() == "TEST\n"


@both
@script('exec_msg("echo TEST > @dir@/msg-$(rU).txt");')
def test_exec_msg_with_a_variable(call, server):
    call()
    assert (server.directory / "msg-bob.txt").read_text() == "TEST\n"


@both
@script('exec_dset("echo TEST > @dir@/dset.txt"); TELL_RC')
def test_exec_dset(call, server):
    """The current URI is the last parameter; no line of output is no URI, which is false."""
    assert int(call()["X-RC"]) < 0
    assert (server.directory / "dset.txt").read_text() == f"TEST {URI}\n"


@both
@script('exec_dset("echo TEST > @dir@/dset-$(rU).txt"); TELL_RC')
def test_exec_dset_with_a_variable(call, server):
    assert int(call()["X-RC"]) < 0
    assert (server.directory / "dset-bob.txt").read_text() == f"TEST {URI}\n"


@both
@script(r'exec_avp("echo TEST"); TELL_RC append_to_reply("X-Value: $avp(i:1)\r\n");')
def test_exec_avp(call):
    reply = call()
    assert (reply["X-RC"], reply["X-Value"]) == ("1", "TEST")


@both
@script(r'exec_avp("echo TEST", "$avp(s:test)"); append_to_reply("X-Value: $avp(s:test)\r\n");')
def test_exec_avp_with_a_list(call):
    assert call()["X-Value"] == "TEST"


@both
@script("""
    exec_msg("@dir@/print-contact.sh msg '$ct'");
    exec_avp("@dir@/print-contact.sh avp '$ct'");
    exec_cmd("@dir@/print-contact.sh cmd '$ct'");
    exec_dset("@dir@/print-contact.sh dset '$ct'");
""")
def test_print_contact(call, client, server):
    """exec_dset("print-contact.sh '$ct'") and its like: the text's own quotes stay right."""
    write_program(server.directory / "print-contact.sh", 'printf "%s" "$2" > "@dir@/$1.contact"')
    call()
    for function in ("msg", "avp", "cmd", "dset"):
        text = (server.directory / f"{function}.contact").read_text()
        assert text == f"<sip:alice@{client.local}>", function


@both
@script("""
    if !($rU =~ "^[0-9]{1,15}$") {
        sl_send_reply("404", "Malformed");
        exit;
    }
    exec_msg("echo TEST >> @dir@/$(rU).txt");
""")
def test_validation_first(call, server):
    assert call().status == 404
    assert call(uri="sip:1234@example.com").status == 200
    assert (server.directory / "1234.txt").read_text() == "TEST\n"


@both
@script(r'exec_avp("echo $$SIP_OUSER", "$avp(s:u)"); append_to_reply("X-Value: $avp(s:u)\r\n");')
def test_variables_of_the_environment_take_two_dollars(call):
    assert call()["X-Value"] == "bob"


@both
@script('$rU = "carol"; exec_msg("@record@ @dir@/documented");')
def test_environment(call, recorded):
    call(headers=[("X-One", "1"), ("X-Two", "a"), ("X-Two", "b")], to_tag="dialog")
    seen = recorded("documented").environ
    assert seen["SIP_HF_X_ONE"] == "1"
    assert seen["SIP_HF_X_TWO"] == "a,b"
    assert seen["SIP_HF_CSEQ"] == "1 MESSAGE"
    assert seen["SIP_DID"] == "dialog"
    assert seen["SIP_SRCIP"] == "127.0.0.1"
    assert seen["SIP_RURI"] == "sip:carol@example.com"
    assert seen["SIP_USER"] == "carol"
    assert seen["SIP_OUSER"] == "bob"
    assert len(seen["SIP_TID"]) == 32


@mended("SIP_ORURI is documented; SIP_ORUI was set instead")
@script('$rU = "carol"; exec_msg("@record@ @dir@/oruri");')
def test_original_uri(call, recorded):
    call()
    assert recorded("oruri").environ.get("SIP_ORURI") == URI


@both
@script('exec_msg("cat > @dir@/message");')
def test_exec_msg_gets_the_whole_message(call, server):
    call(body="line one\r\nline two\r\n", headers=[("X-Mark", "in the message")])
    text = (server.directory / "message").read_bytes().decode()
    assert text.startswith(f"MESSAGE {URI} SIP/2.0\r\nVia: ")
    assert "\r\nX-Mark: in the message\r\n" in text
    assert text.endswith("\r\n\r\nline one\r\nline two\r\n")


@both
@pytest.mark.parametrize("name, value", [("setvars", 1), ("time_to_kill", 20)])
def test_parameters(check, name, value):
    assert check(params=[(name, value)]).accepted


@mended("exec_timer, OpenSER's name of time_to_kill, is refused")
def test_exec_timer(check):
    assert check(params=[("exec_timer", 20)]).accepted


@both
@script("""
    exec_cmd("for word in one two; do
        echo $$word
    done > @dir@/lines
    # a comment, with a ' in it
    echo $rU >> @dir@/lines");
    TELL_RC
""")
def test_several_lines(call, server):
    assert call()["X-RC"] == "1"
    assert (server.directory / "lines").read_text() == "one\ntwo\nbob\n"
