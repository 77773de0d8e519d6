# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenes: what happens to a fleet while calls go on. The documentation of each is its title."""

import os
import signal


def three_hosts(stage):
    """Three worker hosts share the calls; nobody has configured who they are"""
    seen = stage.watch(4)
    stage.check(set(seen) == {"a 1.0", "b 1.0", "c 1.0"}, "a, b and c have answered, and nobody else")


def killed(stage):
    """Worker host b is killed: kill -9, as if its power had failed"""
    stage.world.workers["b"].kill9()
    stage.take()
    seen = stage.watch(6)
    stage.check(set(seen) == {"a 1.0", "c 1.0"}, "the others answer, also what b had when it was killed")
    stage.note("b comes back by itself, as systemd would have it")
    stage.world.workers["b"].start()
    seen = stage.watch_for("b 1.0", 3)
    stage.check("b 1.0" in seen, "b answers again; no other host was told")


def frozen(stage):
    """Worker host c freezes: its connection to NATS stays, and it answers nothing (SIGSTOP)"""
    pid = stage.world.workers["c"].pid
    os.kill(pid, signal.SIGSTOP)
    stage.note("NATS knows nothing of it, and gives it a third of the calls. @lcr has idempotent = yes: after")
    stage.note("hedge = 200ms the SIP host's daemon asks another one directly")
    try:
        stage.watch(1)
        stage.take()
        seen = stage.watch(6)
    finally:
        os.kill(pid, signal.SIGCONT)
    stage.check(set(seen) == {"a 1.0", "b 1.0"}, "a and b have answered all of them")


def nats_restarted(stage):
    """NATS is killed, and comes back after two seconds"""
    stage.watch(1)
    stage.world.nats.kill9()
    stage.take()
    seen = stage.watch(2)
    stage.check(
        "default (-3 not-started)" in seen, "calls return -3 at once; the script takes its default gateway"
    )
    stage.world.nats.start()
    stage.note("NATS is back")
    stage.watch_for("a 1.0", 5)
    stage.take()
    seen = stage.watch(3)
    stage.check(
        set(seen) == {"a 1.0", "b 1.0", "c 1.0"}, "all daemons have connected again; all hosts answer"
    )


def rolled_out(stage):
    """Version 2.0 is rolled out, host by host: a new daemon starts, then the old one ends"""
    for name in "abc":
        old = stage.world.workers[name]
        stage.world.workers[name] = stage.world.worker(name, "2.0")
        status = old.end()
        stage.note(f"{name} has 2.0; its old daemon has finished what it had, and ended with status {status}")
        seen = stage.watch(2)
        stage.check(all(who[0] in "abc" for who in seen), "every call was answered by a worker host")
    stage.take()
    seen = stage.watch(3)
    stage.check(set(seen) == {"a 2.0", "b 2.0", "c 2.0"}, "all calls are answered by version 2.0")


SCENES = (three_hosts, killed, frozen, nats_restarted, rolled_out)
