# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured beside the cases: each part with its figures, its table, its words."""

from . import asynchronous, containment, fleet, fleet_callers, invite, pooled, service, shared, stored, stored_wait, waiting
from .rounds import Plan
from .scene import Scene

# Key in the results: the module, and the title of its table on a terminal.
PARTS = {
    "pooled": (pooled, "A pool's worker, against a process for each call and a bare round trip."),
    "service": (service, "A worker of kamexecd, and an answer that it keeps; bare round trips over hops."),
    "shared": (shared, "A pool in each SIP worker, and one that all share in kamexecd."),
    "fleet": (fleet, "A worker of another kamexecd over NATS; bare requests by libnats."),
    "fleet_callers": (fleet_callers, "Many calls over NATS at the same time, and as many bare requests."),
    "stored": (stored, "Calls that kamexecd stores, and bare commits of the same bytes and grouping."),
    "stored_wait": (stored_wait, "A SIP worker's wait for a stored call, at a steady rate."),
    "containment": (containment, "What is kept from a program, and what that costs."),
    "asynchronous": (asynchronous, "From the call to the next statement of the script."),
    "waiting": (waiting, "Shared memory of asynchronous calls that wait."),
}


def measure_parts(module, build, plan: Plan, progress) -> dict:
    with Scene() as scene:
        return {
            "pooled": pooled.measure_pooled(module, build, plan, scene, progress),
            "service": service.measure_service(module, build, plan, scene, progress),
            "shared": shared.measure_shared(module, build),
            "fleet": fleet.measure_fleet(module, build, plan, scene, progress),
            "fleet_callers": _alone(fleet_callers.measure_fleet_callers, build),
            "stored": stored.measure_stored(build, scene),
            "stored_wait": stored_wait.measure_stored_wait(module, build, scene),
            "containment": containment.measure_containment(build),
            "asynchronous": asynchronous.measure_asynchronous(module, plan, scene, progress),
            "waiting": [waiting.measure_waiting(module, scene)],
        }


def _alone(measure, build) -> list:
    """What it starts ends with it: it isn't to be in the way of the next."""
    with Scene() as scene:
        return measure(build, scene)


def missed(results: dict) -> list:
    """(call, why) for each bound that was not met."""
    return [
        (one["call"], why)
        for key in PARTS
        for one in results.get(key, [])
        for why in one.get("missed", [])
    ]


def words(results: dict) -> dict:
    """What the parts' texts may name beside their tables."""
    return {
        "jobs": waiting.JOBS,
        "first": waiting.AT_ONCE,
        "message_bytes": len(invite.example()),
        "headers": results["headers"],
        "stored_file_system": results["stored"][0]["file_system"],
    }
