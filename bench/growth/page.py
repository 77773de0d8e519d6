# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/scaling.md: the words around the tables."""

from . import capacity, tables
from .constants import Constants
from .queueing import LATELY, Setting

_TEXT = """<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
# Growth of a fleet

This page is for operators who plan a [fleet](how-to/fleet.md). It says how many calls a second each part carries,
which part is the first at its limit, and what full hosts and second runs cost. `bench/scaling.py --write-docs` wrote
it; `make scaling` prints it for your machine, after a `make bench` there.

Three kinds of figures are on it:

- **measured**: [the constants](#the-constants), by a run of the benchmarks (`make bench`) on {date},
  commit {commit}, on {machine}; some process waited for a
  processor {waited:.0%} of the time{busy};
- **computed** from these constants by the formula that stands beside them;
- **simulated**: [full hosts](#full-hosts) and [second runs](#second-runs), call by call, with a fixed seed.

Only one machine was measured. Use the page for orders of magnitude and for what comes first; measure your own
program before you buy machines.

## In short

- **SIP workers that wait**: {synchronous}
- **Asynchronous calls**: {asynchronous}
- A SIP host's kamexecd carries some {host} calls a second, one processor of a nats-server some {nats}
  ([what each part carries](#what-each-part-carries)).
- Keep the workers below {planned:.0%} of what they can do, with one host down. Above that, calls wait
  ([full hosts](#full-hosts)).
- With as many workers, few hosts that have many wait less than many hosts that have few.
- Set `hedge` to at least three times what a call takes on average: then second runs cost little
  ([second runs](#second-runs)).

## The constants

Times are for one call of a program that echoes its arguments. Processor times were taken with {callers} calls under
way: kamexecd and nats-server then do several calls' work each time they wake. With few calls they use more processor
time for each, and have enough of it.

{constants}

## What each part carries

A kamexecd passes calls on in one thread, its loop. So a second processor does not help it, and the loop's time is the
limit. A nats-server uses all processors; that it carries so many times more on them is assumed here, not measured.

{parts}

In a cluster the caller's server passes a call to the worker's server if these are two. If daemons choose their servers
by chance, {crossing:.0%} of the calls cross two of {cluster}, which takes `nats_crossed_cpu_us` of all servers
together; the others take `nats_cpu_us`. So three servers carry less than three times one of them. They are there for
the failure of one.

A SIP worker that calls synchronously waits for `call_us` and for the program. A worker has one call at a time. Calls a
second, computed: SIP workers / (`call_us` + time of the program), and workers / (`program_cpu_us` + time of the
program):

{waiting}

Asynchronous calls (`exec_avp_async`) hold no SIP worker. Then the next limit of a SIP host is `calls_most`, the calls
of a program that its kamexecd has under way: {calls_most} without a setting. It is reached at {calls_most} calls a
second if each takes a second.

`call_us` was taken on loopback. Between machines a call also takes twice the round trip of your network: to the
server, to the worker host, and back.

## The first limit

Calls a second of all parts of a kind together; the first limit is bold. There are {sip_workers} SIP workers on each SIP
host, which wait for their calls, a cluster of {cluster} nats-servers with {nats_cpus} processors each, and worker hosts
of {worker_cpus} processors. The program waits for something else (a database) for the time that is named. If it
computes instead, a worker host runs no more at once than it has processors.

{limits}

## NATS

A nats-server keeps nothing of a call, so its memory is that of its connections: one of each kamexecd. Its network
carries both messages of a call twice, in and out. With the payload of the constants, {lines} bytes of the protocol's
lines at most, {frame} of frame and headers, and {acknowledgement} of an acknowledgement, computed:

{network}

Requests with a SIP message or variables are larger: add their bytes four times. A program that wants none of them gets
none ([the fleet protocol](fleet-protocol.md#the-reply), `Kamexec-Wants`).

A cancel goes to all worker hosts, because nobody knows which one has the call. It is sent for calls that the caller
gives up, and for the loser of two runs. Messages for a call into and out of the server, computed as
4 + share × (1 + worker hosts), for a share of cancelled calls:

{cancels}

So with a hundred worker hosts keep second runs rare. Each SIP host's kamexecd knows at most 256 worker daemons of a
program (`Workers::kMost`, `src/fleet/workers.h`). Others get calls too, but no second tries.

## Full hosts

NATS gives a call to a worker host by chance and does not know which are full. One without a free worker refuses, and
the call goes to the host that answered last; the last of `tries` may wait in a queue. Simulated: {calls:,} calls,
{sip_hosts} SIP hosts, `tries` 3, `queue` 256, calls that come at random times and take random times (both exponential), of
10 ms on average; between two tries is `call_us`. The load is that of all workers. Waits and calls are in mean times
of the program. "By formula" is Erlang's B: a host that gets its share of the calls and loses those that it refuses.

{queues}

- The formula is a lower bound: calls that a host refuses go to others, and fill them.
- So many calls wait with {planned:.0%} load: {waiting_planned}.
  With {high:.0%} load: {waiting_high}.
- 3 × 64 are as many workers as 24 × 8, and wait less: chance spreads calls unevenly, and a large host evens that out.
- No call was refused by all (-4): the queue of the last one has room. It gets full if the load stays above 100 %.

## Second runs

With `idempotent = yes` a call goes to a second host if the first has not answered after `hedge`. Simulated: 3 worker
hosts × 8 workers, {hedge_load:.0%} load, `timeout` {hedge_timeout} mean times of the program; `hedge` in the same unit.
"Work for a call" is what all workers spent on one answered call: 1 without second runs. In the last two columns one of the three
hosts is frozen: NATS still gives it a third of the calls, the others have {ill_load:.0%} load, and late calls
return -2.

{hedges}

- A `hedge` near the usual time of a call makes many calls run twice. A second run wins time only where the program's
  time varies.
- With a frozen host every call that it gets takes `hedge` more, and as much again each time that the hosts that are
  asked then are full. A short `hedge` makes that short; a long one costs less as long as all is well.
- `hedge` {default_hedge} × is the default here, a quarter of `timeout`. It leaves three times to ask another host. Late
  calls are those for which that was not enough.
- The loser's worker is ended and started again, which takes the start of your program besides. That is not counted.
- Worker daemons that have not answered for {lately:.0f} s are not asked directly (`Workers::kLately`).

## What is not in these figures

- **TLS**: nothing here was measured with it.
- **Logs**: each failed call is a line in the SIP host's log.
- **Stored calls** (`delivery = stored`): [the benchmarks](benchmarks.md#stored-calls) have the cost of the local store.
- **A network that loses packets**, and hosts with other work.
- **Changes**: `make fleet-load` shows for a minute each, with 300 calls a second, what is lost while something
  changes. Its rows: all workers replaced one by one; the same under SIP calls through Kamailio; nats-server killed and
  started again; one of three nats-servers killed; one of three worker hosts frozen; the same with `idempotent = yes`.
  Each row has the calls, those that failed and how, those that ran twice, the median and the longest time, and how long
  after NATS' return the first call succeeded. It ends with `missed:` where a row is not as
  [the how-to](how-to/fleet.md#what-happens-when) says.
"""

# Of an idle machine, as for the benchmarks (bench/comparison/report.py).
MOST_WAITING = 0.3
_BUSY = ":\n  **the machine was busy with other work, so times to an answer are longer than those of an idle one**"

CALLS_MOST = 4096  # docs/reference/programs.md, calls_most


def _first(c: Constants, asynchronous: bool) -> str:
    """Which part is the first at its limit in the fleets of the table."""
    (part, times), *others = tables.first_limits(c, asynchronous).items()
    rest = " and ".join(f"{name} in {count}" for name, count in others)
    return (
        f"in {times} of the {len(tables.SHAPES)} fleets [below](#the-first-limit) the first\n  limit is the {part}"
        + (f", the {rest}." if rest else ".")
    )


def text(c: Constants) -> str:
    return _TEXT.format(
        date=c.date,
        commit=c.commit,
        machine=c.machine,
        waited=c.waited,
        busy=_BUSY if c.waited > MOST_WAITING else "",
        callers=c.callers,
        synchronous=_first(c, asynchronous=False),
        asynchronous=_first(c, asynchronous=True),
        host=tables._count(capacity.host_daemon(c)),
        nats=tables._count(capacity.nats_server(c, 1)),
        planned=capacity.PLANNED,
        constants=tables.of_constants(c),
        parts=tables.of_parts(c),
        crossing=capacity.crossing(capacity.CLUSTER),
        cluster=capacity.CLUSTER,
        waiting=tables.of_waiting(c),
        calls_most=CALLS_MOST,
        sip_workers=capacity.SIP_WORKERS,
        nats_cpus=capacity.NATS_CPUS,
        worker_cpus=capacity.WORKER_HOST_CPUS,
        limits=tables.of_limits(c),
        lines=capacity.LINES,
        frame=capacity.FRAME,
        acknowledgement=capacity.ACKNOWLEDGEMENT,
        network=tables.of_network(c),
        cancels=tables.of_cancels(c),
        calls=Setting.calls,
        sip_hosts=Setting.sip_hosts,
        queues=tables.of_queues(c),
        high=0.9,
        waiting_planned=tables.waiting_at(c, capacity.PLANNED),
        waiting_high=tables.waiting_at(c, 0.9),
        hedge_load=tables.HEDGE_LOAD,
        hedge_timeout=tables.HEDGE_TIMEOUT,
        ill_load=tables.HEDGE_LOAD * 3 / 2,
        default_hedge=tables.HEDGE_TIMEOUT // 4,
        hedges=tables.of_hedges(c),
        lately=LATELY,
    )
