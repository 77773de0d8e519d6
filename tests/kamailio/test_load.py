# SPDX-License-Identifier: GPL-2.0-or-later
"""Mistakes show when the configuration is loaded, with their place, before any call comes in."""

import re

import pytest

from harness import both, mended, script
from harness.client import Client
from harness.config import BASE_MODULES, REQUEST_ROUTE, Config
from harness.errors import ServerDied
from harness.version import needs


def names_place(checked, text) -> bool:
    """Whether it names the file and a line of the statement `text` (of several: either)."""
    with open(checked.config) as file:
        before, _, _ = file.read().partition(text)
    first = before.count("\n") + 1
    lines = range(first, first + text.count("\n") + 1)
    return any(f"{checked.config}:{line}:" in checked.output for line in lines)


# text of the call, and a word of the message
MISTAKES = {
    "a quote without end": ("exec_cmd(\"echo 'never ended\");", "quote"),
    "a substitution without end": ('exec_cmd("echo $$(date");', ""),
    "an if without end": ('exec_cmd("if true; then echo x");', ""),
    "a done without a loop": ('exec_msg("true; done");', ""),
    "two operators": ('exec_avp("true ;; false");', ""),
    "arithmetic": ('exec_cmd("echo $$(( $var(n) + 1 ))");', "$var(n)"),
    "a quoted here-document": ("exec_cmd(\"cat <<'END'\n$rU\nEND\n\");", "$rU"),
}

DYNAMIC = {
    "one variable": 'exec_cmd("$var(command)");',
    "one bare variable": "exec_cmd($var(command));",
    "a sum": 'exec_cmd("echo " + $rU);',
    "exec_dset": "exec_dset($var(command));",
    "exec_avp": "exec_avp($avp(command));",
    "exec_msg in a condition": 'if (exec_msg("cat " + $fU)) { exit; }',
    "in a loop": 'while ($var(i) < 1) { exec_cmd("x" + $var(i)); }',
    "in a switch": 'switch ($rU) { case "a": exec_cmd("x" + $rU); break; }',
    "in a nested expression": 'if ($rU == "a" && !(exec_cmd("x" + $rU) || exec_cmd("y"))) exit;',
}


@mended("the shell's own words come in the log when a call comes in, and nothing before")
@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_refused(check, what):
    text, word = MISTAKES[what]
    checked = check(text)
    assert not checked.accepted
    assert names_place(checked, text)
    assert word in checked.output


def test_a_mistake_in_an_included_file(check, tmp_path):
    included = tmp_path / "included.cfg"
    included.write_text('# one\n# two\nroute[included] { exec_cmd("echo $$((1 + $rU))"); }\n')
    checked = check(more=f'include_file "{included}"\n')
    assert not checked.accepted
    assert f"{included}:3:" in checked.output


def test_checking_runs_nothing(check, tmp_path):
    canary = tmp_path / "canary"
    checked = check(
        f"""
        exec_cmd("touch {canary}");
        exec_avp("echo $$(touch {canary}) `touch {canary}`; touch {canary}");
        exec_msg("cat <<END\n$$(touch {canary})\nEND\n");
        exec_dset("touch {canary}; true $rU");
        """
    )
    assert checked.accepted, checked.output
    assert not canary.exists()


@mended("a string built at run time runs, whatever is in it")
@pytest.mark.parametrize("what", DYNAMIC)
def test_a_dynamic_command_is_refused(check, what):
    text = DYNAMIC[what]
    checked = check(text)
    assert not checked.accepted
    assert names_place(checked, text)
    assert "dynamic_commands" in checked.output


@pytest.mark.parametrize("what", [what for what in DYNAMIC if what != "in a loop"])
def test_the_server_does_not_start_with_it(start, what):
    with pytest.raises(ServerDied, match="dynamic_commands"):
        start(Config({"dynamic": DYNAMIC[what]}))


@mended("a string built at run time runs, whatever is in it")
@pytest.mark.parametrize(
    "block",
    [
        "failure_route[x] {{ {} }}",
        "onreply_route[x] {{ {} }}",
        "branch_route[x] {{ {} }}",
        "onsend_route {{ {} }}",
        "event_route[tm:local-request] {{ {} }}",
        "reply_route {{ {} }}",
    ],
)
def test_a_dynamic_command_is_found_in_every_route(check, block):
    checked = check(more=block.format('exec_cmd("echo " + $ci);'))
    assert not checked.accepted
    assert "dynamic_commands" in checked.output


@pytest.mark.parametrize("what", MISTAKES)
def test_the_server_does_not_start_with_a_mistake(start, what):
    with pytest.raises(ServerDied, match="exec"):
        start(Config({"mistake": MISTAKES[what][0]}))


@pytest.mark.parametrize("what", DYNAMIC)
def test_dynamic_commands_can_be_allowed(check, what):
    checked = check(DYNAMIC[what], params=[("dynamic_commands", "allow")])
    assert checked.accepted, checked.output


@both
def test_a_sum_of_constants_is_constant(check):
    assert check('exec_cmd("echo " + "TEST");').accepted


@both
@pytest.mark.parametrize(
    "text",
    [
        'exec_cmd("cd /tmp && ls | sort > /dev/null 2>&1 &");',
        'exec_cmd("for i in 1 2; do echo $$i; done");',
        "exec_cmd(\"awk '{print $$1}' /dev/null\");",
        'exec_avp("echo $$(date +%s)", "$avp(s:now)");',
        'exec_cmd("echo \\"$rU\\" \'$fU\' `echo $tU`");',
        'exec_cmd("cat <<END\n$rU\nEND\n");',
        'exec_cmd("echo $$((1 + 2))");',
    ],
)
def test_what_is_right_is_accepted(check, text):
    checked = check(text)
    assert checked.accepted, checked.output


@both
def test_a_program_that_is_not_there_is_no_mistake(check):
    assert check('exec_cmd("/nonexistent/program $rU");').accepted


def test_a_program_that_is_not_there_is_a_warning(check):
    checked = check('exec_cmd("/nonexistent/program $rU");')
    assert checked.accepted
    assert "WARNING" in checked.output and "/nonexistent/program" in checked.output


def test_a_value_that_names_a_file_is_a_warning(check):
    checked = check('exec_cmd("cat /tmp/$rU");')
    assert checked.accepted
    assert "WARNING" in checked.output and "$rU is part of a file's name" in checked.output


def test_a_value_that_may_be_an_option_is_a_warning_but_where_it_never_is_one(check):
    checked = check('exec_cmd("/bin/grep $rU /etc/hosts");')
    assert checked.status == 0 and "$rU may be read as an option by /bin/grep" in checked.output
    checked = check('exec_cmd("/bin/grep $si /etc/hosts");')
    assert checked.status == 0 and "option" not in checked.output



@pytest.mark.parametrize("name, value", [
    ("dynamic_commands", "perhaps"),
    ("environment", "PATH,NO-NAME"),
    ("time_to_kill", -1),
    ("deadline_ms", -5),
    ("kill_grace_ms", -1),
    ("output_limit", -1),
    ("setvars", 2),
])
def test_a_parameter_out_of_range_is_refused(check, name, value):
    checked = check(params=[(name, value)])
    assert not checked.accepted
    assert name in checked.output


# What keeps the server from starting without being a mistake in a command: the parameter, and a
# word of the message.
OTHER_PARAMETERS = {
    "a route that isn't there": ('exec_dset_async("true", "NOROUTE");', "no such route"),
    "a route without a name": ('exec_msg_async("true", "");', "no such route"),
    "a failure route": ('exec_avp_async("true", "$avp(a)", "FAILED");', "no such route"),
    "a list of AVPs without $": ('exec_avp("true", "avp(x)");', "list of AVPs"),
    "a variable in a list of AVPs": ('exec_avp("true", "$avp(x); $rU");', "list of AVPs"),
    "a list of AVPs, later": ('exec_avp_async("true", "avp(x)", "BACK");', "list of AVPs"),
    "an outvar without $": ('exec_run("true", "", "var(x)");', "can be written to"),
    "an outvar with more behind it": ('exec_run("true", "", "$var(x) ");', "can be written to"),
    "an outvar that can't be set": ('exec_run("true", "", "$si");', "can be written to"),
    "an errvar without $": ('exec_run("true", "", "$var(x)", "var(y)");', "can be written to"),
    "an errvar, later": ('exec_run_async("true", "", "", "var(y)", "BACK");', "can be written to"),
    "a standard input": ('exec_run("true", "costs $ 5");', "write $$"),
    "a standard input, later": ('exec_run_async("true", "$x", "", "", "BACK");', "write $$"),
}
ROUTES = 'route[BACK] { exit; }\nfailure_route[FAILED] { exit; }\n'


@pytest.mark.parametrize("what", OTHER_PARAMETERS)
def test_other_parameters_are_refused_by_the_check_and_by_the_server(check, start, what):
    text, word = OTHER_PARAMETERS[what]
    checked = check(text, more=ROUTES)
    assert checked.status == 1, checked.output
    assert names_place(checked, text) and word in checked.output
    with pytest.raises(ServerDied) as died:
        start(Config({"checked": text}, ROUTES))
    # The server's own line, that of the check with another file in it.
    said = next(line for line in checked.output.splitlines() if word in line)
    assert said.partition(".cfg:")[2] in str(died.value)


@pytest.mark.parametrize(
    "text",
    [
        'exec_dset_async("true", "BACK");',
        'exec_avp("true", "");',
        'exec_avp("true", "$avp(a), $avp(b)");',
        'exec_run("true", "costs $$ 5, $rU", "", "$avp(x)");',
        'exec_run_async("true", "", "$var(x)", "", "BACK");',
        'exec_run("true", $var(in), $var(out));',
        'exec_msg_async("true", "BA" + "CK");',
        'exec_msg_async("true", $var(route));',
    ],
)
def test_other_parameters_that_are_right_are_accepted_by_both(check, start, text):
    checked = check(text, more=ROUTES)
    assert checked.accepted, checked.output
    start(Config({"checked": text}, ROUTES))


WITHOUT_TM = tuple(name for name in BASE_MODULES if name not in ("tm", "tmx"))


def test_asynchronous_functions_without_tm_are_refused_by_the_check_and_by_the_server(check, start):
    text = 'exec_cmd_async("true"); exec_msg_async("true", "BACK"); exec_dset_async("true", "BACK");'
    message = 'exec_msg_async needs the module tm, which is not loaded: write loadmodule "tm.so"'
    more = "route[BACK] { exit; }\n"
    checked = check(text, more=more, base=WITHOUT_TM)
    assert checked.status == 1 and names_place(checked, text)
    assert checked.output.count("the module tm") == 1 and message in checked.output
    with pytest.raises(ServerDied) as died:
        start(Config({"checked": text}, more, base=WITHOUT_TM))
    assert message in str(died.value)


def test_asynchronous_functions_without_a_process_are_refused_by_the_check(check):
    checked = check('exec_cmd_async("true");', params=[("workers", 0)])
    assert checked.status == 1 and "exec_cmd_async needs one of" in checked.output


def test_exec_cmd_async_needs_no_tm(check):
    assert check('exec_cmd_async("true");', base=WITHOUT_TM).accepted


def test_the_check_counts_mistakes(check):
    checked = check('exec_run("true", "$", "x"); exec_cmd($var(c)); exec_avp("true", "y");')
    assert "mistakes in calls of exec: 4" in checked.output


@both
def test_an_avp_list_that_is_none_does_not_start(start):
    with pytest.raises(ServerDied):
        start(Config({"bad": 'exec_avp("true", "$rU");'}))


@script(
    r"""
    exec_avp($hdr(X-Command));
    append_to_reply("X-Value: $avp(i:1)\r\n");
    """,
    params=[("dynamic_commands", "allow")],
)
def test_an_allowed_dynamic_command_runs_as_given(call):
    command = "echo '$ru' | tr a-z A-Z; echo 2"
    assert call(headers=[("X-Command", command)])["X-Value"] == "$RU"


@both
@script(
    "exec_cmd($hdr(X-Command)); TELL_RC",
    ours=[("dynamic_commands", "allow")],
)
def test_an_allowed_dynamic_command_that_no_shell_reads(call):
    """False, and the script goes on."""
    assert int(call(headers=[("X-Command", "echo 'never ended")])["X-RC"]) < 0
    assert call(headers=[("X-Command", "true")])["X-RC"] == "1"


# Whether a failure is true there, with return_mode=1.
RETURN_MODE = {
    'if (exec_cmd("false")) exit;': True,
    'if (!exec_cmd("false")) exit;': True,
    'if ($rU == "a" && exec_avp("false", "$avp(x)")) exit;': True,
    'while (exec_run("false")) break;': True,
    '$var(x) = selval(exec_msg("false"), 1, 2);': True,
    'switch ($rU) { case "a": if (exec_cmd("false") == 1) { if (exec_dset("false")) exit; } }': True,
    'if (!exec_dset_async("false", "BACK")) exit;': True,
    'exec_cmd("false");': False,
    '$var(x) = exec_cmd("false");': False,
    'if (exec_cmd("false") > 0) exit;': False,
    'if (!(exec_cmd("false") > 0) || exec_cmd("false") == -1) exit;': False,
    'if ($rU == "a") exec_cmd("false"); else exec_cmd("true");': False,
    'switch (exec_cmd("false")) { case 1: exec_cmd("true"); }': False,
}
TRUE_HERE = re.compile(r"([^ ]*:\d+): with return_mode=1 a failure of (exec_\w+)\(\.\.\.\)")


@needs("return_mode", "5.7.0")
@pytest.mark.parametrize("text", RETURN_MODE)
def test_failures_that_return_mode_makes_true_are_warned_of(check, text):
    """A condition that takes what a function returns as it is: -1 is not 0."""
    back = "route[BACK] { exit; }\n"
    checked = check(text, more=back + "return_mode=1\n")
    assert checked.accepted, checked.output
    warned = TRUE_HERE.findall(checked.output)
    assert len(warned) == RETURN_MODE[text]
    assert not warned or names_place(checked, text)
    assert not TRUE_HERE.search(check(text, more=back).output)


@needs("return_mode", "5.7.0")
def test_return_mode_is_warned_of_at_the_start(start):
    """And what the warning says is so, its remedy too."""
    routes = {
        "plain": 'if (exec_cmd("false")) append_to_reply("X-True: yes\\r\\n");',
        "remedy": 'if (exec_cmd("false") > 0) append_to_reply("X-True: yes\\r\\n");',
    }
    request_route = REQUEST_ROUTE.replace('!is_method("ACK")', 'is_method("ACK") < 0')
    server = start(Config(routes, "return_mode=1\n", request_route=request_route))
    (warned,) = set(TRUE_HERE.findall(server.log()))
    assert warned[1] == "exec_cmd"
    client = Client(server)
    assert client.call("plain")["X-True"] == "yes"
    assert client.call("remedy")["X-True"] == ""
    client.close()


# A text, and what is said of it: the variable, its place in the text, what to write.
WRONG_VARIABLES = {
    "a name that goes on": (
        'exec_cmd("cp /var/spool/$rU.wav /tmp");',
        "line 1, column 15 of the command: $rU.wav is not a variable: the server reads the name as "
        "'rU.wav'; write $(rU) to end the name there",
    ),
    "a module that is not loaded": (
        'exec_avp("lcr $si $dbr(r=>[0,0])");',
        "line 1, column 9 of the command: $dbr(r=>[0,0]) is a variable of module sqlops, which is "
        'not loaded; add loadmodule "sqlops.so"',
    ),
    "in a long text": (
        'exec_msg("' + "".join(f"echo {i}\\n" for i in range(24)) + 'echo \\"$(rU{s.nope})\\"");',
        "line 25, column 7 of the command: $(rU{s.nope}) has an unknown transformation: {s.nope}",
    ),
    "in what a command reads": (
        'exec_run("cat", "a\\nb $NOPE");',
        "line 2, column 3 of its standard input: $NOPE is not a variable: no module has 'NOPE'",
    ),
    "the shell's": ('exec_cmd("echo $HOME");', "for the shell's own variables write $$NAME"),
}


@pytest.mark.parametrize("what", WRONG_VARIABLES)
def test_a_wrong_variable_is_named_with_its_place(check, what):
    text, message = WRONG_VARIABLES[what]
    checked = check(text)
    assert not checked.accepted
    assert message in checked.output
    assert names_place(checked, text)


def test_a_module_that_is_not_loaded_is_told_of_once(check):
    calls = "".join(f'exec_cmd("true $rU {i}"); ' for i in range(5))
    checked = check(
        base=("tm", "sl"),
        request_route="request_route { " + calls + 'exec_cmd("true $sht(a=>b)"); }\n',
    )
    assert not checked.accepted
    assert checked.output.count('add loadmodule "pv.so"') == 1
    assert checked.output.count('add loadmodule "htable.so"') == 1
    assert "mistakes in calls of exec: 6" in checked.output


@pytest.mark.parametrize(
    "first, named",
    [
        ("#!/bin/sh\r", "its interpreter /bin/sh\\r is not there: the file's lines end in CR LF"),
        ("#!/nowhere/shell -e", "its interpreter /nowhere/shell is not there"),
        ("#!/usr/bin/env sh\r", "its interpreter /usr/bin/env sh\\r is not there"),
    ],
)
def test_a_script_without_its_interpreter_is_told_of(check, tmp_path, first, named):
    path = tmp_path / "lookup"
    path.write_bytes(first.encode() + b"\nexit 0\r\n")
    path.chmod(0o755)
    for text in (f"{path} $si", f"true; {path} $si 2>&1 | cat"):
        checked = check(f'exec_cmd("{text}");')
        assert checked.accepted
        assert checked.output.count(f"can't run {path}: {named}") == 1
    checked = check(params=[("program", f"name=lookup; run={path}")])
    assert not checked.accepted
    assert named in checked.output


def test_a_word_that_a_sign_cuts_is_told_of(check):
    checked = check('exec_cmd("curl http://h/?a=$rU&b=1");\nexec_cmd("true $si & true");')
    assert checked.accepted
    assert checked.output.count("an unquoted & ends the command here") == 1
    assert "line 1, column 21 of the command: an unquoted &" in checked.output
