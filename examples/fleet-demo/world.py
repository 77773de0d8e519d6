# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo's world: nats-server, worker hosts a, b and c, a SIP host with its kamexecd, and Kamailio; each "host" is
a daemon with a file of its own on this machine."""

import shutil
import signal
import tempfile
from pathlib import Path

import borrowed

HERE = Path(__file__).resolve().parent
Kamexecd = borrowed.harness_module("kamexecd").Kamexecd
Fleet = borrowed.harness_module("fleet").Fleet
NatsServer = borrowed.harness_module("nats").NatsServer

SIP_HOST = """\
via = nats
timeout = 2s
idempotent = yes
hedge = 200ms
"""
WORKER_HOST = """\
run = /usr/bin/python3 {here}/lcr-worker.py {name} {version}
via = pool
workers = 2
workers_start = 2
"""


class _Config(borrowed.Config):
    """examples/fleet-demo/kamailio.cfg, with this module, address and socket."""

    service: str = ""

    def write(self, directory, port, module, _words):
        path = directory / "start.cfg"
        path.write_text(
            "#!KAMAILIO\n"
            f'#!define EXEC_MODULE "{module}"\n'
            f"#!define LISTEN udp:127.0.0.1:{port}\n"
            f'#!define SERVICE "{self.service}"\n'
            f'mpath="{borrowed.paths.module_directory()}"\n'
            f'include_file "{HERE / "kamailio.cfg"}"\n'
        )
        return path


class World:
    """A context: everything it starts has ended, and its directory is gone, when it is left."""

    def __init__(self, module: Path):
        self._module = module
        self._stops = []

    def __enter__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="kamexec-fleet-demo-"))
        try:
            self.nats = NatsServer(self.directory / "nats")
            self._stops.append(self.nats.stop)
            self._fleet = Fleet(self._daemon, [self.nats])
            self.workers = {name: self.worker(name, "1.0") for name in "abc"}
            self.host = self._fleet.host(programs={"lcr": SIP_HOST})
            config = _Config()
            config.service = self.host.socket_path
            (self.directory / "sip").mkdir()
            self.server = borrowed.Server(config, self._module, self.directory / "sip")
            self._stops.append(self.server.stop)
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(self, *_):
        self._leave()

    def _leave(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)  # what follows takes bounded time
        wrong = None
        for stop in reversed(self._stops):
            try:
                stop()
            except borrowed.HarnessError as error:
                wrong = error
        shutil.rmtree(self.directory, ignore_errors=True)
        if wrong:
            raise wrong

    def _daemon(self, programs, **options):
        options["program"] = self._module.with_name("kamexecd")
        daemon = Kamexecd(self.directory / f"daemon{len(self._stops)}", programs, **options)
        self._stops.append(daemon.stop)
        return daemon

    def worker(self, name: str, version: str):
        """A worker host; calls reach it when this returns."""
        return self._fleet.worker({"lcr": WORKER_HOST.format(here=HERE, name=name, version=version)})
