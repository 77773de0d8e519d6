# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo's world: a directory with the programs' tables, three gateways, and Kamailio."""

import shutil
import signal
import tempfile
from pathlib import Path

from borrowed import Config, Server, Uas, paths

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"

# USER ACCOUNT CREDIT NAME
ACCOUNTS = """\
alice 4711 1250 Alice Example
bob 4712 0 Bob Example
"""


class _Config(Config):
    """examples/demo/kamailio.cfg, with the module and the address to listen on."""

    def write(self, directory, port, module, _words):
        path = directory / "start.cfg"
        path.write_text(
            "#!KAMAILIO\n"
            f'#!define EXEC_MODULE "{module}"\n'
            f"#!define LISTEN udp:127.0.0.1:{port}\n"
            f'mpath="{paths.module_directory()}"\n'
            f'include_file "{HERE / "kamailio.cfg"}"\n'
        )
        return path


class _Server(Server):
    def _wait_until_up(self):
        """An interrupt while it starts must not leave it behind."""
        try:
            super()._wait_until_up()
        except BaseException:
            self.stop(strict=False)
            raise


class Proxy:
    """A context: everything it starts has ended, and its directory is gone, when it is left."""

    def __init__(self, module: Path):
        self._module = module
        self.server = None
        self.gateways = []

    def __enter__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="kamexec-demo-"))
        try:
            self.gateways = [Uas(486), Uas(200), Uas(200)]  # busy, free, never needed
            self._write_tables()
            self.server = _Server(
                _Config(),
                self._module,
                self.directory,
                environment={
                    "DEMO_DIR": str(self.directory),
                    "PATH": f"{PROGRAMS}:/usr/local/bin:/usr/bin:/bin",
                },
            )
        except BaseException:
            self._leave(strict=False)
            raise
        return self

    def __exit__(self, kind, *_):
        # A demo that went wrong already says so; what the server's end looks like then is no news.
        self._leave(strict=kind is None)

    def _leave(self, strict):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)  # what follows takes bounded time
        try:
            if self.server:
                self.server.stop(strict)
        finally:
            for gateway in self.gateways:
                gateway.close()
            shutil.rmtree(self.directory, ignore_errors=True)

    def _write_tables(self):
        busy, free, spare = (f"127.0.0.1:{gateway.port}" for gateway in self.gateways)
        (self.directory / "gateways").write_text(
            f"49 0.9 {busy}\n49 0.5 {free}\n49 0.1 {spare}\n112 1.0 {free}\n"
        )
        (self.directory / "accounts").write_text(ACCOUNTS)
        (self.directory / "directory").write_text(f"reception sip:reception@{free}\n")
        for name in ("runs", "messages"):
            (self.directory / name).mkdir()
