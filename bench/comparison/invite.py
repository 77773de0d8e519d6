# SPDX-License-Identifier: GPL-2.0-or-later
"""The request that brings a measurement: an INVITE as a phone behind a proxy sends it."""

from .harness import sip

# The harness and the measurement add Via, From, To, Call-ID, CSeq, Max-Forwards, Contact,
# Content-Length, X-Test and X-Count.
HEADERS = (
    ("Record-Route", "<sip:proxy.example.com;lr;ftag=1928301774>"),
    ("Allow", "INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, UPDATE, PRACK"),
    ("Supported", "replaces, 100rel, timer, path"),
    ("Session-Expires", "1800;refresher=uac"),
    ("Min-SE", "90"),
    ("User-Agent", "Example Phone 4.2.1"),
    ("P-Asserted-Identity", '"Alice" <sip:+4989654321@example.com>'),
    ("Privacy", "none"),
    ("Date", "Thu, 21 Feb 2002 13:02:03 GMT"),
    ("Content-Type", "application/sdp"),
)

BODY = "".join(
    line + "\r\n"
    for line in (
        "v=0",
        "o=alice 2890844526 2890844526 IN IP4 192.0.2.17",
        "s=-",
        "c=IN IP4 192.0.2.17",
        "t=0 0",
        "m=audio 49172 RTP/AVP 8 0 101",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=sendrecv",
    )
)


def headers(count: int) -> list:
    return [*HEADERS, ("X-Count", str(count))]


def example() -> bytes:
    """One whole message, of the size that the servers receive."""
    return sip.request(
        "INVITE", "sip:bob@example.com", [("X-Test", "example"), *headers(100)], BODY
    )


def header_fields() -> int:
    return len(sip.Message.parse(example()).headers)
