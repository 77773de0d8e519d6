# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends calls of all kinds and notes what became of each."""

import collections
import heapq
import random
import socket
import time

from harness import sip

from .soak_script import CALLS, WAITING_CALLS

LONGEST_PROGRAM = 0.3  # seconds, of those that end by themselves
LONGEST_WAIT = 0.02  # seconds, of those that a SIP worker waits for
# How often each kind comes. One that a SIP worker waits for holds it up until its deadline where its
# program was stopped: more of them, and requests are dropped unseen.
WEIGHTS = dict.fromkeys(CALLS, 4) | dict.fromkeys(WAITING_CALLS, 1)
RATE = 40  # calls a second, and now and then
# Seconds after a request that is not answered yet: the system drops datagrams where the server's
# socket is full (RFC 3261 section 17.1.1.2, timer A).
SEND_AGAIN = (0.5, 1.5, 3.5)
BURST, BURST_EVERY = 60, 2.0  # more at once than may run and wait


class Call:
    def __init__(self, kind, local):
        self.kind = kind
        self.replies = []  # final ones
        self.fields = {
            "call_id": sip.token(),
            "branch": "z9hG4bK" + sip.token(),
            "from_tag": sip.token(),
            "local": local,
        }


class Driver:
    """One thread and one socket. `target`: a URI that answers busy."""

    def __init__(self, port: int, target: str, seed: int):
        self.calls = {}  # by Call-ID
        self._target = target
        self._random = random.Random(seed)
        self._due = []  # (time, number, function)
        self._number = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.connect(("127.0.0.1", port))
        self._local = "127.0.0.1:%d" % self._socket.getsockname()[1]

    def close(self):
        self._socket.close()

    def load(self, seconds: float) -> None:
        """Calls for so long, then waits until all are answered, but not longer than 15 s."""
        begin = time.monotonic()
        for number in range(int(seconds * RATE)):
            self._at(begin + number / RATE, self._begin)
        for number in range(int(seconds / BURST_EVERY)):
            for _ in range(BURST):
                self._at(begin + number * BURST_EVERY, self._begin)
        end = begin + seconds + 15
        self._work(lambda: self._due, end)
        self._work(lambda: not all(call.replies for call in self.calls.values()), end)
        self._work(lambda: True, time.monotonic() + 0.3)  # a second final reply would be a fault

    def outcomes(self) -> collections.Counter:
        """(kind, status) of all calls; status 0: unanswered."""
        return collections.Counter(
            (call.kind, call.replies[0].status if call.replies else 0)
            for call in self.calls.values()
        )

    def _at(self, when, what) -> None:
        self._number += 1
        heapq.heappush(self._due, (when, self._number, what))

    def _begin(self) -> None:
        call = Call(self._random.choices(list(WEIGHTS), WEIGHTS.values())[0], self._local)
        self.calls[call.fields["call_id"]] = call
        self._send("INVITE", call)
        if call.kind.endswith("cancelled"):
            after = self._random.choice([0.02, 0.1, 0.3])
            self._at(time.monotonic() + after, lambda: self._send("CANCEL", call))
        early = [0.1] if self._random.random() < 0.05 else []
        for after in (*early, *SEND_AGAIN):
            self._at(time.monotonic() + after, lambda: self._send_again(call))

    def _send_again(self, call) -> None:
        if not call.replies:
            self._send("INVITE", call)

    def _send(self, method, call, to_tag=None) -> None:
        headers = [
            ("X-Kind", call.kind),
            ("X-Time", "%.2f" % self._random.uniform(0, LONGEST_PROGRAM)),
            ("X-Short", "%.3f" % self._random.uniform(0, LONGEST_WAIT)),
            ("X-Target", self._target),
        ]
        self._socket.send(
            sip.request(
                method, "sip:bob@example.com", headers, cseq_method=method, to_tag=to_tag,
                **call.fields,
            )
        )

    def _work(self, wanted, end) -> None:
        while wanted() and time.monotonic() < end:
            now = time.monotonic()
            while self._due and self._due[0][0] <= now:
                heapq.heappop(self._due)[2]()
            until = min(self._due[0][0], end) if self._due else end
            self._socket.settimeout(min(max(until - time.monotonic(), 0.0005), 0.05))
            try:
                self._received(sip.Message.parse(self._socket.recv(65535)))
            except (TimeoutError, ConnectionError):
                pass

    def _received(self, reply) -> None:
        call = self.calls.get(reply["Call-ID"])
        if call is None or not reply.is_reply or reply.status < 200:
            return
        if not reply["CSeq"].endswith("INVITE"):
            return
        if reply.status >= 300:
            self._send("ACK", call, to_tag=reply["To"].partition("tag=")[2] or None)
        if reply.raw not in [known.raw for known in call.replies]:  # the same one sent again
            call.replies.append(reply)
