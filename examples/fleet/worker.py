#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A worker that speaks NATS itself (docs/fleet-protocol.md): no library, no header of kamexec's.

    worker.py HOST:PORT gateways        it answers @gateways; start as many as you like

NATS_USER, NATS_PASSWORD and NATS_CA (a PEM file: with TLS) in the environment say how it logs in.
"""
import json
import os
import signal
import socket
import ssl
import sys
from urllib.parse import unquote

GATEWAYS = {"49": ["gw1.example.net", "gw2.example.net"], "44": ["gw3.example.net"]}


def answer(number):
    """The exit status and the lines of the answer."""
    known = number.isascii() and number.isdigit()  # from the caller: it may be anything
    hosts = GATEWAYS.get(number[:2], []) if known else []
    return (0, [f"sip:{number}@{host}" for host in hosts]) if hosts else (1, ["no route"])


def reply_to(request):
    """A request and a reply of docs/worker-protocol.md."""
    fields = [line.split(" ", 1) for line in request.split("\n") if " " in line]
    name = fields[0][1].split(" ")[0]
    arguments = [unquote(value, "latin-1") for field, value in fields if field == "arg"]
    if not arguments:
        return f"error {name} no number was given\n"
    status, lines = answer(arguments[0])
    return f"reply {name} {status}\n" + "".join(f"line {text}\n" for text in lines) + f"end {name}\n"


(host, port), program = sys.argv[1].rsplit(":", 1), sys.argv[2]
nats = socket.create_connection((host, int(port)))
nats_says = nats.makefile("rb").readline()  # INFO, before TLS begins
if "NATS_CA" in os.environ:
    context = ssl.create_default_context(cafile=os.environ["NATS_CA"])
    nats = context.wrap_socket(nats, server_hostname=host)
login = {"user": os.environ.get("NATS_USER"), "pass": os.environ.get("NATS_PASSWORD"), "verbose": False}
nats.sendall(f"CONNECT {json.dumps(login)}\r\nSUB kx.call.{program} kx 1\r\n".encode())
# No more calls: when the server has confirmed that (PONG), all that it has sent are answered.
signal.signal(signal.SIGTERM, lambda *_: nats.sendall(b"UNSUB 1\r\nPING\r\n"))

received = nats.makefile("rb")
for line in received:
    word, *words = line.decode().split()
    if word == "PING":
        nats.sendall(b"PONG\r\n")
    elif word == "MSG":  # MSG SUBJECT SUBSCRIPTION REPLY-TO BYTES
        payload = reply_to(received.read(int(words[-1]) + 2).decode()).encode()
        nats.sendall(b"PUB %b %d\r\n%b\r\n" % (words[2].encode(), len(payload), payload))
    elif word == "-ERR":
        sys.exit(line.decode())
    elif word == "PONG":
        sys.exit(0)
sys.exit("the server has closed the connection")
