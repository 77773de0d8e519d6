# SPDX-License-Identifier: GPL-2.0-or-later
"""`kamailio -c` of a configuration that is bad for the server's own reasons: the server says so, with
its own status, whichever exec module is loaded; and what this one has found is said as well."""

import random

import pytest

from harness import check as checking
from harness.config import Config
from harness.paths import OURS, STOCK
from harness.version import has_change

# From 5.7 on the parser ends the server at the first error, and from 5.8 on so that no module can say
# anything, unless it is told to go on.
GO_ON = ("--all-errors",) if has_change("5.7.0") else ()

# Every kind of route and of statement, with calls in them; nothing in it has to be changed.
GOOD = Config(
    routes={
        "calls": """
            if (is_method("REGISTER") && !exec_msg("/bin/cat > /dev/null")) { exit; }
            while ($var(i) < 3) { exec_avp("date -u", "$avp(s:a)"); $var(i) = $var(i) + 1; }
            switch ($si) {
                case "127.0.0.1": exec_cmd("/bin/true"); break;
                default: exec_dset("echo sip:a@127.0.0.1");
            }
            exec_cmd("/bin/echo " + "constant");
            if (exec_avp("date") > 0 or exec_cmd("/bin/true")) { xlog("done $avp(1)\\n"); }
            t_on_failure("failed");
        """
    },
    more="""
        failure_route[failed] { exec_cmd("logger failed"); }
        onreply_route[reply] { exec_cmd("date"); }
        branch_route[branch] { exec_cmd("date"); }
        onsend_route { exec_cmd("date"); }
        event_route[tm:local-request] { exec_cmd("date"); }
    """,
    modparams='modparam("tm", "fr_timer", 5000)\n',
)

# What is put in place of what. An empty first text: at the end.
ERRORS = {
    "a brace that is missing": ("exit; }", "exit;"),
    "a brace too many": ("", "}\n"),
    "a bracket that is missing": ('exec_cmd("/bin/true");', 'exec_cmd("/bin/true";'),
    "a semicolon that is missing": ('exec_cmd("/bin/true");', 'exec_cmd("/bin/true")'),
    "a string without end": ('exec_cmd("/bin/true");', 'exec_cmd("/bin/true);'),
    "a number where a text belongs": ('listen=udp:', "listen=5060 "),
    "a parameter that the module doesn't have": ("", 'modparam("exec", "nosuch", 1)\n'),
    "a parameter that another module doesn't have": ("", 'modparam("tm", "nosuch", 1)\n'),
    "a parameter of a module that isn't loaded": ("", 'modparam("nosuch", "x", 1)\n'),
    "a parameter of the wrong type": ("", 'modparam("exec", "setvars", "on")\n'),
    "a module that isn't there": ("", 'loadmodule "nosuch.so"\n'),
    "a module that a later one needs": ('loadmodule "tm.so"\n', ""),
    "the module of the variables": ('loadmodule "pv.so"\n', 'loadmodule "nosuch.so"\n'),
    "a file that isn't there": ("", 'include_file "/nonexistent/x.cfg"\n'),
    "a function that isn't there": ("", "route[x] { nosuch(); }\n"),
    "a function in the wrong route": ("", 'onreply_route[x] { exec_dset("date"); }\n'),
    "too many parameters": ("", 'route[x] { exec_cmd("a", "b", "c"); }\n'),
    "no parameter": ("", "route[x] { exec_cmd(); }\n"),
    "a function in a parameter": ("", 'route[x] { exec_cmd(exec_cmd("date")); }\n'),
    "a variable that isn't there": ("", 'route[x] { $nosuch(a) = 1; }\n'),
    "an assignment to what can't be set": ("", 'route[x] { $rm = 1; }\n'),
    "an #!endif too many": ("", "#!endif\n"),
    "an #!ifdef without end": ("", "#!ifdef X\n"),
    "a name with a minus": ("", "#!define A-B 1\n"),
    "a setting that isn't there": ("", "nosuch_setting=1\n"),
    "an address that isn't this machine's": ("", "listen=udp:256.1.1.1:5060\n"),
    "a user who isn't there": ("", 'user="nosuch-user"\n'),
    "an else without an if": ("", "route[x] { else { exit; } }\n"),
    "a switch without end": ("", 'route[x] { switch ($si) { case "a": exec_cmd("date"); }\n'),
    "a break outside a loop": ("", "route[x] { break; }\n"),
    "a route without a name": ("", 'route[] { exec_cmd("date"); }\n'),
    "an operator without a value": ("", 'route[x] { if (exec_cmd("date") && ) exit; }\n'),
    "a name in place of a call": ("", 'route[x] { exec_cmd; exec_avp("date"); }\n'),
    "a name in place of another's call": ("", "route[x] { if (is_method) { xlog; } }\n"),
    "bytes that are no text": ("", "\x01\x02 \x7f\n"),
}


def written(directory, module, error) -> str:
    text = GOOD.write(directory, 5060, module, {"dir": directory, "port": 5060}).read_text()
    old, new = error
    assert old in text
    return text.replace(old, new, 1) if old else text + new


def checked(directory, text, arguments=()):
    path = directory / "changed.cfg"
    path.write_text(text)
    return checking.check_file(path, directory, arguments)


def said_by_the_server(output: str) -> list[str]:
    """Its complaints, without the process number."""
    return [
        line.partition(") ")[2]
        for line in output.splitlines()
        if "CRITICAL: <core>" in line or "ERROR: <core>" in line
    ]


def test_the_good_one_is_good(tmp_path):
    for module in (OURS, STOCK):
        result = checked(tmp_path, written(tmp_path, module, ("", "")))
        assert result.accepted, result.output


@pytest.mark.parametrize("arguments", [(), GO_ON] if GO_ON else [()])
@pytest.mark.parametrize("what", ERRORS)
def test_an_error_of_the_servers_ends_as_it_does_with_the_stock_module(tmp_path, what, arguments):
    ours = checked(tmp_path, written(tmp_path, OURS, ERRORS[what]), arguments)
    stock = checked(tmp_path, written(tmp_path, STOCK, ERRORS[what]), arguments)
    assert ours.status == stock.status, ours.output
    heard = iter(said_by_the_server(ours.output))
    for line in said_by_the_server(stock.output):
        assert line in heard, ours.output


def changed(text: str, chance: random.Random) -> str:
    """One line, some lines or a character left out, or a character put in, or the end cut off."""
    lines = text.splitlines(keepends=True)
    line, at = chance.randrange(len(lines)), chance.randrange(len(text))
    some = line + chance.randrange(2, 6)
    return chance.choice(
        [
            "".join(lines[:line] + lines[line + 1 :]),
            "".join(lines[:line] + lines[some:]),
            text[:at] + text[at + 1 :],
            text[:at] + chance.choice("{}()\"';#!,$=@") + text[at:],
            text[:at],
        ]
    )


@pytest.mark.parametrize("seed", range(60))
def test_a_configuration_with_damage_ends_as_it_does_with_the_stock_module(tmp_path, seed):
    whole = written(tmp_path, "@module@", ("", ""))
    text = changed(whole, random.Random(seed))
    ours = checked(tmp_path, text.replace("@module@", str(OURS)))
    stock = checked(tmp_path, text.replace("@module@", str(STOCK)))
    # What is bad for the server is bad; what is good for it may be bad for this module.
    assert ours.status == stock.status or (stock.status == 0 and ours.status == 1), ours.output


@pytest.mark.parametrize(
    "error",
    [
        "a parameter of a module that isn't loaded",
        "a module that isn't there",
        "a function that isn't there",
        "an #!endif too many",
        "a user who isn't there",
        "a file that isn't there",
    ],
)
def test_what_was_found_is_said_beside_an_error_of_the_servers(tmp_path, error):
    if error == "a file that isn't there" and has_change("5.8.0"):
        pytest.skip(
            "from Kamailio 5.8.0 on the server exits at such an error "
            "before its modules can report anything"
        )
    mistake = 'exec_cmd("echo " + $ci);'
    text = written(tmp_path, OURS, ("t_on_failure", mistake + " t_on_failure"))
    old, new = ERRORS[error]
    result = checked(tmp_path, text.replace(old, new, 1) if old else text + new, GO_ON)
    assert result.status == 255, result.output
    line = text.partition(mistake)[0].count("\n") + 1
    assert f"{result.config}:{line}: exec_cmd has a command that is built at run time" in result.output
    assert result.output.count("built at run time") == 1


@pytest.mark.parametrize("more", [(), ("--atexit=yes",), ("--atexit=no",), ("-c",), ("-T",)])
def test_a_mistake_is_found_however_the_check_is_asked_for(tmp_path, more):
    text = written(tmp_path, OURS, ("", 'route[x] { exec_cmd("echo " + $ci); }\n'))
    result = checked(tmp_path, text, more)
    assert result.status == 1 and "built at run time" in result.output, result.output


def test_a_file_that_is_included_twice(tmp_path):
    included = tmp_path / "included.cfg"
    included.write_text('exec_cmd("echo " + $ci);\n')
    twice = f'route[x] {{\ninclude_file "{included}"\ninclude_file "{included}"\n}}\n'
    result = checked(tmp_path, written(tmp_path, OURS, ("", twice)))
    assert result.status == 1
    assert result.output.count(f"{included}:1: exec_cmd has a command") == 2


def test_a_module_that_sets_the_hook_itself(tmp_path):
    """systemdops takes the hook for its own: what was read is then not looked at, and nothing else
    becomes of it."""
    if not (STOCK.parent / "systemdops.so").exists():
        pytest.skip("the module systemdops is not installed")
    error = ("", 'loadmodule "systemdops.so"\nroute[x] { nosuch(); }\n')
    assert checked(tmp_path, written(tmp_path, OURS, error), GO_ON).status == 255
