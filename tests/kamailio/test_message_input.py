# SPDX-License-Identifier: GPL-2.0-or-later
"""exec_msg's standard input. Not reading it, or not all of it, is no failure."""

from harness import both, mended, script

LARGE = "x" * 60_000


@script('exec_msg("true"); TELL_RC')
def test_a_program_that_does_not_read(call):
    for body in ["", LARGE] * 10:
        assert call(body=body)["X-RC"] == "1"


@mended("what the program leaves unread becomes a failure", always=False)
@script('exec_msg("exec <&-; sleep 0.2"); TELL_RC')
def test_a_program_that_closes_its_input(call):
    """The whole message waits in the pipe when the program closes it; a second write would fail. With
    the distribution's module all may be written before the shell is there, on a busy machine or with a
    newer libc."""
    assert all(call(body=LARGE)["X-RC"] == "1" for _ in range(10))


@script('exec_msg("head -c 10 > @dir@/beginning"); TELL_RC')
def test_a_program_that_reads_a_little(call, server):
    assert call(body=LARGE)["X-RC"] == "1"
    assert (server.directory / "beginning").read_bytes() == b"MESSAGE si"


@both
@script('exec_msg("cat > @dir@/large"); TELL_RC')
def test_a_large_message_arrives_whole(call, server):
    assert call(body=LARGE)["X-RC"] == "1"
    received = (server.directory / "large").read_bytes()
    assert received.startswith(b"MESSAGE sip:") and received.endswith(LARGE.encode())
    assert received.count(b"x") >= len(LARGE)


@both
@script('exec_msg("sleep 0.1; cat > @dir@/late"); TELL_RC')
def test_a_program_that_reads_late(call, server):
    assert call(body=LARGE)["X-RC"] == "1"
    assert (server.directory / "late").read_bytes().endswith(LARGE.encode())


@script('$ru = "sip:changed@example.com"; exec_msg("cat > @dir@/changed"); TELL_RC')
def test_it_is_the_message_as_received(call, server):
    call()
    assert (server.directory / "changed").read_bytes().startswith(b"MESSAGE sip:bob@example.com ")


@script('exec_msg("yes"); TELL_RC', params=[("deadline_ms", 500)])
def test_a_program_that_floods_instead_of_reading(call):
    """exec_msg's output is not processed, and does not hold it up either."""
    assert call(body=LARGE)["X-RC"] == "-2"
