# SPDX-License-Identifier: GPL-2.0-or-later
"""The environment of a program: what the module's documentation promises, to the letter."""

import pytest

from harness import both, mended, record, script
from harness.client import Client
from harness.config import Config


@pytest.fixture
def environment(call, recorded, request):
    """Sends the request, returns the environment that the program had."""

    def seen(**fields):
        call(**fields)
        return recorded("environment")

    return seen


# All of these tests run this: the program writes its environment down.
RECORD = script('exec_msg("@record@ @dir@/environment");')

COMPACT_AND_KNOWN = [("c", "CONTENT_TYPE"), ("k", "SUPPORTED"), ("o", "EVENT")]

# IANA, "Session Initiation Protocol (SIP) Parameters", Header Fields, compact forms.
COMPACT_AND_FORGOTTEN = [
    ("a", "ACCEPT_CONTACT"),
    ("b", "REFERRED_BY"),
    ("d", "REQUEST_DISPOSITION"),
    ("e", "CONTENT_ENCODING"),
    ("j", "REJECT_CONTACT"),
    ("n", "IDENTITY_INFO"),
    ("r", "REFER_TO"),
    ("s", "SUBJECT"),
    ("u", "ALLOW_EVENTS"),
    ("x", "SESSION_EXPIRES"),
    ("y", "IDENTITY"),
]


@both
@RECORD
def test_the_old_misspelt_name_stays(environment):
    assert environment().environ["SIP_ORUI"] == "sip:bob@example.com"


@both
@pytest.mark.parametrize("compact, name", COMPACT_AND_KNOWN)
@RECORD
def test_compact_form(environment, compact, name):
    assert environment(headers=[(compact, "sip:x")]).environ[f"SIP_HF_{name}"] == "sip:x"


@mended("a compact form that the module does not know becomes SIP_HF_ and the letter")
@pytest.mark.parametrize("compact, name", COMPACT_AND_FORGOTTEN)
@RECORD
def test_compact_form_of_the_registry(environment, compact, name):
    assert environment(headers=[(compact, "<sip:x>")]).environ.get(f"SIP_HF_{name}") == "<sip:x>"


@both
@RECORD
def test_mandatory_headers_in_compact_form(client, recorded):
    raw = (
        "MESSAGE sip:bob@example.com SIP/2.0\r\n"
        f"v: SIP/2.0/UDP {client.local};rport;branch=z9hG4bKcompact\r\n"
        "f: <sip:from@example.com>;tag=1\r\n"
        "t: <sip:to@example.com>\r\n"
        "i: compact-call\r\n"
        "CSeq: 1 MESSAGE\r\n"
        "m: <sip:contact@example.com>\r\n"
        "X-Test: test_mandatory_headers_in_compact_form\r\n"
        "l: 0\r\n\r\n"
    )
    client.send(raw.encode())
    client.final_reply("compact-call")
    seen = recorded("environment").environ
    assert seen["SIP_HF_VIA"].startswith(f"SIP/2.0/UDP {client.local}")
    assert seen["SIP_HF_FROM"] == "<sip:from@example.com>;tag=1"
    assert seen["SIP_HF_TO"] == "<sip:to@example.com>"
    assert seen["SIP_HF_CALLID"] == "compact-call"
    assert seen["SIP_HF_CONTACT"] == "<sip:contact@example.com>"
    assert seen["SIP_HF_CONTENT_LENGTH"] == "0"


@both
@RECORD
def test_names_of_known_headers(environment):
    seen = environment(headers=[("Content-Type", "text/plain"), ("User-Agent", "probe/1")]).environ
    assert seen["SIP_HF_CONTENT_TYPE"] == "text/plain"
    assert seen["SIP_HF_USER_AGENT"] == "probe/1"
    assert {"SIP_HF_CALLID", "SIP_HF_CSEQ", "SIP_HF_MAX_FORWARDS", "SIP_HF_CONTENT_LENGTH"} <= set(
        seen
    )


@mended("the second to last values of a repeated header come in reverse")
@RECORD
def test_repeated_headers_in_message_order(environment):
    headers = [("X-Hop", "1"), ("X-Other", "-"), ("X-Hop", "2"), ("x-hop", "3")]
    assert environment(headers=headers).environ["SIP_HF_X_HOP"] == "1,2,3"


@mended("a folded value keeps its line end")
@RECORD
def test_a_folded_value_is_one_line(environment):
    seen = environment(headers=[("X-Folded", "one\r\n two\r\n\tthree")]).environ
    assert seen["SIP_HF_X_FOLDED"] == "one two three"


@mended("X-Id and X_Id become two variables of one name, of which programs see either")
@RECORD
def test_names_that_fall_together(environment):
    record = environment(headers=[("X-Id", "1"), ("X_Id", "2"), ("x-id", "3")])
    entries = [entry for entry in record.entries if entry.startswith("SIP_HF_X_ID=")]
    assert entries == ["SIP_HF_X_ID=1,2,3"]


@both
@RECORD
def test_a_function_definition_in_a_header(environment):
    seen = environment(headers=[("X-Shock", "() { :;}; echo shocked"), ("X-Shock", "() { x")])
    assert seen.environ["SIP_HF_X_SHOCK"] == " { :;}; echo shocked, { x"


@mended("of variables that are not headers, `() {` is passed on")
@script('$rU = "() { x"; exec_msg("@record@ @dir@/environment");')
def test_a_function_definition_in_the_user(environment):
    record = environment()
    assert "SIP_USER" in record.environ
    assert not [entry for entry in record.entries if entry.partition("=")[2].startswith("() {")]


@script('exec_msg("@record@ @dir@/environment");')
def test_a_function_definition_in_folds(environment):
    record = environment(headers=[("X-Shock", "()\r\n { :;}; x"), ("X-Tab", "\t() { y")])
    assert "SIP_HF_X_SHOCK" in record.environ
    assert not [entry for entry in record.entries if entry.partition("=")[2].startswith("() {")]


@both
@RECORD
def test_the_dialog_is_empty_at_first(environment):
    assert environment().environ["SIP_DID"] == ""


@both
@RECORD
def test_a_uri_without_user(environment):
    seen = environment(uri="sip:example.com").environ
    assert (seen["SIP_USER"], seen["SIP_OUSER"]) == ("", "")


@both
@RECORD
def test_a_long_header_arrives_whole(environment):
    value = "".join(f"{number:05d}," for number in range(10_000))
    assert environment(headers=[("X-Long", value)]).environ["SIP_HF_X_LONG"] == value


@both
@RECORD
def test_bytes_beyond_ascii(environment):
    seen = environment(headers=[("X-Name", "Żółć \U0001f4de"), ("X-Raw", b"\xff\xfe")]).environ
    assert seen["SIP_HF_X_NAME"] == "Żółć \U0001f4de"
    assert seen["SIP_HF_X_RAW"].encode("utf-8", "surrogateescape") == b"\xff\xfe"


@both
@RECORD
def test_the_servers_own_environment_is_passed_on(environment):
    seen = environment().environ
    assert seen["HOME"] == "/"
    assert "/usr/bin" in seen["PATH"].split(":")


@both
@script('exec_cmd("@record@ @dir@/environment");')
def test_exec_cmd_sets_nothing_of_sip(environment):
    seen = environment().environ
    assert not [name for name in seen if name.startswith("SIP_")]
    assert "PATH" in seen


# A call that is run where it is made, and the same handed to a process of the module's own. What
# the server passes on is in each of them; the definition's own variable overrides one of it.
_TWICE = """
    exec_avp("COMMAND @dir@/waits");
    exec_avp_async("COMMAND @dir@/goes_on", "BACK");
    sl_send_reply("500", "Not suspended");
"""


def test_asynchronous_calls_have_the_same_environment(start, words):
    config = Config(
        {
            "plain": _TWICE.replace("COMMAND", "@record@"),
            "named": _TWICE.replace("COMMAND", "@known"),
        },
        more='route[BACK] { t_reply("200", "Done"); }',
        params=(
            ("program", "name=known; run=@record@; environment=inherit LANG=de_DE.UTF-8 Z_OWN=1"),
        ),
    )
    server = start(config, environment={"A": "a b=c", "SIP_USER": "mallory", "Z": ""})
    client = Client(server)
    for test in ("plain", "named"):
        assert client.call(test, headers=[("X-Odd", "ü='%")]).status == 200
        waits, goes_on = (
            [
                entry
                for entry in record.read(server.directory / name).entries
                if not entry.startswith("KAMEXEC_CALL=")  # each call's own
            ]
            for name in ("waits", "goes_on")
        )
        assert waits == goes_on
        assert {"A=a b=c", "Z=", "SIP_USER=bob", "SIP_HF_X_ODD=ü='%"} < set(waits)
        assert ("LANG=de_DE.UTF-8" in waits) == (test == "named")
    client.close()
