# SPDX-License-Identifier: GPL-2.0-or-later
"""Goes through a page from its first block to its last, as a reader would."""

import os
import re

from harness.paths import REPOSITORY
from harness.wait import wait_until

from .comparison import agrees, holds


class Walk:
    """`shell` and `place` are the reader's. A block that isn't as the page says is an assertion."""

    def __init__(self, shell, place):
        self._shell, self._place = shell, place

    def through(self, blocks) -> int:
        """Returns how many blocks were done."""
        return sum(self._do(block) for block in blocks)

    def _do(self, block) -> int:
        if "file" in block.marks:
            self._write(block)
        elif block.is_a("sh"):
            self._commands(block)
        elif block.is_a("console"):
            self._console(block)
        elif block.is_a("log"):
            self._log(block)
        else:
            return 0
        return 1

    def _write(self, block):
        path = self._shell.directory / block.marks["file"]
        home = self._shell.home_outside
        assert home in path.parents, block.place
        path.write_text(self._place.here(block.text))
        os.chown(path, home.stat().st_uid, home.stat().st_gid)

    def _commands(self, block):
        status, shown = self._shell.run(self._place.here(block.text))
        assert status == 0, f"{block.place}: exit status {status}: {shown}"

    def _console(self, block):
        for command, expected in exchanges(block.text):
            shown = self._place.there(self._shell.run(self._place.here(command))[1])
            assert agrees(expected, shown), (
                f"{block.place}: $ {command}\nthe page shows:\n{expected}\nshown was:\n{shown}"
            )

    def _log(self, block):
        path = self._shell.directory / "log"
        for line in block.text.splitlines():
            log = lambda: self._place.there(path.read_text(errors="replace"))  # noqa: E731
            found = wait_until(lambda: holds(log(), line))
            assert found, f"{block.place}: not in the log: {line}\n{log()}"


def exchanges(text: str) -> list:
    """Pairs of a command and what it shows. A command goes on behind a `\\` or `|` at its line's end."""
    parts = re.split(r"^\$ ((?:.*[\\|]\n)*.*)\n", text, flags=re.M)
    assert not parts[0].strip(), f"output without a command: {parts[0]}"
    return list(zip(parts[1::2], parts[2::2]))


def is_of_the_repository(block) -> bool:
    """Whether a block marked same=PATH is that file, or a piece of it."""
    return block.text in (REPOSITORY / block.marks["same"]).read_text()
