#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A telephone and two gateways in one: calls a number through the tutorial's server, and shows
which gateway got the call and what the caller heard.

  call.py NUMBER ['Header: value' ...] [--caller USER] [--gateway1 STATUS] [--gateway2 STATUS]
"""

import argparse
import select
import socket
import sys
import time
import uuid

SERVER = ("127.0.0.1", 5080)
GATEWAYS = {1: 5091, 2: 5092}
PATIENCE = 15.0  # seconds until the telephone gives up
AGAIN = 0.5  # until it first sends again (RFC 3261 section 17.1.1.2, T1), then twice that, ...


def udp(port=0):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", port))
    return made


def lines_of(raw):
    return raw.decode(errors="backslashreplace").split("\r\n\r\n")[0].split("\r\n")


def header(lines, *names):
    found = [line for line in lines[1:] if line.partition(":")[0] in names]
    return "\r\n".join(found)


class Telephone:
    def __init__(self, words):
        self.socket = udp()
        self.uri = f"sip:{words.number}@{SERVER[0]}:{SERVER[1]}"
        self.more = words.headers
        self.caller = words.caller
        self.id = uuid.uuid4().hex

    def request(self, method, to_tag=""):
        local = "%s:%d" % self.socket.getsockname()
        lines = [
            f"{method} {self.uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {local};rport;branch=z9hG4bK{self.id}",
            "Max-Forwards: 70",
            f"From: <sip:{self.caller}@example.com>;tag=1",
            f"To: <{self.uri}>{to_tag}",
            f"Call-ID: {self.id}",
            f"CSeq: 1 {method}",
            f"Contact: <sip:{self.caller}@{local}>",
            *self.more,
            "Content-Length: 0",
        ]
        self.socket.sendto("\r\n".join([*lines, "", ""]).encode(), SERVER)


def answer(gateway, number, status):
    raw, sender = gateway.recvfrom(65535)
    lines = lines_of(raw)
    method, uri = lines[0].split(" ")[:2]
    if method != "INVITE":
        return
    print(f"gateway {number} is called: {uri}")
    for line in lines:
        if line.startswith("X-"):
            print(f"  {line}")
    reason = "OK" if status == 200 else "Declined"
    copied = header(lines, "Via", "From", "Call-ID", "CSeq")
    reply = f"SIP/2.0 {status} {reason}\r\n{copied}\r\n{header(lines, 'To')};tag={number}\r\n"
    reply += f"Contact: <{uri}>\r\nContent-Length: 0\r\n\r\n"
    gateway.sendto(reply.encode(), sender)


def hear(telephone, begin):
    """Whether that was the end of the call."""
    try:
        lines = lines_of(telephone.socket.recv(65535))
    except ConnectionRefusedError:  # the server is not up yet
        return False
    status = int(lines[0].split(" ")[1])
    if status < 200:
        return False
    print(f"the caller hears: {lines[0][8:]} (after {time.monotonic() - begin:.2f} s)")
    for line in lines[1:]:
        if line.startswith("X-") or (300 <= status < 400 and line.startswith("Contact:")):
            print(f"  {line}")
    if status >= 300:
        telephone.request("ACK", header(lines, "To").partition(">")[2])
    return True


def main():
    parser = argparse.ArgumentParser(description="Calls a number through the tutorial's server.")
    parser.add_argument("number", help="or a name, or what a caller may think of")
    parser.add_argument("headers", nargs="*", metavar="'Header: value'")
    parser.add_argument("--caller", default="alice")
    for gateway in GATEWAYS:
        parser.add_argument(f"--gateway{gateway}", type=int, default=200, metavar="STATUS")
    words = parser.parse_args()
    gateways = {udp(port): number for number, port in GATEWAYS.items()}
    statuses = {number: getattr(words, f"gateway{number}") for number in GATEWAYS}
    telephone = Telephone(words)
    begin = time.monotonic()
    again, pause = begin, AGAIN
    while time.monotonic() < begin + PATIENCE:
        if time.monotonic() >= again:
            telephone.request("INVITE")
            again, pause = time.monotonic() + pause, pause * 2
        wait = max(again - time.monotonic(), 0)
        for ready in select.select([telephone.socket, *gateways], [], [], wait)[0]:
            if ready in gateways:
                answer(ready, gateways[ready], statuses[gateways[ready]])
            elif hear(telephone, begin):
                return 0
    print("the caller hears nothing", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
