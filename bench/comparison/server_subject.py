# SPDX-License-Identifier: GPL-2.0-or-later
"""A running Kamailio with one of the modules: makes N calls for one INVITE and takes the time."""

import collections
import os
import re
from pathlib import Path

from . import invite
from .errors import MeasurementError
from .harness import STOCK, Client, Config, Server

PATIENCE = 60.0  # seconds for one round

# $TV(Sn) asks the clock each time it is read: "seconds.microseconds". Both readings lie within the
# script, so neither the network nor the parsing of the request is in the time between.
_ROUTE = r"""
    $var(left) = $(hdr(X-Count){s.int});
    $var(good) = 0;
    $var(begin) = $TV(Sn);
    while ($var(left) > 0) {
        %(before)s
        if (%(call)s%(check)s) $var(good) = $var(good) + 1;
        $var(left) = $var(left) - 1;
    }
    $var(end) = $TV(Sn);
    append_to_reply("X-Begin: $var(begin)\r\nX-End: $var(end)\r\nX-Good: $var(good)\r\n");
"""

# One worker; the limit of loops is there for scripts that went wrong.
_MORE = "max_while_loops=1000000\n"


def route(case, call) -> str:
    check = f" && {case.check}" if case.check else ""
    return _ROUTE % {"before": case.before, "call": call, "check": check}


def _route_name(case) -> str:
    return f"case_{case.name}"  # a bare name may be a word of the script's language


def microseconds(text: str) -> int:
    if not re.fullmatch(r"\d+\.\d{6}", text):
        raise MeasurementError(f"no time: {text!r}")
    return int(text.replace(".", ""))


def elapsed_us(name: str, reply) -> int:
    """What the script of `name` took, by the clock readings in its reply."""
    elapsed = microseconds(reply["X-End"]) - microseconds(reply["X-Begin"])
    # The wall clock may have been set meanwhile; the client's is monotonic.
    if not 0 < elapsed <= reply.seconds * 1e6 + 1000:
        raise MeasurementError(f"{name}: {elapsed} us within {reply.seconds} s")
    return elapsed


class ServerSubject:
    """`name` in reports; `module`: the exec.so; `directory`: empty, the server's own; `cases`: what
    it will be asked; `repeats`: calls that it makes for each that it is asked for.

    `params`: of our module, which a server with the distribution's doesn't get. `processor`: the
    SIP worker, and what it starts, run on that one alone.
    `is_stock`: it may fail where a case says so; `failed` counts these calls by case.
    """

    def __init__(
        self, name: str, module: Path, directory: Path, cases,
        params=(), repeats=1, processor=None,
    ):  # fmt: skip
        self.name, self.repeats = name, repeats
        self.failed = collections.Counter()
        self._is_stock = module == STOCK
        routes = {_route_name(case): route(case, self._call(case)) for case in cases}
        routes["environment"] = 'exec_msg("/usr/bin/env -0 > @dir@/request.environ");'
        routes["environment"] += 'exec_cmd("/usr/bin/env -0 > @dir@/plain.environ");'
        config = Config(
            routes, children=1, modparams=_MORE, params=() if self._is_stock else params
        )
        self._server = Server(config, module, directory, strict=False)
        self._worker = self._server.workers()[0]
        if processor is not None:
            os.sched_setaffinity(self._worker, {processor})
        self._client = Client(self._server)

    def environment(self, variables: bool) -> Path:
        """A file with the environment that this module's programs get, NUL-terminated."""
        self._invite("environment", 1)
        name = "request.environ" if variables else "plain.environ"
        return self._server.directory / name

    def measure(self, case, calls: int) -> float:
        """Microseconds for one call, of `calls` calls; raises where one did not succeed."""
        reply = self._invite(_route_name(case), calls)
        failed = calls - int(reply["X-Good"])
        if failed > 0 and not (self._is_stock and case.stock_may_fail):
            raise MeasurementError(
                f"{self.name}: {self._call(case)}: {failed} of {calls} calls failed\n"
                + self._server.log_tail()
            )
        self.failed[case.name] += failed
        return elapsed_us(self.name, reply) / calls

    def pid(self, _case) -> int:
        """The process that makes the calls."""
        return self._worker

    def close(self):
        self._client.close()
        self._server.stop()

    def _call(self, case) -> str:
        return case.stock_call if self._is_stock and case.stock_call else case.call

    def _invite(self, test, count):
        return self._client.call(
            test,
            method="INVITE",
            headers=invite.headers(count),
            body=invite.BODY,
            within=PATIENCE,
        )
