#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`make run`: Kamailio with this module, real SIP requests, and what became of each.

Ends with status 0 only if every scene ended as it should. On a terminal the server goes on
afterwards, until Ctrl-C.
"""

import argparse
import signal
import sys
from pathlib import Path

import calls
import defence
import show
from borrowed import HarnessError, paths
from phone import Phone
from proxy import Proxy
from serve import serve
from stage import Stage, play

SCENES = (
    calls.gateway,
    calls.account,
    calls.message,
    calls.notification,
    defence.attack,
    defence.hung_program,
)
LONGEST_SECONDS = 120  # for all scenes, on a machine with other work


class _Ended(Exception):
    """A signal asks for the end."""


def _end_on_signals() -> None:
    def end(number, _frame):
        too_long = number == signal.SIGALRM
        raise _Ended("it took too long" if too_long else signal.Signals(number).name)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, end)
    signal.alarm(LONGEST_SECONDS)


def _missing(module: Path) -> str:
    if paths.KAMAILIO is None:
        return "there is no kamailio here; on Debian: apt-get install kamailio"
    if not module.is_file():
        return f"there is no module at {module}: `make build` makes it where Kamailio is installed"
    return ""


def _demonstrate(module: Path) -> list:
    """Plays everything; returns what was wrong."""
    with Proxy(module) as proxy:
        show.line(f"kamailio with {module}, on 127.0.0.1:{proxy.server.port}")
        with Phone(proxy.server) as phone:
            stage = Stage(proxy, phone)
            play(stage, SCENES)
        signal.alarm(0)
        if stage.wrong and not sys.stdout.isatty():
            show.line("\nthe end of the server's log:")
            show.log(proxy.server.log_tail())
        if sys.stdout.isatty():
            try:
                serve(proxy)
            except (KeyboardInterrupt, _Ended):
                show.line()
        return stage.wrong


def main() -> int:
    words = argparse.ArgumentParser(description="Shows the module at work in a real Kamailio.")
    words.add_argument("--module", type=Path, required=True, help="path of exec.so")
    module = words.parse_args().module.resolve()
    missing = _missing(module)
    if missing:
        print(f"demo: {missing}", file=sys.stderr)
        return 1
    try:
        _end_on_signals()
        wrong = _demonstrate(module)
    except (HarnessError, OSError, _Ended) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if wrong:
        show.closing(False, f"{len(wrong)} of the checks failed:")
        for text in wrong:
            show.line(f"  {show.printable(text)}")
        return 1
    show.closing(True, f"{len(SCENES)} scenes, all checks passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
