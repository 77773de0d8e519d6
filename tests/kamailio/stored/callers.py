# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients of kamexecd that have calls stored, and remember how each was answered."""

import random
import threading
from dataclasses import dataclass

from harness.service_client import ConnectionLost, send_when_it_listens
from harness.wait import PATIENCE

PLANS = ["", "", "", "", "f", "ff", "k", "s", "s", "sf", "e", "fke"]
HANGING = "h"
# Bytes. The large ones fill the database's log (4096 pages) within some hundred calls.
FILLERS = (0, 10, 200, 3000, 3000, 60_000)


@dataclass
class Made:
    """A call, and how it was answered: "yes", another word of the protocol, "lost" (the connection
    ended before the answer came). `id`: that of the notification, where the answer tells it."""

    key: str
    sequence: int
    word: str
    id: str = ""


class Callers:
    """Clients that call `programs` without end, each with keys of its own: of a key, the next call is
    made when the one before was answered. `made`: by key, in the order of the answers; `wrong`: what
    must not be, as an answer that does not come. `name` tells the keys of several apart."""

    def __init__(self, path, programs, clients=6, keys=4, pause=0.03, seed=0, name="k"):
        self.made, self.wrong = [], []
        self._path, self._pause = path, pause
        self._ends, self._lock = threading.Event(), threading.Lock()
        self._threads = []
        for number in range(clients):
            chance = random.Random(f"{seed} {number}")
            # A key belongs to one program: the order is that of a program's calls.
            own = {f"{name}{number}x{one}": programs[one % len(programs)] for one in range(keys)}
            run = threading.Thread(target=self._run, args=(own, chance), daemon=True)
            self._threads.append(run)
            run.start()

    def _run(self, own, chance):
        client, sequences = None, dict.fromkeys(own, 0)
        try:
            while not self._ends.wait(chance.uniform(0, 2 * self._pause)):
                key = chance.choice(list(own))
                sequences[key] += 1
                plan = HANGING if chance.random() < 0.002 else chance.choice(PLANS)
                filler = "x" * chance.choice(FILLERS)
                client = self._one_call(client, own[key], key, sequences[key], plan, filler)
        except Exception as error:
            with self._lock:
                self.wrong.append(f"a client is out of order: {error!r}")
        finally:
            if client:
                client.close()

    def _one_call(self, client, program, key, sequence, plan, filler):
        """The client for the next call."""
        client, id = send_when_it_listens(client, self._path, program, key, str(sequence), plan, filler, call="cmd",
                                          gives_up=self._ends.is_set)
        if client is None:
            return None
        try:
            reply = client.wait(id)
        except ConnectionLost:
            client.close()
            self._note(Made(key, sequence, "lost"))
            return None
        self._note(Made(key, sequence, reply.word, reply.lines[0] if reply.lines else ""))
        return client

    def _note(self, made):
        with self._lock:
            self.made.append(made)

    def count(self, word=None) -> int:
        """Calls that are over; with that answer."""
        with self._lock:
            return sum(word in (None, made.word) for made in self.made)

    def end(self) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join(4 * PATIENCE)
            if thread.is_alive():
                self.wrong.append("a client waits for ever")
