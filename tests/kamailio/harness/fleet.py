# SPDX-License-Identifier: GPL-2.0-or-later
"""A fleet on one machine: nats-servers, daemons that offer programs, daemons that hand calls on to them.

    fleet = Fleet(kamexecd, [nats()])
    worker = fleet.worker({"say": "run = /bin/echo"})
    host = fleet.host("say")                      # for modparam("exec", "service", host.socket_path)
    assert host.call("say", "hi").lines == ["hi"]
"""

from .errors import HarnessError
from .kamexecd import Kamexecd
from .wait import wait_until

START_SECONDS = 60


def section(nats_servers, **settings) -> str:
    """The lines of [nats]; a setting None is left out. Connections are made again soon, as tests wait for them."""
    given = {"servers": " ".join(server.url for server in nats_servers), "reconnect": "10ms",
             "reconnect_most": "50ms", **settings}
    return "\n".join(f"{name} = {value}" for name, value in given.items() if value is not None)


def handed_on(**attributes) -> str:
    """The definition of a program that others run."""
    given = {"via": "nats", "timeout": "20s", **attributes}
    return "\n".join(f"{name} = {value}" for name, value in given.items())


class Fleet:
    """Who is a member of it. `make`: makes a daemon, as Kamexecd's constructor or the fixture kamexecd; whoever
    made it ends it. `servers`: where daemons connect to, when they aren't told otherwise."""

    def __init__(self, make, servers):
        self._make = make
        self.servers = list(servers)
        self._named = 0

    def worker(self, programs: dict, wait=True, options=None, **settings) -> Kamexecd:
        """A daemon that offers `programs`; when this returns, calls reach it. `settings`: of [nats]."""
        before = {name: self.offered(name) for name in programs}
        daemon = self._start("worker", programs, settings, options)
        if wait:
            for name in programs:
                self.wait_until_offered(name, before[name] + 1)
        return daemon

    def host(self, *handed, programs=None, wait=True, options=None, **settings) -> Kamexecd:
        """A daemon of a SIP host that hands on calls of the programs named in `handed`, and those of
        `programs` as they are defined there. It is connected when this returns."""
        defined = {**{name: handed_on() for name in handed}, **(programs or {})}
        daemon = self._start("host", defined, settings, options)
        if wait and not wait_until(lambda: self.server_of(daemon), START_SECONDS):
            raise HarnessError(f"it is not connected:\n{daemon.log()}")
        return daemon

    def _start(self, kind, programs, settings, options) -> Kamexecd:
        self._named += 1
        settings = {"name": f"{kind}{self._named}", **settings}
        daemon = self._make({"nats": section(self.servers, **settings), **programs}, **(options or {}))
        daemon.nats_name = settings["name"]
        return daemon

    # --- as the servers see it ---

    def connections(self) -> list:
        return [one for server in self.servers for one in server.connections()]

    def offered(self, program: str, prefix="kx") -> int:
        """How many worker daemons have subscribed to calls of it."""
        subject = f"{prefix}.call.{program}"
        return sum(subject in one.get("subscriptions_list", ()) for one in self.connections())

    def wait_until_offered(self, program: str, count=1) -> None:
        """And until each server of a cluster knows."""
        subject = f"kx.call.{program}"
        if not wait_until(
            lambda: self.offered(program) == count and self._is_known(subject), START_SECONDS
        ):
            raise HarnessError(
                f"{count} daemons should offer {program}, {self.offered(program)} do: "
                f"{[(one.get('name'), one.get('subscriptions_list')) for one in self.connections()]}"
            )

    def _is_known(self, subject: str) -> bool:
        """Whether all servers know of which of them have subscribers."""
        alive = [server for server in self.servers if server.alive()] if len(self.servers) > 1 else []
        for server in alive:
            here, id = bool(server.subscribers(subject)), server.id
            if any((subject in other.routes().get(id, ())) != here for other in alive if other is not server):
                return False
        return True

    def server_of(self, daemon: Kamexecd):
        """The server that it is connected to (the first such, where it moves), or None."""
        return next((server for server in self.servers if self.is_at(daemon, server)), None)

    @staticmethod
    def is_at(daemon: Kamexecd, server) -> bool:
        return any(one.get("name") == daemon.nats_name for one in server.connections())
