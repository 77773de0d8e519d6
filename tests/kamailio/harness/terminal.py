# SPDX-License-Identifier: GPL-2.0-or-later
"""An interactive program on a terminal of its own, as a person types to it."""

import os
import pty
import select
import signal
import time

from .wait import PATIENCE


class Terminal:
    def __init__(self, program, *arguments, directory, environment):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.execvpe(program, [program, *arguments], environment)
        self.shown = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def type(self, text: str):
        self.shown = ""
        os.write(self.descriptor, text.encode())

    def wait_for(self, wanted: str, seconds: float = PATIENCE) -> bool:
        """Whether the terminal shows it, after what was typed last, within that time."""
        end = time.monotonic() + seconds
        while wanted not in self.shown:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.descriptor], [], [], left)[0]:
                return False
            try:
                self.shown += os.read(self.descriptor, 65536).decode(errors="replace")
            except OSError:  # the program ended
                return wanted in self.shown
        return True
