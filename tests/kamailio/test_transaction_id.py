# SPDX-License-Identifier: GPL-2.0-or-later
"""SIP_TID: "All request retransmissions or CANCELs/ACKs associated with a previous INVITE result in
the same value" (the module's documentation; RFC 3261 sections 9.2 and 17.2.3)."""

from harness import both, script, sip

NOTE = 'exec_msg("echo $$SIP_TID >> @dir@/$hdr(X-Note)");'
SCRIPT = script(f'{NOTE} if (is_method("INVITE")) {{ sl_send_reply("486", "Busy"); exit; }}')


class Flow:
    """One INVITE's requests, and the SIP_TID of each."""

    def __init__(self, client, server, test, name, **fields):
        self.client, self.server, self.test, self.name = client, server, test, name
        self.fields = {
            "call_id": sip.token(),
            "branch": "z9hG4bK" + sip.token(),
            "from_tag": sip.token(),
            "local": client.local,
            "cseq": 7,
            **fields,
        }

    def tid(self, method, **changes):
        fields = {**self.fields, **changes}
        path = self.server.directory / f"{self.name}-{sip.token()}"
        headers = [("X-Test", self.test), ("X-Note", path.name)]
        raw = sip.request(method, "sip:bob@example.com", headers, **fields)
        self.client.send(raw)
        if method != "ACK":
            self.client.final_reply(fields["call_id"])
        # An ACK has no reply: the next request of the same client tells that it was worked off.
        for _ in range(500):
            if path.exists() and path.read_text().endswith("\n"):
                return path.read_text().strip()
            self.client.receive(0.01)
        raise AssertionError(f"{method} never ran its program")


def flow(client, server, request, **fields):
    return Flow(client, server, request.function.__name__, "tid", **fields)


@both
@SCRIPT
def test_a_retransmission_has_the_same(client, server, request):
    one = flow(client, server, request)
    assert len(one.tid("INVITE")) == 32
    assert one.tid("INVITE") == one.tid("INVITE")


@both
@SCRIPT
def test_a_cancel_has_the_same(client, server, request):
    one = flow(client, server, request)
    assert one.tid("INVITE") == one.tid("CANCEL")


@both
@SCRIPT
def test_the_ack_of_a_refusal_has_the_same(client, server, request):
    one = flow(client, server, request)
    assert one.tid("INVITE") == one.tid("ACK", to_tag="refused")


@both
@SCRIPT
def test_old_style_branches(client, server, request):
    """RFC 2543: no z9hG4bK; the transaction is told by Call-ID, tags, CSeq number and Via."""
    one = flow(client, server, request, branch="1")
    invite = one.tid("INVITE")
    assert invite == one.tid("CANCEL")
    assert invite == one.tid("ACK", to_tag="refused")
    assert invite != one.tid("INVITE", call_id=sip.token())
    assert invite != one.tid("INVITE", cseq=8)


@both
@SCRIPT
def test_the_next_transaction_of_a_dialog_differs(client, server, request):
    one = flow(client, server, request)
    assert one.tid("INVITE") != one.tid("INVITE", branch="z9hG4bK" + sip.token(), cseq=8)


@both
@SCRIPT
def test_it_is_thirty_two_hexadecimal_digits(client, server, request):
    tid = flow(client, server, request).tid("INVITE")
    assert len(tid) == 32 and set(tid) <= set("0123456789abcdef")
