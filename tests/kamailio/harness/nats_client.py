# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of NATS for tests, by hand: it listens in on what passes, answers, asks, and is refused.

    with nats.connect(user="alice", password="...") as client:
        heard = client.subscribe("kx.call.>")
        message = client.next(heard)
"""

import json
import secrets
import socket
import ssl
import time
from collections import deque
from dataclasses import dataclass, field

from .errors import HarnessError
from .wait import PATIENCE


@dataclass
class NatsMessage:
    subject: str
    reply: str = ""
    payload: bytes = b""
    headers: dict = field(default_factory=dict)  # the first value of each name
    status: str = ""  # "503": nobody has subscribed


class Refused(Exception):
    """The server has closed the connection, or never made one: its words."""


def _read_headers(block: bytes) -> tuple:
    first, *lines = block.decode().split("\r\n")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name, value.strip())
    return first.removeprefix("NATS/1.0").strip().split(" ")[0], headers


class NatsClient:
    """One connection, for one thread. `errors`: what the server has refused, in its words."""

    def __init__(self, port, user=None, password=None, headers=True, name="test", tls=None,
                 timeout=PATIENCE):
        self.errors = []
        self.timeout = timeout
        self._buffer = b""
        self._queues = {}  # by number of a subscription
        self._pongs = 0
        self._inbox = f"_INBOX.{secrets.token_hex(11)}"
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.info = json.loads(self._line().removeprefix(b"INFO "))
        if tls:
            context = ssl.create_default_context(cafile=tls.ca)
            self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")
        said = {"verbose": False, "pedantic": False, "headers": headers, "no_responders": headers,
                "name": name, "lang": "python", "version": "1", "echo": True}
        if user is not None:
            said |= {"user": user, "pass": password}
        self._say(f"CONNECT {json.dumps(said)}\r\n".encode())
        self.ping()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        self.socket.close()

    # --- to the server ---

    def _say(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Refused(f"{error}; {self.errors}") from None

    def publish(self, subject: str, payload=b"", reply="", headers=None) -> None:
        data = payload.encode() if isinstance(payload, str) else bytes(payload)
        to = f"{subject} {reply}".rstrip()
        if headers:
            block = "NATS/1.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
            start = f"HPUB {to} {len(block)} {len(block) + len(data)}\r\n{block}"
        else:
            start = f"PUB {to} {len(data)}\r\n"
        self._say(start.encode() + data + b"\r\n")

    def subscribe(self, subject: str, queue="") -> int:
        """A number, for next()."""
        number = len(self._queues) + 1
        self._queues[number] = deque()
        self._say(f"SUB {subject} {queue} {number}\r\n".encode())
        return number

    def unsubscribe(self, number: int) -> None:
        self._say(f"UNSUB {number}\r\n".encode())

    def ping(self) -> None:
        """The server has taken what was sent before: what it refused of it is in `errors`."""
        wanted = self._pongs + 1
        self._say(b"PING\r\n")
        self._read_until(lambda: self._pongs >= wanted, "PONG")

    def ask(self, subject: str, payload=b"", headers=None, seconds=None) -> NatsMessage:
        """A request and its reply."""
        inbox = f"{self._inbox}.{secrets.token_hex(4)}"
        number = self.subscribe(inbox)
        self.publish(subject, payload, inbox, headers)
        try:
            return self.next(number, seconds)
        finally:
            self.unsubscribe(number)

    # --- from the server ---

    def next(self, number: int, seconds=None) -> NatsMessage:
        """The next message of a subscription; HarnessError: none has come."""
        queue = self._queues[number]
        self._read_until(lambda: queue, "a message", seconds)
        return queue.popleft()

    def come(self, number: int) -> list:
        """What the server has sent of it so far: all that was published to it before this call by
        who has waited for the server since."""
        self.ping()
        messages = list(self._queues[number])
        self._queues[number].clear()
        return messages

    def _receive(self) -> None:
        try:
            data = self.socket.recv(1 << 16)
        except TimeoutError:
            return
        except OSError as error:
            raise Refused(f"{error}; {self.errors}") from None
        if not data:
            raise Refused(f"the server has closed the connection; {self.errors}")
        self._buffer += data

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._receive()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _read_until(self, holds, what, seconds=None) -> None:
        end = time.monotonic() + (seconds or self.timeout)
        while not holds():
            self.socket.settimeout(max(end - time.monotonic(), 0.001))
            while self._take():
                pass
            if holds():
                return
            if time.monotonic() >= end:
                raise HarnessError(f"NATS: no {what} in time; {self.errors}")
            self._receive()

    def _take(self) -> bool:
        """One whole message of the buffer, where there is one."""
        line, ended, rest = self._buffer.partition(b"\r\n")
        if not ended:
            return False
        word, *words = line.decode(errors="replace").split(" ")
        if word in ("MSG", "HMSG"):
            return self._take_message(word == "HMSG", words, rest)
        self._buffer = rest
        if word == "PING":
            self._say(b"PONG\r\n")
        elif word == "PONG":
            self._pongs += 1
        elif word == "-ERR":
            self.errors.append(line.decode(errors="replace"))
        return True

    def _take_message(self, has_headers, words, rest) -> bool:
        total = int(words[-1])
        if len(rest) < total + 2:
            return False
        sizes = 2 if has_headers else 1
        subject, number, *reply = words[:-sizes]
        block = int(words[-2]) if has_headers else 0
        status, headers = _read_headers(rest[:block]) if has_headers else ("", {})
        message = NatsMessage(subject, *(reply or [""]), rest[block:total], headers, status)
        self._queues[int(number)].append(message)
        self._buffer = rest[total + 2:]
        return True
