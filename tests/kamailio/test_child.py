# SPDX-License-Identifier: GPL-2.0-or-later
"""The process that a command gets: nothing of the server's comes with it."""

import pytest

from harness import both, mended, script
from harness.programs import write_program


@mended("the program inherits the server's sockets and files")
@pytest.mark.parametrize("function", ["exec_msg", "exec_avp", "exec_cmd", "exec_dset"])
@script("""
    switch ($hdr(X-Function)) {
        case "exec_msg": exec_msg("@record@ @dir@/exec_msg"); break;
        case "exec_avp": exec_avp("@record@ @dir@/exec_avp"); break;
        case "exec_cmd": exec_cmd("@record@ @dir@/exec_cmd"); break;
        case "exec_dset": exec_dset("@record@ @dir@/exec_dset"); break;
    }
""")
def test_three_descriptors(call, recorded, function):
    call(headers=[("X-Function", function)])
    assert recorded(function).fds == [0, 1, 2]


@mended("the shell inherits the server's sockets and files")
@script('exec_cmd("true; @record@ @dir@/shell");')
def test_three_descriptors_under_a_shell(call, recorded):
    call()
    assert recorded("shell").fds == [0, 1, 2]


@script('exec_cmd("@record@ @dir@/signals");')
def test_signals_are_as_new(call, recorded):
    call()
    status = recorded("signals").status
    for field in ("SigBlk", "SigIgn", "SigCgt"):
        assert int(status[field], 16) == 0, field


@mended("the program is in the server's process group")
@script('exec_cmd("@record@ @dir@/group");')
def test_a_process_group_of_its_own(call, recorded, server):
    call()
    status = recorded("group").status
    assert status["pgid"] == status["Pid"]
    assert int(status["pgid"]) != server.process.pid


@mended("the program's output is closed before it is read: what it prints fails")
@script('exec_cmd("seq 100000 && touch @dir@/drained"); TELL_RC')
def test_exec_cmd_takes_output(call, server):
    assert call()["X-RC"] == "1"
    assert (server.directory / "drained").exists()


@both
@script('exec_avp("cat; echo end", "$avp(x)"); TELL_RC')
def test_standard_input_is_empty(call):
    assert call()["X-RC"] == "1"


@both
@script('exec_cmd("@dir@/plain one \'two words\' \\"three $rU\\" "); TELL_RC')
def test_arguments(call, server):
    write_program(server.directory / "plain", 'printf "<%s>" "$@" > @dir@/arguments')
    assert call()["X-RC"] == "1"
    assert (server.directory / "arguments").read_text() == "<one><two words><three bob>"


@both
@script('exec_cmd("@dir@/unnamed one"); TELL_RC')
def test_a_script_without_an_interpreter_line(call, server):
    """The shell runs such a file itself (POSIX, command search and execution)."""
    path = server.directory / "unnamed"
    path.write_text('echo "$1" > ' + str(server.directory / "unnamed.out") + "\n")
    path.chmod(0o755)
    assert call()["X-RC"] == "1"
    assert (server.directory / "unnamed.out").read_text() == "one\n"
