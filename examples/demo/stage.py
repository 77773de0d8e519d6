# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scene works with: the proxy, a telephone, and the record of what went wrong."""

from dataclasses import dataclass, field

import runs
import show
from borrowed import HarnessError
from phone import Phone
from proxy import Proxy


@dataclass
class Stage:
    proxy: Proxy
    phone: Phone
    wrong: list = field(default_factory=list)

    def check(self, good: bool, text: str) -> None:
        show.verdict(good, text)
        if not good:
            self.wrong.append(text)

    def uri(self, user: str) -> str:
        return f"sip:{user}@127.0.0.1:{self.proxy.server.port}"

    def ran(self, *programs: str) -> list:
        """Waits for one run of each program; gives them in this order. HarnessError: others ran."""
        found = runs.wait_for(self.proxy.directory, len(programs))
        names = sorted(run.program for run in found)
        if names != sorted(programs):
            raise HarnessError(f"{sorted(programs)} should have run; {names} did")
        return sorted(found, key=lambda run: programs.index(run.program))

    def tried(self) -> list:
        """(name, request, status) of each INVITE that reached a gateway, which forgets it."""
        found = []
        for number, gateway in enumerate(self.proxy.gateways, 1):
            for request in gateway.of_method("INVITE"):
                found.append((f"gateway {number}", request, gateway.status))
            gateway.requests.clear()
        return found


def play(stage: Stage, scenes) -> None:
    """Every scene, whatever became of those before it; a dead server ends them all."""
    for number, scene in enumerate(scenes, 1):
        show.title(number, scene.__doc__)
        runs.take(stage.proxy.directory)  # of a scene that went wrong
        stage.tried()
        try:
            scene(stage)
        except HarnessError as error:
            stage.check(False, str(error))
        if not stage.proxy.server.alive():
            stage.check(False, "the server died")
            show.log(stage.proxy.server.log_tail())
            return
