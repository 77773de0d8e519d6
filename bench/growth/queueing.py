# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls, worker hosts and their queues, event by event: who is full, who waits, what a second run costs.

The rules are those of docs/fleet-protocol.md: the first try goes to a host of the queue group by chance; one without
a free worker refuses; further tries go to the host that answered this SIP host most recently; the last one may wait.
With a hedge a call that is silent goes to one more host each time that it has passed, and losers are cancelled.
Times are in units of the program's mean time. The same arguments give the same figures.
"""

import heapq
import itertools
import random
from collections import deque
from dataclasses import dataclass, field

LATELY = 10.0  # seconds for which a host that answered is asked directly (src/fleet/workers.h: kLately)


@dataclass(frozen=True)
class Setting:
    """`load`: calls that come, of those that all workers together (also those of frozen hosts) can run. `tail`: the
    program's time is exponential; else it is always the same. `hedge`, `timeout`, `round_trip`: in mean program times;
    `second`: how long a second is, in the same."""

    hosts: int
    workers: int
    load: float
    tail: bool = True
    sip_hosts: int = 4
    tries: int = 3
    queue: int = 256
    round_trip: float = 0.05
    second: float = 100.0
    hedge: float = None
    timeout: float = None
    frozen: int = 0
    calls: int = 20_000
    seed: int = 1


@dataclass(frozen=True)
class Figures:
    first_full: float  # share of calls whose first host had no free worker
    tries: float  # of a call, on average
    waited: float  # share that waited in a queue
    median: float  # of the time to the answer, of answered calls
    p99: float
    wait_p99: float  # of the time in a queue, of all calls: 0 of those that did not wait
    refused: float  # share that no host took: -4
    late: float  # share that had no answer at the deadline: -2
    hedged: float  # share that went to a second host because the first was silent
    work: float  # of the workers for one answered call, also that on answers that nobody waited for


@dataclass(eq=False)
class _Host:
    free: int
    frozen: bool
    queue: deque = field(default_factory=deque)


@dataclass(eq=False)
class _Copy:
    """One try. `state`: sent, queued, running, over."""

    call: "_Call"
    host: int
    direct: bool
    may_wait: bool
    hedge: bool
    state: str = "sent"
    since: float = 0.0


@dataclass(eq=False)
class _Call:
    number: int
    sip: dict  # of its SIP host: {host: [last answer, whether it refused]}
    begin: float
    asked: int = 0
    tried: list = field(default_factory=list)
    open: list = field(default_factory=list)
    hedged: bool = False
    done: bool = False


class _Run:
    def __init__(self, setting: Setting):
        self.s = setting
        self._random = random.Random(setting.seed)
        self._events, self._order, self.now = [], itertools.count(), 0.0
        frozen = [number < setting.frozen for number in range(setting.hosts)]
        self._hosts = [_Host(setting.workers, is_frozen) for is_frozen in frozen]
        self._sips = [{} for _ in range(setting.sip_hosts)]
        self._warm = setting.calls // 10
        self.first_full = self.tries = self.waits = self.refused = self.late = self.hedged = 0
        self.useful = self.wasted = 0.0
        self.took, self.waited = [], []

    def run(self) -> Figures:
        self._at(0.0, self._arrive, 0)
        while self._events:
            self.now, _, what, arguments = heapq.heappop(self._events)
            what(*arguments)
        counted = self.s.calls - self._warm
        took = sorted(self.took)
        waited = sorted(self.waited + [0.0] * (counted - len(self.waited)))
        return Figures(
            first_full=self.first_full / counted,
            tries=self.tries / counted,
            waited=self.waits / counted,
            median=took[len(took) // 2],
            p99=took[int(0.99 * len(took))],
            wait_p99=waited[int(0.99 * counted)],
            refused=self.refused / counted,
            late=self.late / counted,
            hedged=self.hedged / counted,
            work=(self.useful + self.wasted) / len(took),
        )

    def _at(self, delay: float, what, *arguments):
        heapq.heappush(self._events, (self.now + delay, next(self._order), what, arguments))

    def _counts(self, call: _Call) -> bool:
        return call.number >= self._warm

    # --- the SIP host's daemon ---

    def _arrive(self, number: int):
        if number + 1 < self.s.calls:
            rate = self.s.load * self.s.hosts * self.s.workers
            self._at(self._random.expovariate(rate), self._arrive, number + 1)
        call = _Call(number, self._random.choice(self._sips), self.now)
        self._send(call, None, hedge=False)
        if self.s.hedge is not None:
            self._at(self.s.hedge, self._hedge, call)
        if self.s.timeout is not None:
            self._at(self.s.timeout, self._deadline, call)

    def _send(self, call: _Call, host, hedge: bool, counted=True):
        direct = host is not None
        if not direct:
            host = self._random.randrange(self.s.hosts)
        may_wait = not hedge and call.asked + 1 >= self.s.tries
        call.asked += counted
        self.tries += counted and self._counts(call)
        copy = _Copy(call, host, direct, may_wait, hedge)
        call.open.append(copy)
        self._at(self.s.round_trip / 2, self._reached, copy)

    def _choose(self, call: _Call, without, also_full: bool):
        """The host that answered most recently; None: none is known."""
        lately = self.now - LATELY * self.s.second
        known = [
            (answered, host)
            for host, (answered, full) in call.sip.items()
            if host not in without and answered >= lately and (also_full or not full)
        ]
        return max(known)[1] if known else None

    def _refused(self, copy: _Copy):
        call = copy.call
        call.sip[copy.host] = (self.now, True)
        call.open.remove(copy)
        if call.done:
            return
        if not copy.hedge and call.asked == 1:
            self.first_full += self._counts(call)
        if call.asked < self.s.tries:
            call.tried.append(copy.host)
            without = [*call.tried, *(one.host for one in call.open if one.direct)]
            next_one = self._choose(call, without, also_full=copy.hedge)
            if next_one is not None or not copy.hedge:
                self._send(call, next_one, copy.hedge)
                return
        if not call.open:
            call.done = True
            self.refused += self._counts(call)

    def _answered(self, copy: _Copy, work: float):
        call = copy.call
        call.sip[copy.host] = (self.now, False)
        call.open.remove(copy)
        if call.done:
            self._waste(call, work)
            return
        call.done = True
        if self._counts(call):
            self.useful += work
            self.took.append(self.now - call.begin)
        self._cancel(call)

    def _hedge(self, call: _Call):
        if call.done or not call.open or len(call.open) >= max(self.s.tries, 2):
            return
        have = [one.host for one in call.open if one.direct]
        second = self._choose(call, have, also_full=True)
        if second is not None or len(call.open) == 1:
            self.hedged += self._counts(call) and not call.hedged
            call.hedged = True
            self._send(call, second, hedge=True, counted=False)
        self._at(self.s.hedge, self._hedge, call)

    def _deadline(self, call: _Call):
        if not call.done:
            call.done = True
            self.late += self._counts(call)
            self._cancel(call)

    def _cancel(self, call: _Call):
        for copy in call.open:
            self._at(self.s.round_trip / 2, self._cancelled, copy)

    # --- the worker hosts ---

    def _reached(self, copy: _Copy):
        host = self._hosts[copy.host]
        if host.frozen or copy.state == "over":
            return
        if host.free > 0:
            self._start(copy)
        elif copy.may_wait and len(host.queue) < self.s.queue:
            copy.state, copy.since = "queued", self.now
            host.queue.append(copy)
        else:
            self._at(self.s.round_trip / 2, self._refused, copy)

    def _start(self, copy: _Copy):
        self._hosts[copy.host].free -= 1
        if copy.state == "queued" and self._counts(copy.call):
            self.waits += 1
            self.waited.append(self.now - copy.since)
        copy.state, copy.since = "running", self.now
        self._at(self._random.expovariate(1.0) if self.s.tail else 1.0, self._finished, copy)

    def _finished(self, copy: _Copy):
        if copy.state == "running":
            self._at(self.s.round_trip / 2, self._answered, copy, self.now - copy.since)
            self._free(copy)

    def _free(self, copy: _Copy):
        copy.state = "over"
        host = self._hosts[copy.host]
        host.free += 1
        while host.queue and host.free > 0:
            waiting = host.queue.popleft()
            if waiting.state == "queued":
                self._start(waiting)

    def _cancelled(self, copy: _Copy):
        if copy.state == "running":
            self._waste(copy.call, self.now - copy.since)
            self._free(copy)
        copy.state = "over"

    def _waste(self, call: _Call, work: float):
        if self._counts(call):
            self.wasted += work


def simulate(setting: Setting) -> Figures:
    return _Run(setting).run()


def erlang_b(workers: int, load: float) -> float:
    """The probability that a host is full which loses what it refuses; `load`: of each of its workers."""
    offered, blocked = load * workers, 1.0
    for number in range(1, workers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked
