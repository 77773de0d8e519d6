# SPDX-License-Identifier: GPL-2.0-or-later
"""The module's own processes, as the server names them."""

import contextlib
import os
import signal


def job_processes(ask) -> list:
    """Their pids. `ask`: the server's RPC."""
    answer = ask("core.ps")
    return [pid for pid, name in zip(answer[::2], answer[1::2]) if name == "exec command runner"]


@contextlib.contextmanager
def held_up(ask):
    """While this lasts they do nothing; what is sent to them waits."""
    pids = job_processes(ask)
    assert pids, "the server has no process for asynchronous calls"
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield pids
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
