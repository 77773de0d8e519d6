# SPDX-License-Identifier: GPL-2.0-or-later
"""SIP messages as bytes: what RFC 3261 asks for and no more, so that tests can bend the rest."""

import itertools
import uuid
from dataclasses import dataclass

_numbers = itertools.count(1)


def token() -> str:
    return f"{uuid.uuid4().hex[:12]}{next(_numbers)}"


def _bytes(text) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def request(
    method,
    uri,
    headers=(),
    body=b"",
    *,
    local="127.0.0.1:5099",
    branch=None,
    call_id=None,
    from_tag=None,
    to_tag=None,
    cseq=1,
    cseq_method=None,
) -> bytes:
    """`headers`: pairs (name, value), str or bytes, after the mandatory ones, or instead of one."""
    body = _bytes(body)
    to = "<sip:bob@example.com>" + (f";tag={to_tag}" if to_tag else "")
    lines = [
        ("Via", f"SIP/2.0/UDP {local};rport;branch={branch or 'z9hG4bK' + token()}"),
        ("Max-Forwards", "70"),
        ("From", f"<sip:alice@example.com>;tag={from_tag or token()}"),
        ("To", to),
        ("Call-ID", call_id or token()),
        ("CSeq", f"{cseq} {cseq_method or method}"),
        ("Contact", f"<sip:alice@{local}>"),
    ]
    own = {name.lower() for name, _ in headers}
    lines = [line for line in lines if line[0].lower() not in own]
    lines += list(headers)
    lines.append(("Content-Length", str(len(body))))
    head = _bytes(method) + b" " + _bytes(uri) + b" SIP/2.0\r\n"
    head += b"".join(_bytes(name) + b": " + _bytes(value) + b"\r\n" for name, value in lines)
    return head + b"\r\n" + body


@dataclass
class Message:
    """A received message, taken apart as far as tests look."""

    first_line: str
    headers: list
    body: bytes
    raw: bytes

    @classmethod
    def parse(cls, raw: bytes) -> "Message":
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "surrogateescape").split("\r\n")
        headers = [line.partition(":")[::2] for line in lines[1:]]
        return cls(lines[0], [(n.strip(), v.strip()) for n, v in headers], body, raw)

    @property
    def is_reply(self) -> bool:
        return self.first_line.startswith("SIP/2.0 ")

    @property
    def status(self) -> int:
        return int(self.first_line.split()[1])

    @property
    def method(self) -> str:
        return self.first_line.split()[0]

    @property
    def uri(self) -> str:
        return self.first_line.split()[1]

    def all(self, name: str) -> list:
        return [value for found, value in self.headers if found.lower() == name.lower()]

    def __getitem__(self, name: str) -> str:
        """The one value of a header; "" where it is missing, so that asserts read well."""
        values = self.all(name)
        return values[0] if values else ""
