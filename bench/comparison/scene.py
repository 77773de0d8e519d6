# SPDX-License-Identifier: GPL-2.0-or-later

import contextlib
import tempfile
from pathlib import Path


class Scene:
    """Directories, and subjects that are closed at the end, in a `with` statement."""

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        made = tempfile.TemporaryDirectory(prefix="kamexec-bench-")
        self._scratch = Path(self._stack.enter_context(made))
        return self

    def __exit__(self, *error):
        self._stack.close()

    def directory(self) -> Path:
        """A new one, empty."""
        return Path(tempfile.mkdtemp(dir=self._scratch))

    def add(self, subject):
        """Gives back what is to be closed."""
        self._stack.callback(subject.close)
        return subject
