# SPDX-License-Identifier: GPL-2.0-or-later
"""What was measured of one call, on which the page about growth rests: constants.json beside this file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

RECORDED = Path(__file__).with_name("constants.json")


class NoFigures(Exception):
    """A run of compare.py that lacks what is wanted."""


@dataclass(frozen=True)
class Constants:
    """Microseconds of one call; processor time where "cpu" is in the name."""

    date: str
    machine: str
    commit: str
    waited: float  # of the run: the share of time in which some process waited for a processor
    callers: int  # calls under way when processor times were taken
    call_us: float
    bare_us: float
    nobody_us: float
    kamailio_cpu_us: float
    host_cpu_us: float
    host_loop_cpu_us: float
    nats_cpu_us: float
    nats_crossed_cpu_us: float
    worker_cpu_us: float
    worker_loop_cpu_us: float
    program_cpu_us: float
    bytes_there: int
    bytes_back: int


# Where each was taken from: (name, what it is, its source).
SOURCES = (
    ("call_us", "a call from the script and back, one at a time", "fleet, `exec_cmd`, median"),
    ("bare_us", "a bare request by libnats with the same bytes", "fleet, `exec_cmd`, bare, median"),
    ("nobody_us", "a call that nobody answers", "fleet, `@nobody`, median"),
    ("kamailio_cpu_us", "processor: the SIP worker", "fleet, `exec_cmd`"),
    ("host_cpu_us", "processor: the SIP host's kamexecd", "many callers"),
    ("host_loop_cpu_us", "of this, its loop", "many callers"),
    ("nats_cpu_us", "processor: nats-server", "many callers"),
    ("nats_crossed_cpu_us", "processor: all nats-servers, if the call crosses two", "many callers, two servers"),
    ("worker_cpu_us", "processor: the worker host's kamexecd", "many callers"),
    ("worker_loop_cpu_us", "of this, its loop", "many callers"),
    ("program_cpu_us", "processor: the C++ worker, which only echoes", "many callers"),
)


def of_results(results: dict) -> Constants:
    """Of build/bench/results.json."""
    if not results.get("fleet") or not results.get("fleet_callers"):
        raise NoFigures("this run has no figures of a fleet: run make bench, with nats-server and libnats installed")
    command = next(one for one in results["fleet"] if one["call"].startswith("exec_cmd"))
    nobody = results["fleet"][-1]
    *alone, crossed = results["fleet_callers"]
    many = alone[-1]
    used = many["processor_us"]["ours"]
    machine = results["machine"]
    return Constants(
        date=machine["date"],
        machine=f"{machine['cpus']} processors ({machine['cpu']}), {machine['system']}",
        commit=machine["commit"],
        waited=round(results.get("waiting_for_cpu", 0.0), 2),
        callers=many["callers"],
        call_us=round(command["ours"]["median_us"], 1),
        bare_us=round(command["bare"]["median_us"], 1),
        nobody_us=round(nobody["ours"]["median_us"], 1),
        kamailio_cpu_us=round(command["ours"]["cpu_us"], 1),
        host_cpu_us=round(used["host"], 1),
        host_loop_cpu_us=round(used["host_loop"], 1),
        nats_cpu_us=round(used["nats"], 1),
        nats_crossed_cpu_us=round(crossed["processor_us"]["ours"]["nats"], 1),
        worker_cpu_us=round(used["worker"], 1),
        worker_loop_cpu_us=round(used["worker_loop"], 1),
        program_cpu_us=round(used["programs"], 1),
        bytes_there=many["bytes_there"],
        bytes_back=many["bytes_back"],
    )


def recorded() -> Constants:
    return Constants(**json.loads(RECORDED.read_text()))


def record(constants: Constants) -> None:
    RECORDED.write_text(json.dumps(asdict(constants), indent=1) + "\n")
