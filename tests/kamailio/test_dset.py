# SPDX-License-Identifier: GPL-2.0-or-later
"""exec_dset: the lines of a program's output as a set of URIs."""

import pytest

from harness import both, mended, script

# The file `uris` is what the program prints; the appended URI is an argument of `true`.
RUN = 'exec_dset("cat @dir@/uris; true");'
TELL_SET = r"""
    TELL_RC
    append_to_reply("X-URI: $ru\r\n");
    $var(i) = 0;
    while ($var(i) < $branch(count)) {
        append_to_reply("X-Branch: $(branch(uri)[$var(i)]) q=$(branch(q)[$var(i)])\r\n");
        $var(i) = $var(i) + 1;
    }
"""
SCRIPT = script(RUN + TELL_SET)
SAME = "sip:bob@example.com"


@pytest.fixture
def printed(call, server):
    """Sends a request whose program prints `output`; returns the reply."""

    def run(output, **fields):
        data = output if isinstance(output, bytes) else output.encode()
        (server.directory / "uris").write_bytes(data)
        return call(**fields)

    return run


def branches(reply):
    return [value.split()[0] for value in reply.all("X-Branch")]


@both
@SCRIPT
def test_one_uri(printed):
    reply = printed("sip:one@example.com\n")
    assert (reply["X-RC"], reply["X-URI"]) == ("1", "sip:one@example.com")
    assert branches(reply) == []


@both
@SCRIPT
def test_the_first_is_the_request_uri_the_rest_are_branches(printed):
    reply = printed("sip:a@x.test\nsip:b@x.test;transport=tcp\nsips:c@x.test\n")
    assert (reply["X-RC"], reply["X-URI"]) == ("1", "sip:a@x.test")
    assert branches(reply) == ["sip:b@x.test;transport=tcp", "sips:c@x.test"]


@both
@SCRIPT
def test_empty_lines_and_what_trails(printed):
    reply = printed("\n\r\n  \nsip:a@x.test \t\r\n\nsip:b@x.test\r\n\n")
    assert (reply["X-RC"], reply["X-URI"]) == ("1", "sip:a@x.test")
    assert branches(reply) == ["sip:b@x.test"]


@both
@SCRIPT
def test_a_last_line_without_an_end(printed):
    reply = printed("sip:a@x.test\nsip:b@x.test")
    assert (reply["X-URI"], branches(reply)) == ("sip:a@x.test", ["sip:b@x.test"])


@both
@SCRIPT
def test_no_output_is_false(printed):
    reply = printed("")
    assert int(reply["X-RC"]) < 0
    assert (reply["X-URI"], branches(reply)) == (SAME, [])


@mended("a line is taken for a URI whatever it is")
@SCRIPT
def test_name_addr_with_q(printed):
    reply = printed(
        '<sip:a@x.test>;q=1\n"B, the \\"second\\"" <sip:b@x.test;transport=tcp>;q=0.5;x=y\n'
        "C <sip:c@x.test>\n"
    )
    assert (reply["X-RC"], reply["X-URI"]) == ("1", "sip:a@x.test")
    assert branches(reply) == ["sip:b@x.test;transport=tcp", "sip:c@x.test"]
    assert reply.all("X-Branch")[0].endswith(" q=500")  # as the host has it, in thousandths


@mended("a line is taken for a URI whatever it is")
@SCRIPT
def test_lines_that_are_no_uri_are_left_out(printed):
    reply = printed("lookup: 3 found\nsip:a@x.test\nnot a uri\n<sip:b@x.test\nsip:c@x.test\n")
    assert (reply["X-RC"], reply["X-URI"]) == ("1", "sip:a@x.test")
    assert branches(reply) == ["sip:c@x.test"]


@mended("a line is taken for a URI whatever it is")
@SCRIPT
def test_no_valid_line_leaves_the_uri_alone(printed):
    reply = printed("error: database is down\n")
    assert int(reply["X-RC"]) < 0
    assert (reply["X-URI"], branches(reply)) == (SAME, [])


@mended("one URI too many is false, though the rest are set")
@SCRIPT
def test_more_than_the_host_takes(printed):
    reply = printed("".join(f"sip:{number}@x.test\n" for number in range(40)))
    assert (reply["X-RC"], reply["X-URI"]) == ("1", "sip:0@x.test")
    assert branches(reply) == [f"sip:{number}@x.test" for number in range(1, 12)]


HOSTILE = {
    "control bytes": b"sip:a\x01b@x.test\n",
    "a NUL": b"sip:a\0b@x.test\n",
    "spaces": b"sip:a b@x.test\n",
    "a header": b"sip:a@x.test\rX-Evil: 1\n",
    "binary": bytes(range(256)) * 200,
    "a long line": b"sip:" + b"a" * 500_000 + b"@x.test\n",
    "more than a megabyte": b"sip:" + b"a" * 1_100_000 + b"@x.test\n",
    "a very long user": b"sip:" + b"a" * 2000 + b"@x.test\n",
    "no scheme": b"bob@x.test\n",
    "brackets only": b"<>\n<<<<>>>>\n",
    "quotes without end": b'"' * 5000 + b"\n",
}


@pytest.mark.parametrize("what", HOSTILE)
@SCRIPT
def test_hostile_output(printed, what):
    reply = printed(HOSTILE[what])
    assert int(reply["X-RC"]) < 0
    assert (reply["X-URI"], branches(reply)) == (SAME, [])
    assert "X-Evil" not in dict(reply.headers)


@mended("control bytes get into the R-URI")
@SCRIPT
def test_control_bytes(printed):
    assert printed(HOSTILE["control bytes"])["X-URI"] == SAME


@SCRIPT
def test_a_good_line_among_hostile_ones(printed):
    lines = [line for line in HOSTILE.values() if len(line) < 1_000_000]
    reply = printed(b"\n".join(lines) + b"\nsip:good@x.test\n")
    assert (reply["X-RC"], reply["X-URI"]) == ("1", "sip:good@x.test")


@both
@script('exec_dset("@record@ @dir@/argument");')
def test_the_current_uri_is_the_last_argument(call, recorded):
    call(uri="sip:bob@example.com;x=1?y=2")
    assert recorded("argument").argv == ["sip:bob@example.com;x=1?y=2"]


@both
@script('$rU = "carol"; exec_dset("@record@ @dir@/current one");')
def test_it_is_the_uri_as_changed(call, recorded):
    call()
    assert recorded("current").argv == ["one", "sip:carol@example.com"]


@mended("the URI's own quotes end the quoting")
@pytest.mark.parametrize("user", ["o'neill", "''", "a'b'c", "$HOME", "a\\", "*"])
@script('exec_dset("@record@ @dir@/quoted");')
def test_the_argument_is_the_uri_to_the_byte(call, recorded, user):
    if user in ("$HOME", "a\\", "*"):
        user += "'$HOME'"  # alone these are safe with either module
    uri = f"sip:{user}@example.com"
    call(uri=uri)
    assert recorded("quoted", 1.0).argv == [uri]


# A request line may hold anything between its blanks, and a program reads it as its own option.
HOSTILE_URIS = ["-o@dir@/MARK", "--output=@dir@/MARK", "@dir@/MARK", "bob", "1sip:a@b", "-sip:a@b"]
TELL_OUTCOME = r'append_to_reply("X-RC: $rc $exec(outcome)\r\n");'


def called_with(call, server, uri):
    """The reply to a request for it; no file was made."""
    reply = call(uri=uri.replace("@dir@", str(server.directory)), method="OPTIONS")
    assert not (server.directory / "MARK").exists()
    assert not (server.directory / "ran").exists()
    return reply


@mended("sort reads the request line's -o as its own option, and writes the file")
@script('exec_dset("/usr/bin/sort"); TELL_RC')
def test_a_request_uri_that_is_an_option(call, server):
    assert called_with(call, server, "-o@dir@/MARK")["X-RC"] == "-5"


@pytest.mark.parametrize("uri", HOSTILE_URIS)
@script(
    f"""exec_dset("touch @dir@/ran"); {TELL_OUTCOME}
    exec_dset("touch @dir@/ran; cat"); {TELL_OUTCOME}
    exec_dset("@touch"); {TELL_OUTCOME}
    exec_dset("@worker"); {TELL_OUTCOME}""",
    params=[
        ("program", "name=touch; run=/usr/bin/touch @dir@/ran"),
        ("program", "name=worker; run=/bin/cat; via=pool; workers_start=0"),
    ],
)
def test_a_request_uri_that_is_none(call, server, uri):
    """In every way to run: nothing is started."""
    assert called_with(call, server, uri).all("X-RC") == ["-5 unusable"] * 4
    assert "is not a URI: it has no scheme" in server.log()


@script(
    """exec_dset_async("touch @dir@/ran", "unreached_uri"); TELL_RC
    sl_send_reply("200", "Went On"); exit;""",
    'route[unreached_uri] { t_reply("500", "No"); }',
)
def test_a_request_uri_that_is_none_later(call, server):
    reply = called_with(call, server, "-o@dir@/MARK")
    assert (reply.status, reply["X-RC"]) == (200, "-5")


@script('exec_dset("touch @dir@/tel-$rU; true"); TELL_RC')
def test_other_schemes_are_uris(call, server):
    assert call(uri="tel:+49301234", method="OPTIONS")["X-RC"] == "-5"  # it printed none
    assert (server.directory / "tel-+49301234").exists()
