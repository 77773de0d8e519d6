# SPDX-License-Identifier: GPL-2.0-or-later
"""A telephone: sends a request to the proxy and sees it through to its end."""

import re
import socket
import time
from dataclasses import dataclass

from borrowed import Client, sip


@dataclass
class Exchange:
    request: sip.Message
    reply: sip.Message
    seconds: float  # from the request to its final reply


class Phone:
    """`server`: has a port, alive() and log_tail()."""

    def __init__(self, server):
        self._client = Client(server)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._client.close()

    def send(self, method, uri, caller="alice", headers=(), body=b"") -> Exchange:
        """Raises harness.errors.NoReply where there is no final reply in bounded time."""
        dialog = {"call_id": sip.token(), "local": self._client.local, "branch": _branch()}
        own = [("From", f"<sip:{caller}@example.com>;tag={sip.token()}"), ("To", f"<{uri}>")]
        raw = sip.request(method, uri, own + list(headers), body, **dialog)
        begin = time.monotonic()
        self._client.send(raw)
        reply = self._client.final_reply(dialog["call_id"])
        exchange = Exchange(sip.Message.parse(raw), reply, time.monotonic() - begin)
        if method == "INVITE" and reply.status >= 300:
            self._client.send(self._within(exchange, "ACK", uri, dialog))
        elif method == "INVITE" and reply.status >= 200:
            self._hang_up(exchange, dialog)
        return exchange

    def _within(self, exchange, method, uri, dialog, cseq=1):
        parties = [("From", exchange.request["From"]), ("To", exchange.reply["To"])]
        return sip.request(method, uri, parties, cseq=cseq, **dialog)

    def _hang_up(self, exchange, dialog):
        """ACK and BYE go to the answering side itself: the proxy does not record its route."""
        contact = re.search(r"sip:[^@>]*@([\d.]+):(\d+)", exchange.reply["Contact"])
        if not contact:
            return
        uri, (host, port) = contact[0], contact.groups()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as direct:
            for cseq, method in ((1, "ACK"), (2, "BYE")):
                step = {**dialog, "branch": _branch()}
                raw = self._within(exchange, method, uri, step, cseq)
                direct.sendto(raw, (host, int(port)))


def _branch():
    return "z9hG4bK" + sip.token()
