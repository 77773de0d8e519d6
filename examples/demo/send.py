#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends one SIP request to the demo's server and shows what came back.

  send.py PORT METHOD USER ['Header: value' ...] [--caller USER] [--body TEXT]
"""

import argparse
import sys
from dataclasses import dataclass

import show
from borrowed import HarnessError
from phone import Phone


@dataclass
class _Server:
    """What a telephone wants of a server that somebody else started."""

    port: int

    def alive(self):
        return True


def main() -> int:
    words = argparse.ArgumentParser(description="Sends one SIP request to the demo's server.")
    words.add_argument("port", type=int)
    words.add_argument("method")
    words.add_argument("user", help="of the R-URI: a number, a name, or what a caller may think of")
    words.add_argument("headers", nargs="*", metavar="'Header: value'")
    words.add_argument("--caller", default="alice")
    words.add_argument("--body", default="")
    given = words.parse_args()
    headers = [tuple(part.strip() for part in h.split(":", 1)) for h in given.headers]
    if any(len(header) != 2 for header in headers):
        words.error("a header has a name, a colon and a value")
    uri = f"sip:{given.user}@127.0.0.1:{given.port}"
    try:
        with Phone(_Server(given.port)) as phone:
            exchange = phone.send(given.method, uri, given.caller, headers, given.body)
    except (HarnessError, OSError) as error:
        print(f"send.py: {error}", file=sys.stderr)
        return 1
    show.incoming(exchange.request, *(name for name, _ in headers))
    show.reply(exchange, *(name for name, _ in exchange.reply.headers if name.startswith("X-")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
