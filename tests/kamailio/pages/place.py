# SPDX-License-Identifier: GPL-2.0-or-later
"""What pages call by names that may be taken on this machine: ports, the module, the home directory."""

import re
import shutil
from pathlib import Path

from harness.paths import KAMAILIO, OURS, REPOSITORY
from harness.ports import free_port

# As the pages have them.
MODULE = "/usr/lib/x86_64-linux-gnu/kamailio/kamexec/exec.so"
HOME = "/home/you"
SOURCE = "kamexec"  # in the home directory
PORTS = (4222, 5080, 5091, 5092)
TEXTS = ("*.cfg", "*.py", "server")


class Place:
    """The reader's home, in `home`, with the repository's examples where the pages say they are."""

    def __init__(self, home: Path, module: Path):
        self.home = home
        self._here = {str(port): str(free_port()) for port in PORTS}
        self._here[MODULE] = str(module)
        self._here[HOME] = str(home)
        self._there = {real: name for name, real in self._here.items()}
        self._lay_out(home / SOURCE)

    @property
    def programs(self) -> Path:
        """What is on the reader's PATH before the system's: the tool and the daemon, as they are
        installed, and the server that is tested."""
        return self.home / ".installed"

    def _lay_out(self, source: Path):
        self.programs.mkdir()
        for name in ("kamexec", "kamexecd"):
            (self.programs / name).symlink_to(OURS.parent / name)
        if KAMAILIO:
            (self.programs / "kamailio").symlink_to(KAMAILIO)
        source.mkdir()
        (source / "build").symlink_to(REPOSITORY / "build")
        shutil.copytree(REPOSITORY / "examples", source / "examples")
        for pattern in TEXTS:
            for path in source.glob(f"examples/tutorial/{pattern}"):
                path.write_text(self.here(path.read_text()))

    def here(self, text: str) -> str:
        """A page's text with this machine's names in it."""
        return _replaced(text, self._here)

    def there(self, text: str) -> str:
        """What was shown on this machine, as a page would show it."""
        return _replaced(text, self._there)


def _replaced(text, names):
    # Longest first: one name may begin another. Digits around would make it another number.
    for name in sorted(names, key=len, reverse=True):
        edge = r"(?<!\d)%s(?!\d)" if name.isdigit() else "%s"
        text = re.sub(edge % re.escape(name), names[name].replace("\\", r"\\"), text)
    return text

