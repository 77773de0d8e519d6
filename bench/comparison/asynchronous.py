# SPDX-License-Identifier: GPL-2.0-or-later
"""What it adds to a command's time that the script goes on elsewhere when it ends.

One server with our module and one SIP worker. A request makes one call, in a transaction that is
there already; the script takes the time before the call, and again as the first statement after it,
which is in the resumed route where the call was asynchronous. So in the time are the suspension, the
way to the module's process, the run there, and the resumption with the results applied.
"""

from dataclasses import dataclass

from . import figures, invite
from .errors import MeasurementError
from .harness import SHORT_LIVES, Client, Config, Server, job_processes, rpc
from .rounds import Plan, measure
from .scene import Scene
from .server_subject import PATIENCE, elapsed_us

MOST_ADDED = 0.15

_BEGIN = "t_newtran(); $avp(begin) = $TV(Sn);\n"
_END = r"""
    $avp(end) = $TV(Sn);
    append_to_reply("X-Begin: $avp(begin)\r\nX-End: $avp(end)\r\nX-Outcome: $exec(outcome)\r\n");
    t_reply("200", "Done");
    exit;
"""


@dataclass(frozen=True)
class Case:
    """A command that is run in both ways."""

    name: str
    command: str

    def call(self, asynchronous: bool) -> str:
        return (
            f'exec_avp_async("{self.command}", "$avp(answer)", "GOES_ON");'
            if asynchronous
            else f'exec_avp("{self.command}", "$avp(answer)");'
        )


CASES = (Case("true", "/bin/true"), Case("echo", "/bin/echo hello $rU"), Case("2 ms", "sleep 0.002"))


def _config() -> Config:
    routes = {"GOES_ON": _END}
    for number, case in enumerate(CASES):
        routes[f"waits_{number}"] = _BEGIN + case.call(False) + _END
        routes[f"async_{number}"] = _BEGIN + case.call(True) + 't_reply("503", "Refused"); exit;'
    return Config(routes, children=1, rpc=True, modparams=SHORT_LIVES)


class _Subject:
    repeats = 1

    def __init__(self, name, server, client, pid):
        self.name, self._server, self._client, self._pid = name, server, client, pid

    def measure(self, case, calls: int) -> float:
        """Microseconds for one call, of `calls` requests one after another."""
        total = 0
        for _ in range(calls):
            reply = self._client.call(
                f"{self.name}_{CASES.index(case)}",
                method="INVITE",
                headers=invite.headers(1),
                body=invite.BODY,
                within=PATIENCE,
            )
            if reply.status != 200 or reply["X-Outcome"] != "ok":
                raise MeasurementError(f"{case.command}: {reply.status}, {reply['X-Outcome']}")
            total += elapsed_us(self.name, reply)
        return total / calls

    def pid(self, _case) -> int:
        return self._pid


def _figures(case: Case, series: dict) -> dict:
    result = {
        "call": case.call(False).rstrip(";"),
        **{name: figures.spread(values) for name, values in series.items()},
    }
    added = result["async"]["median_us"] / result["waits"]["median_us"] - 1
    result.update(added=added, missed=[])
    if added > MOST_ADDED:
        result["missed"].append(f"asynchronous {added:+.1%}, wanted {MOST_ADDED:.0%} at most")
    return result


def measure_asynchronous(module, plan: Plan, scene: Scene, progress) -> list:
    """Figures by command."""
    directory = scene.directory()
    server = Server(_config(), module, directory, strict=False)
    try:
        client = Client(server)
        ours = job_processes(lambda *query: rpc.call(directory, *query))
        pids = {"waits": server.workers()[0], "async": ours[0]}
        subjects = [_Subject(name, server, client, pid) for name, pid in pids.items()]
        series = measure(subjects, CASES, plan, progress)
        client.close()
    finally:
        server.stop()
    return [_figures(case, series[case.name]) for case in CASES]


HEAD = ("call", "synchronous us", "asynchronous us", "added us", "added", "bound")


def row(one: dict) -> tuple:
    waits, later = (one[name]["median_us"] for name in ("waits", "async"))
    return (
        one["call"],
        f"{waits:.0f}",
        f"{later:.0f}",
        f"{later - waits:.0f}",
        f"{one['added']:+.1%}",
        f"<= {MOST_ADDED:.0%}",
    )


TEXT = """
## Asynchronous calls

This table shows how much longer an asynchronous call takes from the call to the next statement of the
script. Each request makes one call, in a transaction that exists already (`t_newtran`). The script reads the
time before the call and again in the next statement, which is the first statement of the resume route for
`exec_avp_async`. The difference includes the suspension, the way to the module's process, the run of the
command there, and the resumption with the results applied. It does not show the purpose of the
asynchronous call: what the SIP worker does meanwhile. Both kinds of calls were measured in turns as above,
on one server with one request at a time.

{table}

{verdict}"""
