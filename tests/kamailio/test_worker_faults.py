# SPDX-License-Identifier: GPL-2.0-or-later
"""Workers of a pool that do wrong: the right outcome in time, and the call after it is right."""

import time

import pytest

from harness.client import Client
from harness.config import Config

# Does what its first argument says, once; "right" answers with the second.
WORKER = r"""
import os, sys, time

def out(text):
    sys.stdout.buffer.write(text.encode("latin-1"))
    sys.stdout.buffer.flush()

def answer(name, how, value):
    right = f"reply {name} 0\nline {value}\nend {name}\n"
    if how == "silent":
        time.sleep(30)
    elif how == "late":
        time.sleep(2.0)
        out(right)
    elif how == "trickles":
        for letter in right * 100:
            out(letter)
            time.sleep(0.1)
    elif how == "extra-line":
        out(right + "line more\n")
    elif how == "twice":
        out(right + right)
    elif how == "another-id":
        out(right.replace(name, "x" + name[1:] if len(name) > 1 else "x"))
    elif how == "garbage":
        out("\x00\xff<html>\r\n\x7f" * 20 + "\n")
    elif how == "too-much":
        out(f"reply {name} 0\n" + f"line {'x' * 1000}\n" * 100)
        time.sleep(30)
    elif how == "closes-output":
        os.close(1)
        time.sleep(30)
    elif how == "closes-input":
        os.close(0)
        out(right)
        time.sleep(30)
    elif how == "dies":
        os._exit(3)
    elif how == "killed":
        out(f"reply {name} 0\nline part")
        os.kill(os.getpid(), 9)
    elif how == "forks":
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        out(right)
    elif how == "loops":
        while True:
            pass
    elif how == "says-error":
        out(f"error {name} the%20database is away\n")
    else:
        out(right)

while line := sys.stdin.readline():
    field, _, value = line.rstrip("\n").partition(" ")
    if field == "hello":
        out("hello 1\n")
    elif field == "request":
        name, arguments = value.split(" ")[0], []
    elif field == "arg":
        arguments.append(value)
    elif field == "end":
        answer(name, *arguments)
"""
DEADLINE, UNUSABLE, RIGHT = "-2 deadline", "-5 unusable", "1 ok"
FAULTS = {
    "silent": DEADLINE,
    "late": DEADLINE,
    "trickles": DEADLINE,
    "extra-line": None,  # what comes behind a whole reply may come after it was taken
    "twice": None,
    "another-id": UNUSABLE,
    "garbage": UNUSABLE,
    "too-much": UNUSABLE,
    "closes-output": UNUSABLE,
    "closes-input": RIGHT,
    "dies": UNUSABLE,
    "killed": UNUSABLE,
    "forks": RIGHT,
    "loops": DEADLINE,
    "says-error": UNUSABLE,
}
TELL = r'append_to_reply("X-RC: $exec(rc) $exec(outcome)\r\nX-Value: $avp(v)\r\n");'
ROUTES = {
    "now": f'exec_avp("@w $rU $hdr(X-Token)", "$avp(v)"); {TELL}',
    "later": 'exec_avp_async("@w $rU $hdr(X-Token)", "$avp(v)", "BACK");',
}


@pytest.fixture
def faulty(start, tmp_path):
    worker = tmp_path / "worker.py"
    worker.write_text(WORKER)
    definition = (
        f"name=w; run=/usr/bin/python3 {worker}; via=pool; workers=2; timeout=1500ms; "
        "kill_grace=50ms; output_limit=50k; breaker=none; backoff=10ms; backoff_most=20ms"
    )
    back = f'route[BACK] {{ {TELL} t_reply("200", "Done"); }}'
    server = start(Config(ROUTES, back, [("program", definition)], children=1))
    client = Client(server)
    yield client, server
    client.close()


@pytest.mark.parametrize("route", ROUTES)
def test_every_fault_ends_in_its_outcome(faulty, route):
    client, server = faulty
    wrong = []

    def call(how, token):
        return client.call(route, uri=f"sip:{how}@x.test", headers=[("X-Token", token)])

    for number, (how, expected) in enumerate(FAULTS.items()):
        reply = call(how, f"f{number}")
        if reply["X-RC"] not in ((expected,) if expected else (RIGHT, UNUSABLE)):
            wrong.append(f"{how}: {reply['X-RC']}")
        if reply["X-RC"] == RIGHT and reply["X-Value"] != f"f{number}":
            wrong.append(f"{how}: the value {reply['X-Value']}")
        if reply["X-RC"] not in (RIGHT,) and reply["X-Value"] != "<null>":
            wrong.append(f"{how}: {reply['X-Value']} was applied")
        if how == "late":
            time.sleep(0.7)  # its answer would have come by now
        for again in range(2):
            after = call("right", f"a{number}-{again}")
            if (after["X-RC"], after["X-Value"]) != (RIGHT, f"a{number}-{again}"):
                wrong.append(f"after {how}: {after['X-RC']} {after['X-Value']}")
    assert not wrong, server.log_tail()


@pytest.mark.parametrize(
    "run, why",
    [
        ("/bin/false", "not-started"),
        ("/usr/bin/yes", "not-started"),
        ("/bin/sleep 30", "deadline"),
        ("/bin/echo hello 99", "not-started"),
    ],
)
def test_what_is_no_worker_says_so_in_time(start, run, why):
    definition = f"name=w; run={run}; via=pool; timeout=1500ms; kill_grace=50ms; breaker=3"
    server = start(Config(ROUTES, "route[BACK] { exit; }", [("program", definition)], children=1))
    client = Client(server)
    replies = [client.call("now", headers=[("X-Token", "x")]) for _ in range(6)]
    assert all(reply["X-Value"] == "<null>" for reply in replies)
    outcomes = [reply["X-RC"].split()[1] for reply in replies]
    assert set(outcomes) <= {why, "refused"} and why in outcomes or set(outcomes) == {"refused"}
    assert 'exec_avp("@w' in server.log()
    client.close()
