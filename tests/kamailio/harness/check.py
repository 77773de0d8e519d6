# SPDX-License-Identifier: GPL-2.0-or-later
"""`kamailio -c`: what an operator sees before the server starts."""

import subprocess
from dataclasses import dataclass

from .paths import KAMAILIO
from .server import ENVIRONMENT


@dataclass
class Check:
    status: int
    output: str
    config: str  # the configuration's path, as messages name it

    @property
    def accepted(self) -> bool:
        return self.status == 0


def check_file(path, directory, arguments=()) -> Check:
    done = subprocess.run(
        [KAMAILIO, "-c", "-E", "-f", path, "-Y", directory, "-m", "32", "-M", "8", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=ENVIRONMENT,
        timeout=30,
        check=False,
    )
    return Check(done.returncode, done.stdout.decode(errors="replace"), str(path))


def check(config, module, directory, words=None, arguments=()) -> Check:
    words = {"dir": directory, "port": 5060, **(words or {})}
    return check_file(config.write(directory, 5060, module, words), directory, arguments)
