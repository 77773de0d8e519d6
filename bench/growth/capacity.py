# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls a second that each part of a fleet carries, and which part is the first at its limit. Formulas alone."""

from dataclasses import dataclass

from .constants import Constants

SECOND_US = 1e6
# Of a part that is planned for: the rest is for bursts, and for a part that fails.
PLANNED = 0.7
SIP_WORKERS = 16  # of each SIP host
NATS_CPUS = 4  # of each nats-server
WORKER_HOST_CPUS = 8
CLUSTER = 3  # nats-servers

# A message is one segment each way, at most, in bytes: the protocol's lines around the payload (PUB and MSG with two
# subjects and two sizes), Ethernet, IP and TCP with what lies between two frames, and an acknowledgement alone.
LINES, FRAME, ACKNOWLEDGEMENT = 100, 90, 90


def sip_worker(c: Constants, program_us: float) -> float:
    """One that waits for each call."""
    return SECOND_US / (c.call_us + program_us)


def host_daemon(c: Constants) -> float:
    """Its loop is one thread."""
    return SECOND_US / c.host_loop_cpu_us


def worker_daemon(c: Constants) -> float:
    return SECOND_US / c.worker_loop_cpu_us


def nats_server(c: Constants, cpus: int) -> float:
    return cpus * SECOND_US / c.nats_cpu_us


def crossing(servers: int) -> float:
    """The share of calls whose two daemons are at different servers, if both choose by chance."""
    return 1 - 1 / servers


def cluster(c: Constants, cpus: int, servers: int = CLUSTER) -> float:
    share = crossing(servers)
    mean = (1 - share) * c.nats_cpu_us + share * c.nats_crossed_cpu_us
    return servers * cpus * SECOND_US / mean


def workers(c: Constants, count: int, program_us: float) -> float:
    """Of one worker host: as many calls at once as it has workers; each also takes what an echo takes."""
    return count * SECOND_US / (program_us + c.program_cpu_us)


def worker_host_cpu(c: Constants, cpus: int) -> float:
    """If the program itself takes no more of the processor than an echo: it waits, for a database say."""
    return cpus * SECOND_US / (c.worker_cpu_us + c.program_cpu_us)


@dataclass(frozen=True)
class Shape:
    sip_hosts: int
    worker_hosts: int
    workers: int  # of each worker host
    program_us: float


def limits(c: Constants, shape: Shape) -> dict:
    """{part: calls a second of all of that kind}."""
    return {
        "SIP workers": shape.sip_hosts * SIP_WORKERS * sip_worker(c, shape.program_us),
        "SIP hosts' kamexecd": shape.sip_hosts * host_daemon(c),
        "NATS": cluster(c, NATS_CPUS),
        "worker hosts' kamexecd": shape.worker_hosts * min(worker_daemon(c), worker_host_cpu(c, WORKER_HOST_CPUS)),
        "workers": shape.worker_hosts * workers(c, shape.workers, shape.program_us),
    }


def wire_bytes(payload: int) -> int:
    """Of a message on one way, at most, in both directions."""
    return payload + LINES + FRAME + ACKNOWLEDGEMENT


def nats_megabits(c: Constants, calls: float) -> float:
    """In and out of one nats-server together, both messages of a call twice each."""
    return 2 * (wire_bytes(c.bytes_there) + wire_bytes(c.bytes_back)) * 8 * calls / 1e6


def messages(worker_hosts: int, cancelled: float) -> float:
    """Of a call, into and out of the server: request and reply, and a cancel that goes to all worker hosts."""
    return 4 + cancelled * (1 + worker_hosts)
