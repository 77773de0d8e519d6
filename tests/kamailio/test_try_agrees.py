# SPDX-License-Identifier: GPL-2.0-or-later
"""`kamexec try` and the server agree: environment, arguments and results, for ordinary messages and
for nasty ones."""

import json
import re
import subprocess

import pytest

from harness import record
from harness.client import Client
from harness.config import Config
from harness.paths import OURS
from harness.server import ENVIRONMENT
from harness.torture import MESSAGES
from harness.version import has_change

TOOL = OURS.with_name("kamexec")

VARIABLES = """
    $ru $rU $rd $rp $rP $rz $rUl $ou $oU $od $op $fu $fU $fd $ft $fn $tu $tU $td $tt $tn
    $ct $cT $ci $cs $csb $rm $ua $si $sp $bs $ml
    $hdr(X-Hop) $(hdr(X-Hop)[1]) $(hdr(X-Hop)[-1]) $(hdr(X-Hop)[*]) $(hdr(X-Hop)[9]) $hdrc(X-Hop)
    $hdr(Via) $(hdr(v)[1]) $(hdr(f)) $hdr(Subject) $hdr(X-Folded) $hdr(X-Empty) $hdr(X-Bytes)
    $hdr(Route) $(hdr(Contact)[*]) $hdr(X-Spaced)
    $var(never) $avp(never) $(avp(never)[*]) $vn(never) $(hdr(X-Hop)[$var(never)])
    $(rU{s.len}) $(ru{s.md5}) $(ru{s.sha256}) $(ru{s.substr,4,3}) $(ru{s.substr,-5,0})
    $(ru{s.substr,999,1}) $(ua{s.select,1,/}) $(ua{s.select,-1,/}) $(ua{s.select,9,/})
    $(ci{s.select,0,@}) $(ru{s.tolower}) $(ru{s.toupper}) $(fu{s.numeric}) $(cs{s.int})
    $(ua{s.escape.common}) $(ua{s.escape.common}{s.unescape.common}) $(rU{s.escape.user})
    $(rU{s.unescape.user}) $(fn{s.escape.param}) $(fn{s.trim}) $(ru{s.rm,sip}) $(ru{s.replace,e,EE})
    $(ru{s.strip,4}) $(ru{s.striptail,4}) $(ua{s.encode.hexa}) $(ua{s.rmws}) $(ru{s.count,e})
    $(ru{uri.user}) $(ru{uri.host}) $(ru{uri.port}) $(ru{uri.params}) $(ru{uri.param,transport})
    $(ru{uri.passwd}) $(ru{uri.headers}) $(ru{uri.scheme}) $(ru{uri.transport})
    $(fu{uri.user}{s.len}) $(ct{nameaddr.uri}) $(ct{nameaddr.name}) $(hdr(From){nameaddr.uri})
    $(hdr(Contact){nameaddr.uri}{uri.user}) $(hdr(User-Agent){s.len}) $(avp(never){s.len})
    $(rd{re.subst,/^(.)(.*)$/\\2-\\1/}) $(rd{re.subst,/e/E/g})
    $(rd{re.subst,/x*/-/g}) $(rd{re.subst,/e(.)/<\\1>/g}) $(rd{re.subst,/EX/p/i}) $(rd{re.subst,#e#[\\0]#})
    $(rd{re.subst,/zz/p/})
""".split()

# The variables in slices: where one of a command is refused (a NUL), the others still show.
SLICES = [VARIABLES[i : i + 25] for i in range(0, len(VARIABLES), 25)]
COMMANDS = ["true"] + ["@record@ @dir@/vars%d %s" % (i, " ".join(v)) for i, v in enumerate(SLICES)]
OUTPUTS = {
    "uris": b'sip:a@b\n<sip:c@d;x=1>;q=0.7\n"N" <sips:e@f.example>;q=1\nnonsense\n\nsip:u@h_h\n'
    b"tel:+123\nsip:x@[::1]:5060\nhttp://x\n<sip:g@h>;q=2\nsip:h:65536\n",
    "values": b"one\n\n two \r\nthree\n",
}


# What libre, with which the tool reads messages, does not take; the server does.
REFUSED_BY_THE_TOOL = {"rfc2543", "bad_cseq"}

# The tool answers as 5.6 does. Servers that have changed since, and what they make of the message:
# a From header that can't be read is found while the message is, which then is dropped;
DROPPED_BY_THE_SERVER = {"bad_from"} if has_change("6.0.4", "6.1.0") else set()
# $ru and $ou are what the first line has, though it is no URI that the server can read.
OF_A_WHOLE_URI = re.compile(r"\$\(?(ru|ou)\b")
TELLS_ANY_URI = has_change("6.0.7", "6.1.2")
NO_URIS = {"unknown_scheme", "scheme_like_sip", "underscore", "port_too_high"}


def request_route():
    calls = "".join('exec_avp("%s");\n' % c.replace("\\", "\\\\") for c in COMMANDS[1:])
    return f"""
request_route {{
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "Up"); exit; }}
    exec_avp("@record@ @dir@/env");
    {calls}
    if ($hdr(X-Results) == $null) exit;
    exec_avp("cat @dir@/values", "$avp(a)");
    append_to_reply("X-Avps: $avp(a)|$avp(i:2)|$avp(i:3)\\r\\n");
    exec_dset("cat @dir@/uris");
    append_to_reply("X-Uri: $ru\\r\\nX-Set: $ds\\r\\n");
    sl_send_reply("200", "Done");
}}
"""


@pytest.fixture(scope="module")
def kamailio(_servers):
    started = _servers.start(OURS, Config(request_route=request_route(), children=1))
    for name, output in OUTPUTS.items():
        (started.directory / name).write_bytes(output)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def caller(kamailio):
    made = Client(kamailio)
    yield made
    made.close()


@pytest.fixture
def send(caller, kamailio):
    """Sends a message; returns when the server, which has one worker, is done with it."""

    def until_handled(raw):
        for old in kamailio.directory.glob("*.argv"):
            old.unlink()
        caller.send(raw)
        caller.call("sync", method="OPTIONS")

    return until_handled


@pytest.fixture
def tried(caller, kamailio, words):
    """What the tool says of a call for a message; None where it says that the message can't be used."""

    def run(raw, command, call="avp", *options):
        for name, value in {"record": words["record"], "dir": kamailio.directory}.items():
            command = command.replace(f"@{name}@", str(value))
        done = subprocess.run(
            [TOOL, "try", "--json", "--message", "-", "--source", caller.local,
             "--call", call, *options, "--", command],
            input=raw, capture_output=True, env=ENVIRONMENT, timeout=20, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1, 2), done.stderr
        said = json.loads(done.stdout)
        return None if "error" in said else said

    return run


def text_of(value):
    """A text of the report, as record.read gives texts."""
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"]).decode("utf-8", "surrogateescape")
    return value


def seen_by(kamailio, name):
    """What the server's command saw; None where it wasn't run."""
    prefix = kamailio.directory / name
    return record.read(prefix) if prefix.with_name(name + ".argv").exists() else None


def sip_variables(environ):
    return {name: value for name, value in environ.items() if name.startswith("SIP_")}


@pytest.mark.parametrize("name", MESSAGES)
def test_environment_and_arguments(name, send, kamailio, tried):
    if name == "urn" and has_change("5.7.7", "5.8.4", "6.0.0"):
        pytest.skip(
            "kamexec try gives a urn: the user that Kamailio 5.6 gives it; "
            "from 5.7.7, 5.8.4 and 6.0.0 on it has none"
        )
    raw = MESSAGES[name]
    send(raw)
    seen = seen_by(kamailio, "env")
    said = tried(raw, "true", "avp", "--no-run")
    if name in REFUSED_BY_THE_TOOL:
        assert seen is not None and said is None
        return
    if name in DROPPED_BY_THE_SERVER:
        assert seen is None and said is not None
        return
    if seen is None:
        assert said is None, "the server does not run the command, the tool would"
        return
    assert said is not None, "the server runs the command, the tool does not"
    ours = {key: text_of(value) for key, value in said["environment"].items()}
    assert sip_variables(ours) == sip_variables(seen.environ)
    for i, variables in enumerate(SLICES):
        seen = seen_by(kamailio, f"vars{i}")
        said = tried(raw, COMMANDS[i + 1], "avp", "--no-run")
        if seen is None:
            assert said["outcome"]["word"] == "refused"
            continue
        given = dict(zip(variables, [text_of(word) for word in said["argv"]][2:]))
        found = dict(zip(variables, seen.argv))
        if name in NO_URIS and TELLS_ANY_URI:
            for variable in filter(OF_A_WHOLE_URI.match, variables):
                tool, server = given.pop(variable), found.pop(variable)
                assert variable not in ("$ru", "$ou") or tool == "<null>" != server
        assert given == found


def test_results(caller, tried):
    raw = MESSAGES["ordinary"].replace(b"User-Agent:", b"X-Results: 1\r\nUser-Agent:")
    caller.send(raw)
    call_id = raw.partition(b"Call-ID: ")[2].partition(b"\r\n")[0].decode()
    reply = caller.final_reply(call_id)
    said = tried(raw, "cat @dir@/values", "avp", "--avps", "$avp(a)")
    assert "|".join(pair["value"] for pair in said["assigned"]) == reply["X-Avps"]
    said = tried(raw, "cat @dir@/uris", "dset")
    assert said["uris"][0]["uri"] == reply["X-Uri"]
    shown = []
    for uri in said["uris"]:
        shown.append(f"<{uri['uri']}>" + (f";q={uri['q']:g}" if uri["q"] is not None else ""))
    assert ", ".join(shown) == reply["X-Set"].removeprefix("Contact: ")
    assert len(said["left_out"]) >= 4


def test_a_request_uri_that_is_none(tried):
    """The outcome of exec_dset is the server's, and nothing runs."""
    raw = MESSAGES["ordinary"]
    line, rest = raw.split(b"\r\n", 1)
    method, _, version = line.split(b" ")
    raw = b" ".join([method, b"-sip:a@b", version]) + b"\r\n" + rest
    said = tried(raw, "touch @dir@/ran_by_the_tool", "dset")
    assert said["outcome"]["word"] == "unusable"
    assert "no scheme" in said["outcome"]["detail"]
