# SPDX-License-Identifier: GPL-2.0-or-later
"""Every example of the module's two documents (Kamailio's, and OpenSER's before it)."""

from harness import both, mended, script


@both
@script('''
    exec_cmd("echo TEST > @dir@/cmd.txt");
    append_to_reply("X-RC: $rc\\r\\n");
''')
def test_exec_cmd(call, server):
    assert call()["X-RC"] == "1"
    assert (server.directory / "cmd.txt").read_text() == "TEST\n"


@both
@script('''
    exec_cmd("exit 3");
    append_to_reply("X-RC: $rc\\r\\n");
''')
def test_a_program_that_says_no(call):
    assert call()["X-RC"] == "-1"


@mended("SIP_ORURI is documented, SIP_ORUI was set")
@script('''
    exec_msg("@record@ @dir@/oruri");
''')
def test_oruri(call, recorded):
    call()
    assert recorded("oruri").environ.get("SIP_ORURI") == "sip:bob@example.com"
