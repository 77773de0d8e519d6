# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints what happens: what came in, what ran, what became of it. Coloured on a terminal only."""

import os
import sys

_COLOURS = {"title": "1;36", "good": "1;32", "bad": "1;31", "label": "1", "faint": "2"}
_LEVEL = 10  # columns before the text of a line


def _coloured(text, colour):
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    return f"\033[{_COLOURS[colour]}m{text}\033[0m"


def printable(text: str) -> str:
    """What callers send must not reach the terminal as control bytes."""
    return "".join(
        c if c.isprintable() and c.isascii() else c.encode("unicode_escape").decode() for c in text
    )


def log(text: str) -> None:
    """Lines of somebody else's, below each other."""
    for one in text.splitlines():
        line("  " + printable(one))


def line(text="") -> None:
    print(text, flush=True)


def title(number: int, text: str) -> None:
    line()
    line(_coloured(f"{number}  {text}", "title"))


def _entry(label, text):
    line(_coloured(f"   {label:<{_LEVEL - 3}}", "label") + printable(text))


def _detail(text):
    line(" " * (_LEVEL + 2) + _coloured(printable(text), "faint"))


def _headers(message, names):
    for name in names:
        for value in message.all(name):
            _detail(f"{name}: {value}")


def incoming(request, *names) -> None:
    """The request line, its headers of these names, and the body."""
    _entry("in", request.first_line)
    _headers(request, ("From", *names))
    if request.body:
        for text in request.body.decode(errors="replace").splitlines():
            _detail(text)


def ran(run, *names) -> None:
    """The program, its arguments one by one, and its SIP_* variables of these names."""
    _entry("ran", run.program)
    for number, argument in enumerate(run.arguments, 1):
        _detail(f"${number}  {argument}")
    for name in names:
        _detail(f"{name}={run.variables.get(name, '')}")
    others = len(run.variables) - len(names)
    if others > 0:
        _detail(f"({others} more variables SIP_*)" if names else f"({others} variables SIP_*)")


def tried(name, request, status, *names) -> None:
    _entry("tried", f"{name}: {request.uri} answered {status}")
    _headers(request, names)


def reply(exchange, *names) -> None:
    _entry("reply", f"{exchange.reply.first_line}  ({exchange.seconds * 1000:.0f} ms)")
    _headers(exchange.reply, names)


def verdict(good: bool, text: str) -> None:
    mark = _coloured("ok", "good") if good else _coloured("WRONG", "bad")
    line(f"   {mark}{' ' * (_LEVEL - 3 - (2 if good else 5))}{printable(text)}")


def closing(good: bool, text: str) -> None:
    line()
    line(_coloured(text, "good" if good else "bad"))
