# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests to a server, one by one or without a pause, and what the replies say."""

import itertools
import socket
import threading
import time

PATIENCE = 10.0  # seconds for a reply; far above every deadline in the configuration

_numbers = itertools.count(1)


class Caller:
    """One socket, one request at a time."""

    def __init__(self, port: int):
        self._port = port
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))

    def close(self):
        self._socket.close()

    def call(self, user: str, seconds: float = PATIENCE) -> dict:
        """The reply's headers; {} if none comes. Sent once: the loopback loses nothing."""
        mark = f"call{next(_numbers)}-{self._socket.getsockname()[1]}"
        message = (
            f"OPTIONS sip:{user}@127.0.0.1:{self._port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._socket.getsockname()[1]};branch=z9hG4bK{mark}\r\n"
            f"From: <sip:tester@127.0.0.1>;tag=1\r\nTo: <sip:callee@127.0.0.1>\r\n"
            f"Call-ID: {mark}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        self._socket.sendto(message.encode(), ("127.0.0.1", self._port))
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                reply = self._socket.recv(65535).decode(errors="replace")
            except (TimeoutError, ConnectionRefusedError):
                return {}
            headers = dict(line.split(": ", 1) for line in reply.split("\r\n")[1:] if ": " in line)
            if headers.get("Call-ID") == mark:
                return headers
        return {}


class Load:
    """Within it, `callers` callers call without a pause. Then `calls` of them have ended, and
    `failed` has the replies that weren't as they should be."""

    def __init__(self, port: int, user: str, callers: int = 4):
        self.calls, self.failed = 0, []
        self._port, self._user = port, user
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._call_on) for _ in range(callers)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _call_on(self):
        caller = Caller(self._port)
        while not self._over.is_set():
            reply = caller.call(self._user)
            good = reply.get("X-RC") == "1" and reply.get("X-Said") == self._user
            with self._lock:
                self.calls += 1
                if not good:
                    self.failed.append((reply.get("X-RC"), reply.get("X-Outcome")))
        caller.close()
