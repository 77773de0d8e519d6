#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A worker that picks gateways for a number. It speaks the protocol of docs/worker-protocol.md."""
import sys
from urllib.parse import unquote

GATEWAYS = {"49": ["gw1.example.net", "gw2.example.net"], "44": ["gw3.example.net"]}


def answer(arguments):
    """The exit status and the lines of the answer."""
    if not arguments:
        raise ValueError("no number was given")
    number = unquote(arguments[0], "latin-1")
    known = number.isascii() and number.isdigit()  # from the caller: it may be anything
    hosts = GATEWAYS.get(number[:2], []) if known else []
    return (0, [f"sip:{number}@{host}" for host in hosts]) if hosts else (1, ["no route"])


def escaped(text):
    return str(text).replace("%", "%25").replace("\n", "%0A")


for line in sys.stdin:
    field, _, value = line.rstrip("\n").partition(" ")
    if field == "hello":
        print("hello 1", flush=True)
    elif field == "request":
        name, arguments = value.split(" ")[0], []
    elif field == "arg":
        arguments.append(value)
    elif field == "end":
        try:
            status, lines = answer(arguments)
            body = "".join(f"line {escaped(text)}\n" for text in lines)
            reply = f"reply {name} {status}\n{body}end {name}\n"
        except Exception as problem:
            reply = f"error {name} {escaped(problem)}\n"
        sys.stdout.write(reply)
        sys.stdout.flush()
