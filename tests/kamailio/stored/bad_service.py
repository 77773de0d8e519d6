#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A daemon that speaks the service protocol and stores calls badly, to see that the tests of stored
calls can fail. Started as kamexecd is; FAULT in its environment says what it does wrong:

    none      nothing: a call is answered when its line is synced
    early     answers before it writes
    forgets   never writes
    ids       gives each attempt another id
    order     does not hold up calls of a key whose first one failed
    gives-up  forgets a call that has failed
    at-once   runs a call while the one before it still runs
    unsynced  answers what it wrote but did not sync
    claims    answers 1 where the disk is full
"""

import argparse
import collections
import heapq
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

FAULT = os.environ.get("FAULT", "none")
AT_ONCE = 8
RETRY = 0.02


def unescape(value: bytes) -> str:
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda two: bytes([int(two[1], 16)]), value).decode()


def sections(text: str) -> dict:
    """Of a programs.conf of tests: {program: {attribute: value}}."""
    found, name = {}, None
    for line in text.splitlines():
        if line.startswith("["):
            name = line.strip("[]")
            found[name] = {}
        elif "=" in line and name:
            attribute, _, value = line.partition("=")
            found[name][attribute.strip()] = value.strip()
    found.pop("kamexecd", None)
    return found


class Store:
    """Calls in a file of lines, each JSON: {"call"} or {"done": id}. A half line is one that was not
    answered."""

    def __init__(self, directory: Path):
        directory.mkdir(exist_ok=True)
        self._path, self._lock = directory / "journal", threading.Lock()
        self.calls = {}
        if self._path.exists():
            for line in self._path.read_text(errors="replace").split("\n"):
                try:
                    told = json.loads(line)
                except ValueError:
                    continue
                if "done" in told:
                    self.calls.pop(told["done"], None)
                else:
                    self.calls[told["id"]] = told
        self._file = open(self._path, "ab", buffering=0)
        for what in (self._file.fileno(), os.open(directory, os.O_RDONLY), os.open(directory.parent, os.O_RDONLY)):
            os.fsync(what)

    def add(self, call) -> None:
        """Raises OSError."""
        self.calls[call["id"]] = call
        if FAULT == "forgets":
            return
        if FAULT == "early":
            threading.Timer(0.5, self._write, [call]).start()
            return
        try:
            self._write(call)
        except OSError:
            if FAULT != "claims":
                del self.calls[call["id"]]
                raise

    def done(self, id: str) -> None:
        self.calls.pop(id, None)
        while FAULT != "forgets":
            try:
                return self._write({"done": id})
            except OSError:
                time.sleep(0.1)

    def _write(self, told) -> None:
        with self._lock:
            line = b"\n" + json.dumps(told).encode() + b"\n"  # after a half one
            size = os.fstat(self._file.fileno()).st_size
            if self._file.write(line) != len(line):
                self._file.truncate(size)
                raise OSError("the disk is full")
            if FAULT != "unsynced":
                os.fsync(self._file.fileno())


class Dispatcher:
    """Runs stored calls, those of a key one after the other."""

    def __init__(self, store: Store, programs: dict):
        self._store, self._programs = store, programs
        self._due, self._queues = [], collections.defaultdict(collections.deque)
        self._woken = threading.Condition()
        self.running = 0
        for call in list(store.calls.values()):
            self.add(call)
        for _ in range(AT_ONCE):
            threading.Thread(target=self._run, daemon=True).start()

    def _key(self, call):
        return call["id"] if FAULT == "order" else (call["program"], call["arguments"][0])

    def add(self, call) -> None:
        with self._woken:
            self._queues[self._key(call)].append(call)
            if len(self._queues[self._key(call)]) == 1 or FAULT == "at-once":
                self._push(0, call)

    def _push(self, due, call):
        heapq.heappush(self._due, (due, secrets.token_hex(8), call))
        self._woken.notify()

    def _next(self):
        with self._woken:
            while not self._due or self._due[0][0] > time.monotonic():
                self._woken.wait(max(self._due[0][0] - time.monotonic(), 0) if self._due else None)
            self.running += 1
            return heapq.heappop(self._due)[2]

    def _run(self):
        while True:
            call = self._next()
            call["attempts"] = call.get("attempts", 0) + 1
            id = secrets.token_hex(16) if FAULT == "ids" else call["id"]
            run = self._programs[call["program"]]["run"].split(" ")
            given = {**os.environ, "KAMEXEC_ID": id, "KAMEXEC_ATTEMPT": str(call["attempts"])}
            command = ["setpriv", "--pdeathsig", "KILL", "--", *run, *call["arguments"]]
            try:
                over = subprocess.run(command, env=given, timeout=2, check=False).returncode == 0
            except subprocess.TimeoutExpired:
                over = False
            if over or FAULT == "gives-up":
                self._store.done(call["id"])
            with self._woken:
                self.running -= 1
                if not over and FAULT != "gives-up":
                    self._push(time.monotonic() + RETRY, call)
                    continue
                queue = self._queues[self._key(call)]
                queue.remove(call)
                if queue and FAULT != "at-once":
                    self._push(0, queue[0])


class Service:
    def __init__(self, store, dispatcher, programs):
        self._store, self._dispatcher, self._programs = store, dispatcher, programs

    def serve(self, connection) -> None:
        name, call = None, None
        for line in connection.makefile("rb"):
            field, _, value = line.rstrip(b"\n").partition(b" ")
            if field == b"hello":
                told = "".join(f"program {one} 1000 stored\n" for one in self._programs)
                connection.sendall(f"hello 2\n{told}ready\n".encode())
            elif field in (b"request", b"control"):
                name = value.split(b" ")[0].decode()
                call = {"id": secrets.token_hex(16), "arguments": []}
            elif field == b"program":
                call["program"] = unescape(value)
            elif field == b"arg":
                call["arguments"].append(unescape(value))
            elif field == b"end":
                connection.sendall(f"{self._answer(name, call)}end {name}\n".encode())

    def _answer(self, name, call) -> str:
        if "program" not in call:
            return f"reply {name} 0\nline {self._status()}\n"
        try:
            self._store.add(call)
        except OSError as error:
            return f"failed {name} refused\ndetail {error}\n"
        self._dispatcher.add(call)
        return f"reply {name} 0\nline {call['id']}\n"

    def _status(self) -> str:
        waiting = collections.Counter(call["program"] for call in list(self._store.calls.values()))
        return json.dumps({
            "programs": [
                {"name": one, "stored": {"waiting": waiting[one], "running": self._dispatcher.running, "dead": 0}}
                for one in self._programs
            ]
        })


def main():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    parser = argparse.ArgumentParser()
    for option in ("--config", "--socket", "--state"):
        parser.add_argument(option, type=Path, required=True)
    chosen = parser.parse_args()
    programs = sections(chosen.config.read_text())
    store = Store(chosen.state)
    service = Service(store, Dispatcher(store, programs), programs)
    chosen.socket.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(chosen.socket))
    listener.listen(100)
    print("kamexecd: ready: badly", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=service.serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
