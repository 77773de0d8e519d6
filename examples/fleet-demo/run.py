#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`make fleet-demo`: Kamailio, its kamexecd, nats-server and three worker hosts on 127.0.0.1, under SIP calls that
don't stop; what happens to them when hosts die, freeze and change. About a minute.

Ends with status 0 only if every scene ended as it should and no call failed.
"""

import argparse
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "demo"))

import borrowed  # noqa: E402
import show  # noqa: E402
from scenes import SCENES  # noqa: E402
from traffic import Traffic  # noqa: E402
from world import World  # noqa: E402

RATE = 40  # calls a second
LONGEST_SECONDS = 300  # on a machine with other work


class Stage:
    """What a scene works with. `pace`: how long a second of a scene takes, in seconds."""

    def __init__(self, world: World, traffic: Traffic, pace: float):
        self.world, self._traffic, self._pace = world, traffic, pace
        self.wrong = []

    def check(self, good: bool, text: str) -> None:
        show.verdict(good, text)
        if not good:
            self.wrong.append(text)

    def note(self, text: str) -> None:
        show.line(f"   {text}")

    def take(self) -> dict:
        return self._traffic.take()[0]

    def watch(self, seconds: int) -> dict:
        """Shows who answers, every second; gives all of it."""
        total = {}
        for _ in range(seconds):
            time.sleep(self._pace)
            seen, longest = self._traffic.take()
            shown = "   ".join(f"{who}: {count}" for who, count in sorted(seen.items()))
            show.line(f"   {sum(seen.values()):4} calls   {shown}   (longest {1000 * longest:.0f} ms)")
            for who, count in seen.items():
                total[who] = total.get(who, 0) + count
        return total

    def watch_for(self, who: str, seconds: int) -> dict:
        """The same, and longer until `who` has answered."""
        seen = self.watch(seconds)
        end = time.monotonic() + 20
        while who not in seen and time.monotonic() < end:
            seen |= self.watch(1)
        return seen


class _Ended(Exception):
    """A signal asks for the end."""


def _end_on_signals() -> None:
    def end(number, _frame):
        raise _Ended("it took too long" if number == signal.SIGALRM else signal.Signals(number).name)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, end)
    signal.alarm(LONGEST_SECONDS)


def _missing(module: Path) -> str:
    if borrowed.paths.KAMAILIO is None:
        return "there is no kamailio here; on Debian: apt-get install kamailio"
    if borrowed.harness_module("nats").NATS_SERVER is None:
        return "there is no nats-server here; on Debian: apt-get install nats-server"
    for path in (module, module.with_name("kamexecd")):
        if not path.is_file():
            return f"there is no {path}: `make build` makes it"
    return ""


def _demonstrate(module: Path, pace: float) -> list:
    """Plays everything; returns what was wrong."""
    with World(module) as world:
        show.line(f"Kamailio on 127.0.0.1:{world.server.port}, NATS on {world.nats.url}, worker hosts a, b, c")
        with Traffic(world.server, RATE) as traffic:
            stage = Stage(world, traffic, pace)
            for number, scene in enumerate(SCENES, 1):
                show.title(number, scene.__doc__)
                failed = traffic.wrong.total()
                scene(stage)
                stage.check(traffic.wrong.total() == failed, "no call has failed")
        if traffic.wrong:
            stage.wrong.append(f"calls failed: {dict(traffic.wrong)}")
        return stage.wrong


def main() -> int:
    words = argparse.ArgumentParser(description="Shows a fleet at work, and in trouble.")
    words.add_argument("--module", type=Path, required=True, help="path of exec.so, with kamexecd beside it")
    words.add_argument("--pace", type=float, default=1.0, help="how long a second takes")
    given = words.parse_args()
    module = given.module.resolve()
    missing = _missing(module)
    if missing:
        print(f"fleet-demo: {missing}", file=sys.stderr)
        return 1
    try:
        _end_on_signals()
        wrong = _demonstrate(module, given.pace)
    except (borrowed.HarnessError, OSError, _Ended) as error:
        print(f"fleet-demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if wrong:
        show.closing(False, f"{len(wrong)} of the checks failed:")
        for text in wrong:
            show.line(f"  {show.printable(text)}")
        return 1
    show.closing(True, f"{len(SCENES)} scenes, all checks passed, no call failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
