# SPDX-License-Identifier: GPL-2.0-or-later
"""A request whose course a test follows step by step: sent again, cancelled, acknowledged."""

import time

from . import sip
from .errors import NoReply
from .wait import PATIENCE

# Seconds after which a CANCEL without an answer is sent again, as clients do: one that the server takes
# up before the request's transaction is made finds nothing to cancel.
CANCEL_AGAIN = 1.0


class Invite:
    """One request of a client's, an INVITE where not told otherwise, to the route of `test`."""

    def __init__(self, client, test, uri="sip:bob@example.com", headers=(), method="INVITE"):
        self._client, self._uri, self._method = client, uri, method
        self._headers = [("X-Test", test), *headers]
        self._same = {
            "call_id": sip.token(),
            "branch": "z9hG4bK" + sip.token(),
            "from_tag": sip.token(),
            "local": client.local,
        }
        self._seen = []
        self._cancelled = False
        self.send()

    @property
    def call_id(self) -> str:
        return self._same["call_id"]

    def send(self) -> None:
        """For the first time, or the same bytes again."""
        self._send(self._method)

    def cancel(self) -> None:
        self._cancelled = True
        self._send("CANCEL")

    def reply(self, seconds=PATIENCE):
        """The request's final reply, acknowledged where need be; raises NoReply."""
        reply = self._wait(self._method, seconds)
        if self._method == "INVITE" and reply.status >= 300:
            to_tag = reply["To"].partition("tag=")[2] or None
            self._send("ACK", to_tag=to_tag)
        return reply

    def cancel_reply(self, seconds=PATIENCE):
        return self._wait("CANCEL", seconds)

    def finals(self, seconds) -> list:
        """The statuses of all final replies to the request that came up to so long from now."""
        self._collect(seconds, lambda message: False)
        return [m.status for m in self._seen if _is_of(m, self._method)]

    def _send(self, method, **more):
        raw = sip.request(
            method, self._uri, self._headers, cseq_method=method, **self._same, **more
        )
        self._client.send(raw)

    def _wait(self, method, seconds):
        found = self._collect(seconds, lambda message: _is_of(message, method))
        if found is None:
            raise NoReply(f"no final reply to {method} in {seconds} s")
        return found

    def _collect(self, seconds, wanted):
        """The first final reply of this call that is wanted, also of those that came before."""
        self._claim()
        end = time.monotonic() + seconds
        while not any(map(wanted, self._seen)) and time.monotonic() < end:
            message = self._client.receive(min(end - time.monotonic(), CANCEL_AGAIN))
            if message is None and self._cancelled and not self._answered("CANCEL"):
                self._send("CANCEL")
            if message is not None and message.is_reply and message.status >= 200:
                self._client.unclaimed.append(message)
                self._claim()
        return next(filter(wanted, self._seen), None)

    def _answered(self, method):
        return any(_is_of(message, method) for message in self._seen)

    def _claim(self):
        """Takes its own of what came while others of the client's calls waited."""
        replies, self._client.unclaimed = self._client.unclaimed, []
        for reply in replies:
            own = reply["Call-ID"] == self._same["call_id"]
            (self._seen if own else self._client.unclaimed).append(reply)


def _is_of(message, method) -> bool:
    return message["CSeq"].endswith(" " + method)
