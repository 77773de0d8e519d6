# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenes: an attack, and a program that hangs."""

import re
from pathlib import Path

import show
from borrowed import processes


def attack(stage):
    """A published attack: shell text in the R-URI, in Subject and in From arrives as plain data"""
    canary = stage.proxy.directory / "pwned"
    user = "`$SIP_HF_COMMAND`"  # an R-URI has no spaces: the header carries the command
    caller = "';$SIP_HF_COMMAND;'"
    subject = f'$(touch {canary})"; touch {canary}; "'
    call = stage.phone.send(
        "INVITE",
        stage.uri(user),
        caller=caller,
        headers=[("Command", f"touch {canary}"), ("Subject", subject)],
    )
    show.incoming(call.request, "Command", "Subject")
    (looked_up,) = stage.ran("look-up")
    show.ran(looked_up, "SIP_USER", "SIP_HF_COMMAND")
    show.reply(call)
    as_sent = looked_up.arguments == ["--", user, subject, caller]
    stage.check(as_sent, "the program got the bytes unchanged")
    note = stage.proxy.directory / f"{user}.txt"
    stage.check(
        note.exists() and note.read_text() == "TEST\n",
        f"`echo TEST >> $DEMO_DIR/$(rU).txt` wrote to the file of exactly that name: {note.name}",
    )
    stage.check(call.reply.status == 404, "there is no such name: 404")
    stage.check(not canary.exists(), f"no part of it was run: there is no {canary}")


def hung_program(stage):
    """deadline_ms: a program that hangs is killed, and the caller gets a reply"""
    call = stage.phone.send("INVITE", stage.uri("0900123456"))
    show.incoming(call.request)
    (hung,) = stage.ran("premium-rate")
    show.ran(hung, "SIP_RURI")
    show.reply(call, "X-Exec", "Retry-After")
    told = re.fullmatch(r"deadline, rc -2, (\d+) us", call.reply["X-Exec"])
    stage.check(call.reply.status == 503, "the caller got a 503 and did not wait for ever")
    stage.check(
        told is not None and int(told[1]) >= 1_000_000, "$exec(...) gives the cause and the duration"
    )
    left = processes.wait_until_gone(lambda: _programs(stage.proxy.server), 2.0)
    names = ", ".join(processes.describe(pid) for pid in left) or "nothing"
    stage.check(not left, f"remaining processes of the program and its child: {names}")


def _programs(server) -> list:
    """What the server started and that still runs, its own processes left out."""
    return [pid for pid in server.started_processes() if _command(pid) not in ("kamailio", "")]


def _command(pid) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
