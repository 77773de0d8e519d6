# SPDX-License-Identifier: GPL-2.0-or-later
"""A SIP user agent server that answers every request with one status."""

import socket
import threading

from . import sip
from .wait import PATIENCE, wait_until


class Uas:
    """Answers with `status`, and notes what came in `requests`. One thread; close() ends it."""

    def __init__(self, status=200, headers=()):
        self.status = status
        self.headers = tuple(headers)
        self.requests = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self.port = self._socket.getsockname()[1]
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def uri(self, user="bob", parameters="") -> str:
        return f"sip:{user}@127.0.0.1:{self.port}{parameters}"

    def of_method(self, method) -> list:
        return [request for request in list(self.requests) if request.method == method]

    def wait_for(self, method, seconds=PATIENCE, count=1) -> list:
        wait_until(lambda: len(self.of_method(method)) >= count, seconds)
        return self.of_method(method)

    def answer(self, request, status) -> None:
        """One more reply to a request that came in."""
        host, _, port = request["Via"].split(";")[0].rpartition(" ")[2].rpartition(":")
        self._socket.sendto(self._reply(request, status), (host, int(port)))

    def close(self):
        self._ending.set()
        self._thread.join(5)
        self._socket.close()

    def _serve(self):
        while not self._ending.is_set():
            try:
                raw, sender = self._socket.recvfrom(65535)
            except (TimeoutError, ConnectionError):
                continue
            request = sip.Message.parse(raw)
            if request.is_reply:
                continue
            self.requests.append(request)
            if request.method != "ACK" and self.status:
                status = 200 if request.method == "CANCEL" else self.status
                self._socket.sendto(self._reply(request, status), sender)

    def _reply(self, request, status) -> bytes:
        lines = [f"SIP/2.0 {status} Answer"]
        echoed = ("Via", "From", "Call-ID", "CSeq")
        lines += [f"{name}: {value}" for name, value in request.headers if name in echoed]
        to = request["To"]
        lines.append("To: " + (to if "tag=" in to else f"{to};tag=uas{self.port}"))
        lines.append(f"Contact: <{self.uri()}>")
        lines += [f"{name}: {value}" for name, value in self.headers]
        return ("\r\n".join(lines) + "\r\nContent-Length: 0\r\n\r\n").encode(
            "utf-8", "surrogateescape"
        )
