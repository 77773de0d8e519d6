#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The worker of the demo: lcr-worker.py HOST VERSION. It answers with a gateway, and with who it is."""
import sys
import time

host, version = sys.argv[1:]

for line in sys.stdin:
    field, _, value = line.rstrip("\n").partition(" ")
    if field == "hello":
        print("hello 1", flush=True)
    elif field == "request":
        name = value.split(" ")[0]
    elif field == "end":
        time.sleep(0.01)  # a database
        print(f"reply {name} 0\nline gw1.example.net\nline {host} {version}\nend {name}", flush=True)
