# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever a caller sends arrives at the program to the byte, and nothing else does."""

import random

import pytest

from harness import mended, script

# All bytes that a header's value can hold; those that trim or fold are not at the ends.
BYTES = bytes(byte for byte in range(1, 256) if byte not in b"\r\n")

VALUES = [
    b"plain",
    b"-n",
    b"--help",
    b"a b  c\td",
    b"$(touch /tmp/x) `id` ${IFS} $HOME $1 $@ $$",
    b"'\"'\"'",
    b"\\",
    b"\\\\\\'",
    b"*?[a-z]~{a,b}!#",
    b";&|<>()",
    b"a[$(id)]",
    b"%s%n%d",
    b"() { :;}; echo",
    b"=x",
    b"PATH=/nowhere",
    b"END",
    "„quoted” – \u202e \u00a0 \U0001f4de".encode(),
    b"x" + BYTES + b"x",
    b"\xff\xfe\xc0\x80",
    b"x" * 30_000,
]


def random_values(count):
    """The same ones in each run."""
    source = random.Random(20231101)
    special = b"'\"\\`$(){}[]*?~#&;|<>! \t=%-\x01\x7f\xe2\x80\x9c\xffabc"
    for _ in range(count):
        inner = bytes(source.choice(special) for _ in range(source.randrange(1, 40)))
        yield b"." + inner + b"."


def text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


@script(
    r"""
    exec_cmd("@record@ @dir@/words $hdr(X-V) \"a$hdr(X-V)b\" 'c$hdr(X-V)d' e$hdr(X-V)");
    exec_cmd("true; @record@ @dir@/shell $hdr(X-V) \"a$hdr(X-V)b\" 'c$hdr(X-V)d' e$hdr(X-V)");
    exec_cmd("x=$hdr(X-V); @record@ @dir@/other \"$$x\" \"$$(printf %s. '$hdr(X-V)')\" $$(
        printf '%s' \"$hdr(X-V)\" >@dir@/inner) last");
    """
)
def test_arguments(call, recorded, server):
    for value in [*VALUES, *random_values(60)]:
        call(headers=[("X-V", value)])
        arrived = text(value.strip())
        four = [arrived, f"a{arrived}b", f"c{arrived}d", f"e{arrived}"]
        assert recorded("words").argv == four
        assert recorded("shell").argv == four
        assert recorded("other").argv == [arrived, arrived + ".", "last"]
        assert (server.directory / "inner").read_bytes() == value.strip()


@script('exec_msg("@record@ @dir@/environment");')
def test_environment(call, recorded):
    for value in [*VALUES, *random_values(30)]:
        if not value.startswith(b"() {"):
            call(headers=[("X-V", value)])
            assert recorded("environment").environ["SIP_HF_X_V"] == text(value.strip())


@script(
    r"""
    exec_avp("printf '%s\n' $hdr(X-V)", "$avp(v)");
    exec_cmd("@record@ @dir@/avp $avp(v)");
    """
)
def test_through_an_avp_and_back(call, recorded):
    for value in [*VALUES, *random_values(30)]:
        call(headers=[("X-V", value)])
        assert recorded("avp").argv == [text(value.strip())]


@script('exec_cmd("@record@ @dir@/null $var(never) $hdr(X-None) \'$avp(none)\' end"); TELL_RC')
def test_values_that_are_not_there(call, recorded):
    """As the server prints them: <null>, or 0 for a $var that was never set."""
    assert call()["X-RC"] == "1"
    assert recorded("null").argv == ["0", "<null>", "<null>", "end"]


@script(
    r"""
    $var(e) = "";
    exec_cmd("@record@ @dir@/empty '' $var(e) \"$var(e)\" x$var(e)");
    """
)
def test_empty_values_are_empty_arguments(call, recorded):
    call()
    assert recorded("empty").argv == ["", "", "", "x"]


@pytest.mark.parametrize("value", [b"a\0b", b"sip:a\0;id"])
@script('exec_cmd("@record@ @dir@/nul $hdr(X-V)"); TELL_RC')
def test_a_nul_is_refused(call, value, server):
    """No argument can carry it, and what stands before it may be another name."""
    assert call(headers=[("X-V", value)])["X-RC"] == "-4"
    assert not (server.directory / "nul.argv").exists()


@mended("a value with a space becomes two arguments, one with a * the names of files")
@pytest.mark.parametrize("value", ["two words", "*"])
@script('exec_cmd("cd / && @record@ @dir@/split $hdr(X-V)");')
def test_a_value_is_one_argument(call, recorded, value):
    call(headers=[("X-V", value)])
    assert recorded("split").argv == [value]
