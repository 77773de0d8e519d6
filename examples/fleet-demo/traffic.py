# SPDX-License-Identifier: GPL-2.0-or-later
"""SIP calls without a pause, and what became of them."""

import threading
import time
from collections import Counter

import borrowed

NoReply = borrowed.harness_module("errors").NoReply
CALLERS = 8


class Traffic:
    """`rate` calls a second to `server`, until it is left. take(): who has answered since the last time, a
    count of each: "a 1.0", "default (-3 not-started)", or what went wrong, which `wrong` has too."""

    def __init__(self, server, rate: int):
        self.wrong = Counter()
        self.longest = 0.0  # seconds, since the last take()
        self._answered = Counter()
        self._lock, self._ends = threading.Lock(), threading.Event()
        self._threads = [
            threading.Thread(target=self._call, args=(server, number / rate, CALLERS / rate), daemon=True)
            for number in range(CALLERS)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        for thread in self._threads:
            thread.join(10)

    def _call(self, server, begin, period):
        client = borrowed.Client(server)
        due = time.monotonic() + begin
        while not self._ends.wait(max(due - time.monotonic(), 0)):
            due += period
            begun = time.monotonic()
            try:
                reply = client.call("demo", f"sip:4930123456@127.0.0.1:{server.port}", method="INVITE")
                good, what = reply.status == 302, reply["X-By"] or reply.first_line
            except (NoReply, borrowed.HarnessError) as error:
                good, what = False, str(error).splitlines()[0]
            with self._lock:
                self._answered[what] += 1
                self.longest = max(self.longest, time.monotonic() - begun)
                if not good:
                    self.wrong[what] += 1
        client.close()

    def take(self) -> tuple:
        """(who has answered how many, seconds of the longest) since the last time."""
        with self._lock:
            taken, self._answered = self._answered, Counter()
            longest, self.longest = self.longest, 0.0
        return taken, longest
