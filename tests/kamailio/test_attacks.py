# SPDX-License-Identifier: GPL-2.0-or-later
"""Published attacks on configurations with no defence of their own.

The first is the proof of concept of "Kamailio's exec module considered harmful" (Enable Security,
2023): the R-URI's user is `$SIP_HF_COMMAND` in backquotes and a header Command holds the command.
The others break out of each kind of shell quoting that people write. Each makes a canary file where
it works, as it does with the distribution's module.
"""

import time

import pytest

from harness import mended, script

UNCHECKED = "what a caller sends is pasted into the shell's text"

# A header can hold spaces, quotes and slashes, which a R-URI can't.
TOUCH = "touch {canary}"


def left_a_canary(server, name) -> bool:
    """Commands run in the foreground: when the reply is here, the canary is, or never will be. The
    short wait is for what an attack puts into the background."""
    canary = server.directory / name
    for _ in range(5):
        if canary.exists():
            return True
        time.sleep(0.01)
    return False


def command(server, name):
    return TOUCH.format(canary=server.directory / name)


@mended(UNCHECKED)
@script('exec_msg("echo TEST >> @dir@/$(rU).txt");')
def test_the_published_attack(call, server):
    call(uri="sip:`$SIP_HF_COMMAND`@127.0.0.1", headers=[("Command", command(server, "poc"))],
         method="INVITE")
    assert not left_a_canary(server, "poc")


# Where the user part of the R-URI stands in the text, and what breaks out of there.
BY_USER = {
    "unquoted": (
        "echo $rU",
        [
            "`$SIP_HF_CMD`",
            "$($SIP_HF_CMD)",
            "x;$SIP_HF_CMD",
            "x|$SIP_HF_CMD",
            "x&$SIP_HF_CMD",
            "x&&$SIP_HF_CMD;",
        ],
    ),
    "double": ('echo \\"$rU\\"', ["`$SIP_HF_CMD`", "$($SIP_HF_CMD)"]),
    "single": ("echo '$rU'", ["'`$SIP_HF_CMD`'", "';$SIP_HF_CMD;'"]),
    "substitution": (
        "echo $$(echo $rU)",
        ["`$SIP_HF_CMD`", "x;$SIP_HF_CMD", "x);$SIP_HF_CMD;$(true"],
    ),
    "backquotes": (
        "echo `echo $rU`",
        ["$($SIP_HF_CMD)", "x;$SIP_HF_CMD", "x`;$SIP_HF_CMD;`true"],
    ),
    "document": ("cat <<END\n$rU\nEND\n", ["`$SIP_HF_CMD`", "$($SIP_HF_CMD)"]),
    "assignment": ("who=$rU; echo $$who", ["`$SIP_HF_CMD`", "x;$SIP_HF_CMD"]),
    "pattern": ("case x in $rU) ;; esac", ["`$SIP_HF_CMD`", "*)$SIP_HF_CMD;;y"]),
    "redirection": ("echo > @dir@/$rU", ["`$SIP_HF_CMD`", "x;$SIP_HF_CMD"]),
    "default": ("echo $${nothing:-$rU}", ["`$SIP_HF_CMD`", "x};$SIP_HF_CMD;${y"]),
}

_SWITCH = "".join(
    f'case "{name}": exec_avp("{text}"); break;\n' for name, (text, _) in BY_USER.items()
)


@mended(UNCHECKED)
@pytest.mark.parametrize(
    "place, user", [(place, user) for place, (_, users) in BY_USER.items() for user in users]
)
@script(f"switch ($hdr(X-Place)) {{ {_SWITCH} }}")
def test_by_the_user_part(call, server, place, user):
    name = f"canary-{place}"
    (server.directory / name).unlink(missing_ok=True)
    call(uri=f"sip:{user}@127.0.0.1", headers=[("X-Place", place), ("Cmd", command(server, name))])
    assert not left_a_canary(server, name)


# The module's documentation: "the var needs to be placed inside quotes".
@mended(UNCHECKED)
@pytest.mark.parametrize("function", ["exec_msg", "exec_avp", "exec_cmd", "exec_dset"])
@script("""
    switch ($hdr(X-Function)) {
        case "exec_msg": exec_msg("true '$ct'"); break;
        case "exec_avp": exec_avp("true '$ct'"); break;
        case "exec_cmd": exec_cmd("true '$ct'"); break;
        case "exec_dset": exec_dset("true '$ct'"); break;
    }
""")
def test_by_the_contact(call, server, function):
    name = f"contact-{function}"
    contact = f'"\'; {command(server, name)}; \'" <sip:alice@example.com>'
    call(headers=[("Contact", contact), ("X-Function", function)])
    assert not left_a_canary(server, name)


@mended(UNCHECKED)
@script('exec_cmd("true $hdr(Subject)");')
def test_by_a_folded_header(call, server):
    """A fold brings a line end into the text: the next line is a command."""
    call(headers=[("Subject", f"hello\r\n {command(server, 'folded')}")])
    assert not left_a_canary(server, "folded")


@mended(UNCHECKED)
@script(r'exec_cmd("true \"$hdr(X-One)\" \"$hdr(X-Two)\"");')
def test_by_two_values_that_only_together_break_out(call, server):
    """The first value's backslash takes the closing quote; the second is outside of quotes then."""
    call(headers=[("X-One", "x\\"), ("X-Two", f'; {command(server, "two")}; "')])
    assert not left_a_canary(server, "two")


@mended("exec_dset puts the R-URI between quotes and leaves the quotes in it alone")
@pytest.mark.parametrize("user", ["x'`$SIP_HF_CMD`'", "';$SIP_HF_CMD;'", "'$($SIP_HF_CMD)'"])
@script('exec_dset("true");')
def test_by_the_uri_that_exec_dset_adds(call, server, user):
    (server.directory / "dset").unlink(missing_ok=True)
    call(uri=f"sip:{user}@127.0.0.1", headers=[("Cmd", command(server, "dset"))])
    assert not left_a_canary(server, "dset")


@mended("what the first call printed is pasted into the shell's text of the second")
@script("""
    exec_avp("echo $$SIP_HF_SUBJECT", "$avp(subject)");
    exec_cmd("echo $avp(subject)");
""")
def test_by_the_output_of_a_program(call, server):
    call(headers=[("Subject", f"$({command(server, 'second')})")])
    assert not left_a_canary(server, "second")


@mended("a string built at run time is parsed as a format again: a header's $ru is expanded")
@script(
    r"""
    $var(command) = "echo '" + $hdr(X-Said) + "'";
    exec_avp($var(command));
    append_to_reply("X-Heard: $avp(i:1)\r\n");
    """,
    ours=[("dynamic_commands", "allow")],
)
def test_a_value_is_never_a_format(call):
    assert call(headers=[("X-Said", "$ru$(hdr(Via))")])["X-Heard"] == "$ru$(hdr(Via))"
