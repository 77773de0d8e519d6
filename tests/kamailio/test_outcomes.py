# SPDX-License-Identifier: GPL-2.0-or-later
"""What a call returns, what $exec(...) tells of it, and what of the output still counts."""

from harness import both, mended, script

TELL_ALL = r"""
    TELL_RC
    append_to_reply("X-Exec: $exec(rc) $exec(status) $exec(signal) $exec(outcome)\r\n");
"""


@both
@script('exec_cmd("true"); TELL_RC')
def test_success_is_one(call):
    assert call()["X-RC"] == "1"


@both
@script('exec_cmd("exit 3"); TELL_RC')
def test_non_zero_exit_is_minus_one(call):
    assert call()["X-RC"] == "-1"


@both
@script('exec_cmd("kill -9 $$$$"); TELL_RC')
def test_ended_by_a_signal_of_its_own_is_minus_one(call):
    assert call()["X-RC"] == "-1"


@both
@script(
    r'exec_avp("echo busy; exit 1", "$avp(why)"); TELL_RC append_to_reply("X-Why: $avp(why)\r\n");'
)
def test_output_counts_when_the_program_says_no(call):
    reply = call()
    assert (reply["X-RC"], reply["X-Why"]) == ("-1", "busy")


@both
@script(
    r'exec_dset("echo sip:new@example.com; false"); TELL_RC append_to_reply("X-URI: $ru\r\n");'
)
def test_uris_count_when_the_program_says_no(call):
    reply = call()
    assert (reply["X-RC"], reply["X-URI"]) == ("-1", "sip:new@example.com")


@script(f'exec_cmd("true"); {TELL_ALL}')
def test_words_of_success(call):
    assert call()["X-Exec"] == "1 0 0 ok"


@script(f'exec_cmd("exit 3"); {TELL_ALL}')
def test_words_of_a_program_that_says_no(call):
    assert call()["X-Exec"] == "-1 3 0 no"


@script(f'exec_cmd("kill -9 $$$$"); {TELL_ALL}')
def test_words_of_a_program_that_killed_itself(call):
    assert call()["X-Exec"] == "-1 -1 9 no"


@script(f'exec_cmd("/nonexistent/program"); {TELL_ALL}')
def test_a_missing_program_is_minus_three(call):
    reply = call()
    assert reply["X-RC"] == "-3"
    assert reply["X-Exec"] == "-3 -1 0 not-started"


@script(f'exec_cmd("test -d / && /nonexistent/program"); {TELL_ALL}')
def test_a_missing_program_of_the_shell_is_the_shells_127(call):
    assert call()["X-Exec"] == "-1 127 0 no"


@script(
    f'exec_cmd("echo $hdr(X-Big)$hdr(X-Big)$hdr(X-Big)"); {TELL_ALL}',
)
def test_arguments_that_no_kernel_takes_are_refused(call):
    """Linux passes no single argument of more than 128 KiB (execve(2))."""
    reply = call(headers=[("X-Big", "x" * 50_000)])
    assert reply["X-RC"] == "-4"
    assert reply["X-Exec"] == "-4 -1 0 refused"


@script(
    rf'exec_avp("yes"); {TELL_ALL} append_to_reply("X-Value: $avp(i:1)\r\n");', alone=True
)
def test_output_without_end_is_minus_five(call):
    """The program is ended, and nothing of its output is applied."""
    reply = call()
    assert reply["X-RC"] == "-5"
    assert reply["X-Exec"].endswith("unusable")
    assert reply["X-Value"] == "<null>"


@mended("time_to_kill does nothing")
@script('exec_cmd("sleep 4"); TELL_RC', params=[("time_to_kill", 1)])
def test_the_deadline_is_minus_two(call):
    reply = call()
    assert reply["X-RC"] == "-2"
    assert 0.9 < reply.seconds


@script(
    rf"""
    exec_avp("echo early; sleep 30", "$avp(x)");
    {TELL_ALL}
    append_to_reply("X-Value: $avp(x)\r\n");
    """,
    params=[("time_to_kill", 1)],
)
def test_nothing_of_the_output_counts_after_the_deadline(call):
    reply = call()
    assert reply["X-RC"] == "-2"
    assert reply["X-Exec"].startswith("-2 ") and reply["X-Exec"].endswith(" deadline")
    assert reply["X-Value"] == "<null>"


@script(
    r"""
    exec_dset("echo sip:early@example.com; sleep 30; true");
    TELL_RC
    append_to_reply("X-URI: $ru\r\n");
    """,
    params=[("time_to_kill", 1)],
)
def test_the_uri_stays_after_the_deadline(call):
    reply = call()
    assert (reply["X-RC"], reply["X-URI"]) == ("-2", "sip:bob@example.com")


@script(r'exec_cmd("sleep 0.2"); append_to_reply("X-Us: $exec(us)\r\n");')
def test_duration(call):
    reply = call()
    assert 200_000 <= int(reply["X-Us"]) <= reply.seconds * 1e6


@script(r'exec_cmd("echo wrong >&2; exit 1"); append_to_reply("X-Stderr: $exec(stderr)\r\n");')
def test_stderr(call, server):
    assert call()["X-Stderr"].strip() == "wrong"


@script(
    r'exec_avp("echo $$$$", "$avp(p)"); append_to_reply("X-Pids: $avp(p) $exec(pid)\r\n");'
)
def test_pid(call):
    own, told = call()["X-Pids"].split()
    assert own == told


@script(
    r"""
    if ($hdr(X-Run) == "yes") exec_cmd("exit 7");
    append_to_reply("X-Exec: $exec(rc)/$exec(status)/$exec(outcome)/$exec(stderr)\r\n");
    """,
    children=1,
)
def test_a_request_does_not_see_the_one_before(call):
    untouched = call()["X-Exec"]
    assert call(headers=[("X-Run", "yes")])["X-Exec"].startswith("-1/7/no/")
    assert call()["X-Exec"] == untouched


@script('exec_cmd("false"); exec_cmd("false"); TELL_RC')
def test_a_failed_call_does_not_end_the_script(call):
    assert call()["X-RC"] == "-1"
