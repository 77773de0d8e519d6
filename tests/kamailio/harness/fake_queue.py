# SPDX-License-Identifier: GPL-2.0-or-later
"""A daemon that answers `control queue` as a test says, and nothing else: for answers that kamexecd
would never give, and for queues that are longer than a test can fill."""

import socket
import threading

from .service_client import escape, unescape


class Refused(Exception):
    """The daemon's `failed ID refused`, with these words."""


class FakeQueue:
    """`answer(arguments)`: the output of a control, as bytes; or raises Refused. `asked`: the
    arguments of all of them."""

    def __init__(self, path, answer):
        self.path, self.asked, self._answer = path, [], answer
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self):
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:  # the end of the test
                return
            with peer, peer.makefile("rwb") as stream:
                try:
                    self._serve_one(stream)
                except OSError:  # the tool has seen enough
                    pass

    def _serve_one(self, stream):
        stream.readline()
        stream.write(b"hello 2\nready\n")
        stream.flush()
        for line in stream:
            field, _, value = line.rstrip(b"\n").partition(b" ")
            if field == b"control":
                id, arguments = value.split(b" ")[0].decode(), []
            elif field == b"arg":
                arguments.append(unescape(value).decode())
            elif field == b"end":
                self.asked.append(arguments)
                stream.write(self._reply(id, arguments))
                stream.flush()

    def _reply(self, id, arguments) -> bytes:
        try:
            output = self._answer(arguments)
        except Refused as refused:
            return f"failed {id} refused\n".encode() + b"detail " + escape(str(refused)) + f"\nend {id}\n".encode()
        # A line of the protocol holds so much of an output's line.
        pieces = [
            (b"line " if piece.endswith(b"\n") else b"part ") + escape(piece.rstrip(b"\n")) + b"\n"
            for line in output.splitlines(keepends=True)
            for piece in (line[at : at + 20000] for at in range(0, len(line), 20000))
        ]
        return f"reply {id} 0\n".encode() + b"".join(pieces) + f"end {id}\n".encode()
