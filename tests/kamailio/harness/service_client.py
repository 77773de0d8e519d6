# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of kamexecd for tests: version 2 of the protocol (docs/service-protocol.md), by hand."""

import itertools
import re
import socket
import time
from dataclasses import dataclass, field

from .errors import HarnessError
from .wait import PATIENCE


def escape(value) -> bytes:
    """A value as a client writes it."""
    raw = value.encode() if isinstance(value, str) else bytes(value)
    return re.sub(rb"[^!-$&-~ ]|^ | $", lambda byte: b"%%%02X" % ord(byte[0]), raw)


def unescape(value: bytes) -> bytes:
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda digits: bytes([int(digits[1], 16)]), value)


@dataclass
class Reply:
    """The end of a call. `word`: "yes", "no", or what `failed` says ("deadline", "refused", ...)."""

    id: str
    word: str
    status: int = -1
    output: bytes = b""
    error: bytes = b""
    detail: str = ""
    pid: int = 0
    signal: int = 0
    microseconds: int = 0
    fields: list = field(default_factory=list)

    @property
    def lines(self) -> list:
        return self.output.decode(errors="replace").splitlines()


class ConnectionLost(Exception):
    """The daemon closed the connection. `unsent`: a request that was never sent as a whole."""

    unsent = False


class ServiceClient:
    """One connection. call() asks and waits; send() and wait() are its halves, for several calls at
    once. `hello=False`: says nothing by itself."""

    def __init__(self, path, hello=True, timeout=PATIENCE):
        self.timeout = timeout
        self.programs = {}  # name: words of its notice
        self.gone = []
        self.replies = {}  # by id, until wait() takes them
        self.ready = False
        self._ids = itertools.count(1)
        self._buffer = b""
        self._open = None
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(str(path))
        if hello:
            self.socket.sendall(b"hello 2\n")
            self._read_until(lambda: self.ready)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        self.socket.close()

    # --- to the daemon ---

    def send(self, program, *arguments, call="run", milliseconds=0, id=None, uri=None, env=(),
             message=None, input=None) -> str:
        """Sends a request; its id."""
        name = id or f"t{next(self._ids)}"
        lines = [f"request {name} {call} {milliseconds}".encode(), b"program " + escape(program)]
        lines += [b"arg " + escape(argument) for argument in arguments]
        lines += [b"uri " + escape(uri)] if uri is not None else []
        lines += [b"env " + escape(variable) for variable in env]
        lines += [b"message " + escape(message)] if message is not None else []
        lines += [b"input " + escape(input)] if input is not None else []
        lines.append(f"end {name}".encode())
        self._send(b"\n".join(lines) + b"\n")
        return name

    def cancel(self, id) -> None:
        self._send(f"cancel {id}\n".encode())

    def control(self, verb, *arguments) -> Reply:
        name = f"c{next(self._ids)}"
        lines = [f"control {name} {verb}".encode(), *(b"arg " + escape(one) for one in arguments)]
        self._send(b"\n".join([*lines, f"end {name}".encode()]) + b"\n")
        return self.wait(name)

    def _send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except OSError as error:
            lost = ConnectionLost(str(error))
            lost.unsent = True
            raise lost from None

    def call(self, program, *arguments, **options) -> Reply:
        return self.wait(self.send(program, *arguments, **options))

    # --- from the daemon ---

    def wait(self, id, seconds=None) -> Reply:
        self._read_until(lambda: id in self.replies, seconds)
        return self.replies.pop(id)

    def wait_for_any(self, seconds=None) -> Reply:
        self._read_until(lambda: self.replies, seconds)
        return self.replies.pop(next(iter(self.replies)))

    def wait_until(self, holds, seconds=None) -> None:
        """Reads until holds() is true."""
        self._read_until(holds, seconds)

    def wait_until_closed(self, seconds=None) -> None:
        """Reads until the daemon closes the connection."""
        try:
            self._read_until(lambda: False, seconds)
        except ConnectionLost:
            return

    def _read_until(self, holds, seconds=None) -> None:
        end = time.monotonic() + (seconds or self.timeout)
        while not holds():
            left = end - time.monotonic()
            if left <= 0:
                raise HarnessError("kamexecd has not answered in time")
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(1 << 16)
            except TimeoutError:
                continue
            except OSError as error:
                raise ConnectionLost(str(error)) from None
            if not data:
                raise ConnectionLost("the daemon closed the connection")
            *lines, self._buffer = (self._buffer + data).split(b"\n")
            for line in lines:
                self._take(line)

    def _take(self, line: bytes) -> None:
        word, _, value = line.partition(b" ")
        name = word.decode()
        if self._open is not None:
            self._take_in_reply(name, value)
        elif name == "reply":
            id, status = value.decode().split(" ")
            self._open = Reply(id, "no" if int(status) else "yes", int(status))
        elif name == "failed":
            self._open = Reply(*value.decode().split(" "))
        elif name == "program":
            program, *told = value.decode().split(" ")
            self.programs[program] = told
        elif name == "gone":
            self.programs.pop(value.decode(), None)
            self.gone.append(value.decode())
        elif name == "ready":
            self.ready = True
        elif line != b"hello 2":
            raise HarnessError(f"kamexecd said {line!r}")

    def _take_in_reply(self, name: str, value: bytes) -> None:
        reply = self._open
        reply.fields.append(name)
        if name == "line":
            reply.output += unescape(value) + b"\n"
        elif name == "part":
            reply.output += unescape(value)
        elif name == "stderr":
            reply.error += unescape(value)
        elif name == "detail":
            reply.detail = unescape(value).decode(errors="replace")
        elif name == "ran":
            reply.pid, reply.signal, reply.microseconds = map(int, value.split(b" "))
        elif name == "end":
            self.replies[reply.id] = reply
            self._open = None


def send_when_it_listens(client, path, *arguments, gives_up=lambda: False, **options) -> tuple:
    """As the module does: sends a call over `client`, or over a new connection where there is none or that
    one is lost, and until the daemon at `path` listens. The client it was sent by, and its id; two times
    None where gives_up() while the daemon is down. A call that was sent as a whole isn't sent again."""
    begun = time.monotonic()
    while True:
        try:
            client = client or ServiceClient(path, timeout=2 * PATIENCE)
            return client, client.send(*arguments, **options)
        except (ConnectionLost, ConnectionError, FileNotFoundError, BlockingIOError):
            if client:
                client.close()
            client = None
            if gives_up():
                return None, None
            if time.monotonic() - begun > PATIENCE:
                raise
            time.sleep(0.005)
