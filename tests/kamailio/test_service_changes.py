# SPDX-License-Identifier: GPL-2.0-or-later
"""A server under load while its daemon is reloaded, restarted and replaced: every call is answered, and
every program ran once."""

import threading
import time
from collections import Counter

import pytest

from harness.client import Client
from harness.config import Config
from harness.kamexecd import Kamexecd
from test_service import TELL

ROUTES = {
    "now": f'exec_avp("@note $hdr(Subject)", "$avp(x)"); {TELL}',
    "later": 'exec_avp_async("@note $hdr(Subject)", "$avp(x)", "BACK");',
}
BACK = f'route[BACK] {{ {TELL} t_reply("200", "Done"); }}'
CALLERS = 4


def programs(directory, version) -> dict:
    """Each run leaves a line with what it was asked."""
    text = f"run = /bin/sh -c 'echo \"$1\" >>{directory}/notes; echo \"$1\"' sh\ntimeout = 20s"
    return {"note": text, f"version{version}": "run = /bin/true"}


class Callers:
    """Callers without a pause; `replies`: of X-RC and the value, with counts."""

    def __init__(self, server):
        self.asked, self.wrong = [], Counter()
        self._ends, self._lock = threading.Event(), threading.Lock()
        self._threads = [
            threading.Thread(target=self._call, args=(server, number)) for number in range(CALLERS)
        ]
        for thread in self._threads:
            thread.start()

    def _call(self, server, number):
        client = Client(server)
        count = 0
        while not self._ends.is_set():
            count += 1
            name = f"n{number}x{count}"
            reply = client.call(("now", "later")[count % 2], headers=[("Subject", name)])
            with self._lock:
                self.asked.append(name)
                if (reply["X-RC"], reply["X-Value"]) != ("1 ok 0", name):
                    self.wrong[reply["X-RC"]] += 1
        client.close()

    def count(self) -> int:
        with self._lock:
            return len(self.asked)

    def end(self):
        self._ends.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.parametrize("change", ["reload", "restart", "replace"])
def test_no_call_fails_and_none_runs_twice(start, kamexecd, tmp_path, change):
    daemon: Kamexecd = kamexecd(programs(tmp_path, 0), activated=change == "restart")
    server = start(Config(ROUTES, BACK, params=[("service", daemon.socket_path)], children=4))
    callers = Callers(server)
    try:
        for version in range(1, 6):
            before = callers.count()
            while callers.count() < before + 4 * CALLERS:
                time.sleep(0.01)
            daemon.write(programs(tmp_path, version))
            if change == "reload":
                assert daemon.reload()
            elif change == "restart":
                daemon.restart()
            else:
                daemon.replace().wait(20)
    finally:
        callers.end()
    assert not callers.wrong
    ran = Counter((tmp_path / "notes").read_text().split())
    assert ran == Counter(callers.asked)
