# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients of kamexecd that call without a pause and look at every answer."""

import threading
import time
from collections import Counter

from .service_client import ConnectionLost, send_when_it_listens
from .wait import PATIENCE, wait_until

# A program of one process for each call that answers with its argument, and a pool's worker that does.
ECHO = "run = /bin/echo"
ECHO_WORKER = """import sys
for line in sys.stdin:
    field, _, value = line.rstrip("\\n").partition(" ")
    if field == "hello":
        print("hello 1", flush=True)
    elif field == "request":
        name, argument = value.split(" ")[0], ""
    elif field == "arg":
        argument = value
    elif field == "end":
        print(f"reply {name} 0\\nline {argument}\\nend {name}", flush=True)
"""


class Callers:
    """Clients that each call `program` with an argument of its own, as the module does: over one
    connection each, where an unsent request goes over a new one and a sent one never. What went wrong
    is in `wrong`: a call that was lost, was not answered in time, or got another's answer; `failed` has the word
    of each by its id. `outcomes`: words with counts; `seconds`: how long each took. `rate`: calls a second
    of all together; one that is late calls at once, until it is in time again."""

    def __init__(self, path, program, clients=2, pause=0.0, rate=0, milliseconds=15_000,
                 message=None):
        self.wrong, self.outcomes, self.seconds, self.ids = [], Counter(), [], []
        self.failed = {}
        self._path, self._program, self._pause = path, program, pause
        self._options = {"milliseconds": milliseconds, "message": message}
        self._period = clients / rate if rate else 0.0
        self._ends, self._lock = threading.Event(), threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.end()

    def _run(self, number):
        client = None
        begun = time.monotonic()
        try:
            for count in range(10**9):
                due = begun + count * self._period - time.monotonic()
                if self._ends.wait(max(due, 0.0) if self._period else self._pause):
                    break
                client = self._one_call(client, f"n{number}x{count}")
        except Exception as error:
            with self._lock:
                self.wrong.append(f"client {number} is out of order: {error!r}")
        finally:
            if client:
                client.close()

    def _one_call(self, client, id):
        """The client for the next call."""
        begun = time.monotonic()
        client, _ = send_when_it_listens(client, self._path, self._program, id, id=id, **self._options)
        try:
            reply = client.wait(id)
        except ConnectionLost:
            client.close()
            self._note(id, "lost", begun, True)
            return None
        right = (reply.word, reply.output) == ("yes", id.encode() + b"\n")
        self._note(id, reply.word, begun, not right, reply)
        return client

    def _note(self, id, word, begun, is_wrong, reply=None):
        with self._lock:
            self.ids.append(id)
            self.outcomes[word] += 1
            self.seconds.append(time.monotonic() - begun)
            if is_wrong:
                self.failed[id] = word
                self.wrong.append(f"{id}: {reply or word}")

    def calls(self) -> int:
        with self._lock:
            return len(self.ids)

    def go_on(self, calls=20) -> None:
        """Until so many more are over."""
        wanted = self.calls() + calls
        assert wait_until(lambda: self.calls() >= wanted), (self.outcomes, self.wrong[:10])

    def end(self) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join(4 * PATIENCE)
            assert not thread.is_alive()

    def check(self) -> None:
        """Every call was answered with its own answer, in time."""
        self.end()
        assert not self.wrong, self.wrong[:10]
        assert self.outcomes["yes"] == len(self.ids) > 0
