# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs whose calls kamexecd stores, and what became of them."""

import json
from pathlib import Path

from .programs import write_program
from .wait import wait_until


class Noted:
    """A program that notes each run in `path`, as "ID ATTEMPT ARGUMENT...", and then does `body`. A
    definition's first lines: `definition(**attributes)`."""

    def __init__(self, directory: Path, body="", name="noted"):
        self.path = directory / f"{name}.runs"
        self._script = write_program(
            directory / name, f'echo "$KAMEXEC_ID $KAMEXEC_ATTEMPT $*" >> {self.path}\n{body}'
        )

    def definition(self, **attributes) -> str:
        given = {"delivery": "stored", "retry": "20ms", "retry_most": "50ms", "timeout": "20s", **attributes}
        return f"run = {self._script}\n" + "\n".join(f"{name} = {value}" for name, value in given.items())

    def runs(self) -> list:
        """(id, attempt, arguments) in the order in which they began."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [(id, int(attempt), rest) for id, attempt, rest in (line.split(" ", 2) for line in lines)]

    def ids(self) -> list:
        return [id for id, _, _ in self.runs()]


def kept(reply) -> str:
    """The id of a call that is on disk."""
    assert (reply.word, len(reply.lines)) == ("yes", 1), (reply.word, reply.detail)
    assert len(reply.lines[0]) == 32
    return reply.lines[0]


def queue(client, *arguments) -> list:
    """What `control queue` says: its lines of JSON."""
    reply = client.control("queue", *arguments)
    assert reply.word == "yes", reply.detail
    return [json.loads(line) for line in reply.lines]


def status(client, program=None) -> dict:
    """The daemon's state, or what it says of what is stored of one program."""
    all = json.loads(client.control("status").lines[0])
    if program is None:
        return all
    (one,) = [entry for entry in all["programs"] if entry["name"] == program]
    return one["stored"]


def in_state(client, state: str, count: int, program=None) -> bool:
    """Waits until so many are in that state."""
    chosen = [f"program={program}"] if program else []
    return wait_until(lambda: len(queue(client, "list", f"state={state}", *chosen)) == count)
