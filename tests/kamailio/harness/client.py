# SPDX-License-Identifier: GPL-2.0-or-later
"""A SIP user agent client of one socket."""

import socket
import time

from . import sip
from .errors import NoReply, ServerDied
from .wait import PATIENCE


class Client:
    """Sends to one server and waits for its replies. Not for several threads."""

    def __init__(self, server):
        self.server = server
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect(("127.0.0.1", server.port))
        self.unclaimed = []  # replies that whoever waited was not waiting for
        self.local = "127.0.0.1:%d" % self.socket.getsockname()[1]

    def close(self):
        self.socket.close()

    def send(self, raw: bytes) -> None:
        self.socket.send(raw)

    def receive(self, seconds=PATIENCE):
        """The next message, or None."""
        self.socket.settimeout(max(seconds, 0.001))
        try:
            return sip.Message.parse(self.socket.recv(65535))
        except TimeoutError:
            return None
        except ConnectionError:
            return None

    def final_reply(self, call_id, seconds=PATIENCE):
        """The first final reply of that call; raises NoReply."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            message = self.receive(end - time.monotonic())
            if message and message.is_reply and message.status >= 200:
                if call_id in (message["Call-ID"], message["i"]):
                    return message
            if message is None and not self.server.alive():
                raise ServerDied(self.server.log_tail())
        raise NoReply(f"no final reply in {seconds} s")

    def ping(self) -> None:
        """A request without a test, answered: the server has taken all that was sent before it."""
        call_id = sip.token()
        self.send(sip.request("OPTIONS", "sip:127.0.0.1", local=self.local, call_id=call_id))
        self.final_reply(call_id)

    def call(self, test, uri="sip:bob@example.com", headers=(), body=b"", method="MESSAGE",
             within=None, **fields):
        """Sends a request to the route of `test`, returns its final reply (an INVITE's non-2xx is
        acknowledged). The reply gets the attribute `seconds`: how long it took. No reply is the
        harness's trouble, but where the test says `within`: then it asserts one in that time."""
        fields.setdefault("call_id", sip.token())
        fields.setdefault("branch", "z9hG4bK" + sip.token())
        fields.setdefault("from_tag", sip.token())
        fields.setdefault("local", self.local)
        raw = sip.request(method, uri, [("X-Test", test), *headers], body, **fields)
        begin = time.monotonic()
        self.send(raw)
        try:
            reply = self.final_reply(fields["call_id"], within or PATIENCE)
        except NoReply:
            assert within is None, f"no reply within {within} s"
            raise
        reply.seconds = time.monotonic() - begin
        if method == "INVITE" and reply.status >= 300:
            fields["to_tag"] = reply["To"].partition("tag=")[2] or None
            fields["cseq_method"] = "ACK"
            self.send(sip.request("ACK", uri, [("X-Test", test)], **fields))
        return reply
