# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that write down when they ran, for which call, and how it ended: one of a process for each
attempt, and a pool's worker. Their log is what the world has seen; the daemon has no part in it."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

# Both get: KEY SEQUENCE PLAN and anything. A letter of PLAN says how an attempt goes, the first of the
# first one: f(ails with status 1), k(illed by a signal), h(angs), e(rror of the worker, status 3 of the
# other), s(ucceeds after a while). An attempt beyond the plan succeeds at once.
#
# A line is written at once (O_APPEND): "begin ID ATTEMPT KEY SEQUENCE PID" and "end ID ATTEMPT KEY
# SEQUENCE PID". "end" is the success; an attempt without one has failed.
SPAWNED = """#!/bin/sh
log=$1 key=$2 sequence=$3 plan=$4
say() { echo "$1 $KAMEXEC_ID $KAMEXEC_ATTEMPT $key $sequence $$" >> "$log"; }
say begin
attempt=$KAMEXEC_ATTEMPT
while [ "$attempt" -gt 1 ] && [ -n "$plan" ]; do plan=${plan#?} attempt=$((attempt - 1)); done
case $plan in
  f*) exit 1 ;;
  k*) kill -KILL $$ ;;
  h*) exec sleep 30 ;;
  e*) exit 3 ;;
  s*) sleep 0.05 ;;
esac
say end
"""

WORKER = """#!/usr/bin/python3
import os, sys, time
log = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
for line in sys.stdin:
    field, _, value = line.rstrip("\\n").partition(" ")
    if field == "hello":
        print("hello 1", flush=True)
    elif field == "request":
        id, attempt, arguments = value.split(" ")[0], "-", []
    elif field == "attempt":
        attempt = value
    elif field == "arg":
        arguments.append(value)
    elif field == "end":
        key, sequence, plan = arguments[:3]
        told = f"{id} {attempt} {key} {sequence} {os.getpid()}\\n".encode()
        os.write(log, b"begin " + told)
        goes = plan[int(attempt) - 1:][:1] if attempt.isdigit() else ""
        if goes == "k":
            os.kill(os.getpid(), 9)
        if goes == "h":
            time.sleep(30)
        if goes == "e":
            print(f"error {id} as planned", flush=True)
            continue
        if goes == "s":
            time.sleep(0.05)
        if goes != "f":
            os.write(log, b"end " + told)
        print(f"reply {id} {1 if goes == 'f' else 0}\\nend {id}", flush=True)
"""

_DEFINITION = """run = {run} {log}
delivery = stored
order_by = 1
timeout = 2s
kill_grace = 0ms
retry = 20ms
retry_most = 200ms
attempts = 100000
keep_done = 5s
"""
_KINDS = {
    "spawned": ("spawned.sh", SPAWNED, "max = 4\n"),
    "pooled": (
        "worker.py",
        WORKER,
        "via = pool\nworkers = 2\nworkers_start = 2\nworkers_least = 2\nbackoff = 1ms\n"
        "backoff_most = 100ms\nbreaker = none\n",
    ),
}
FILES = tuple(name for name, _, _ in _KINDS.values())


class Programs:
    """The programs in `directory`, and their log there. `definitions`: for programs.conf, by name."""

    def __init__(self, directory: Path, names=tuple(_KINDS)):
        self.log_path = directory / "ran"
        self.log_path.touch()
        self.definitions = {}
        for name in names:
            file, text, more = _KINDS[name]
            path = directory / file
            path.write_text(text)
            path.chmod(0o755)
            self.definitions[name] = _DEFINITION.format(run=path, log=self.log_path) + more

    def seen(self) -> "Seen":
        return Seen.of(self.log_path.read_text())


@dataclass
class Seen:
    """What a log tells. A call is (key, sequence)."""

    attempts: int = 0
    ids: dict = field(default_factory=lambda: defaultdict(set))  # call: the ids that it ran with
    successes: dict = field(default_factory=lambda: defaultdict(int))  # call: how often it succeeded
    order: dict = field(default_factory=lambda: defaultdict(list))  # key: sequences, as they succeeded first
    overlapping: list = field(default_factory=list)  # two of a key that ran at the same time
    wrong: list = field(default_factory=list)  # lines without an id

    @staticmethod
    def of(log: str) -> "Seen":
        seen, under_way, overtaken = Seen(), {}, {}
        for line in log.splitlines():
            what, *words = line.split(" ")
            if len(words) != 5 or not words[0] or not words[1].isdigit():
                seen.wrong.append(f"a program ran as {line!r}")
                continue
            id, attempt, key, sequence, pid = words
            run, call = (id, attempt, pid), (key, int(sequence))
            if what == "begin":
                seen.attempts += 1
                seen.ids[call].add(id)
                # One that has not ended was killed; if its end comes later, it was not.
                if key in under_way:
                    overtaken[under_way[key]] = line
                under_way[key] = run
                continue
            if run in overtaken:
                seen.overlapping.append(f"{overtaken.pop(run)!r} before {line!r}")
            elif under_way.get(key) == run:
                del under_way[key]
            seen.successes[call] += 1
            if seen.successes[call] == 1:
                seen.order[key].append(call[1])
        return seen


def store_of(reply) -> dict:
    """Of a status reply: {"waiting", "running", "done", "dead", ...} by stored program."""
    programs = json.loads(reply.lines[0])["programs"]
    return {one["name"]: one["stored"] for one in programs if one.get("stored")}
