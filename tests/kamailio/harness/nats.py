# SPDX-License-Identifier: GPL-2.0-or-later
"""Real nats-servers: one, with JetStream, with TLS, with accounts, several in a cluster.

    with NatsServer(directory) as nats:
        daemon = Kamexecd(..., {"nats": f"servers = {nats.url}", ...})

What they have of clients and subscriptions is asked of their monitoring port; what passes can be heard
with a NatsClient (nats_client.py).
"""

import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from . import processes
from .errors import HarnessError, ServerDied, UncleanEnd
from .nats_client import NatsClient
from .ports import free_port, release
from .server import ENVIRONMENT, WITH_ITS_PARENT
from .wait import PATIENCE, wait_until

# The one that is installed, or another release's (make nats-matrix).
NATS_SERVER = (os.environ.get("NATS_SERVER") or shutil.which("nats-server")
               or shutil.which("nats-server", path="/usr/sbin:/usr/local/sbin"))

START_SECONDS = 60
_KEY = ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")  # made at once


class NatsServer:
    """One server on 127.0.0.1, whose ports stay its own from start to start. A context.

    `config`: text of its configuration file. `jetstream`: it stores. `options`: more of its command
    line. `cluster_port`: where others of its cluster find it (see cluster())."""

    def __init__(self, directory: Path, config="", jetstream=False, options=(), name="nats",
                 cluster_port=0, environment=None, start=True):
        if NATS_SERVER is None:
            raise HarnessError("nats-server is not installed: apt-get install nats-server")
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.port, self.monitor_port = free_port(), free_port()
        self.cluster_port = cluster_port
        self.log_path = self.directory / f"{name}.log"
        self.config_path = self.directory / f"{name}.conf"
        self.config_path.write_text(config)
        self._jetstream = jetstream
        self._options = list(options)
        self._environment = environment or {}
        self._stopped = False  # by SIGSTOP
        self.process = None
        if start:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    # --- its life ---

    def start(self, wait=True) -> None:
        """For the first time, or again on the same ports, with what JetStream has stored."""
        command = [*WITH_ITS_PARENT, NATS_SERVER, "-c", self.config_path, "-a", "127.0.0.1"]
        command += ["-p", self.port, "-m", self.monitor_port, "-n", self.name]
        if self._jetstream:
            command += ["-js", "-sd", self.directory / f"{self.name}.js"]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(word) for word in [*command, *self._options]], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={**ENVIRONMENT, **self._environment}, start_new_session=True,
            )
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        wait_until(lambda: not self.alive() or self.is_healthy(), START_SECONDS)
        if not self.alive() or not self.is_healthy():
            self.stop()
            raise ServerDied(f"nats-server {self.name} is not ready:\n{self.log()}")

    def is_healthy(self) -> bool:
        """It takes clients (and its JetStream is up to date)."""
        return self.asked("healthz").get("status") == "ok"

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def log(self) -> str:
        return self.log_path.read_bytes().decode(errors="replace") if self.log_path.exists() else ""

    @property
    def pid(self) -> int:
        return self.process.pid

    def freeze(self) -> None:
        """SIGSTOP: its connections stay, and nothing is answered."""
        self.process.send_signal(signal.SIGSTOP)
        assert wait_until(lambda: processes.state(self.pid) == "T")
        self._stopped = True

    def thaw(self) -> None:
        self._stopped = False
        self.process.send_signal(signal.SIGCONT)

    def kill9(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        self._stopped = False

    def end(self) -> None:
        """As `nats-server --signal quit`: at once, without a word to its clients."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)

    def restart(self) -> None:
        self.end()
        self.start()

    def lame_duck(self) -> None:
        """It tells its clients to go elsewhere, and ends when they have or its time is over."""
        subprocess.run([NATS_SERVER, "--signal", f"ldm={self.pid}"], check=True, timeout=PATIENCE)

    def reload(self, config: str) -> None:
        """It reads its file again, which has `config` now."""
        said = self.log().count("Reloaded server configuration")
        self.config_path.write_text(config)
        self.process.send_signal(signal.SIGHUP)
        if not wait_until(lambda: self.log().count("Reloaded server configuration") > said):
            raise HarnessError(f"nats-server {self.name} has not read its file:\n{self.log()}")

    def stop(self) -> None:
        """Ends it whatever it does, and gives its ports back."""
        if self._stopped and self.alive():
            self.thaw()
        if self.alive():
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill9()
                raise UncleanEnd(f"nats-server {self.name} did not end:\n{self.log()}") from None
        for port in (self.port, self.monitor_port, self.cluster_port):
            release(port)

    # --- asked ---

    def asked(self, what: str) -> dict:
        """What its monitoring port says: "varz", "connz?subs=1", ...; nothing where it is down."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor_port}/{what}", timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.loads(error.read() or b"{}")
        except (OSError, ValueError):
            return {}

    def connections(self) -> list:
        """Its clients, each with "name" and "subscriptions_list"."""
        return self.asked("connz?subs=1&auth=1&limit=1000").get("connections", [])

    def subscribers(self, subject: str) -> list:
        """The clients that have subscribed to exactly that text."""
        return [one for one in self.connections() if subject in one.get("subscriptions_list", ())]

    def wait_for_subscribers(self, subject: str, count=1) -> None:
        if not wait_until(lambda: len(self.subscribers(subject)) == count, START_SECONDS):
            raise HarnessError(
                f"{subject} should have {count} subscribers: {len(self.subscribers(subject))} of "
                f"{[(one.get('name'), one.get('subscriptions_list')) for one in self.connections()]}"
            )

    def routes(self) -> dict:
        """Of its cluster: the subjects that each other server has told it, by that server's id."""
        subjects = {}
        for route in self.asked("routez?subs=1").get("routes", ()):  # 2.10 has several to each
            subjects.setdefault(route["remote_id"], []).extend(route.get("subscriptions_list") or [])
        return subjects

    @property
    def id(self) -> str:
        return self.asked("varz").get("server_id", "")

    def connect(self, **options) -> NatsClient:
        return NatsClient(self.port, **options)


def cluster(directory: Path, size=3, config="", jetstream=False) -> list:
    """So many servers that know each other. Each is stopped by whoever has it."""
    ports = [free_port() for _ in range(size)]
    routes = ",".join(f"nats://127.0.0.1:{port}" for port in ports)
    servers = []
    for number, port in enumerate(ports):
        options = ["--cluster_name", "kamexec", "--cluster", f"nats://127.0.0.1:{port}", "--routes", routes]
        servers.append(
            NatsServer(directory, config, jetstream, options, f"nats{number}", port, start=False)
        )
    for server in servers:
        server.start(wait=False)
    for server in servers:
        server.wait_until_ready()
    if not wait_until(lambda: all(len(server.routes()) == size - 1 for server in servers)):
        for server in servers:
            server.stop()
        raise HarnessError("the servers of the cluster have not met")
    return servers


class Certificates:
    """Of an authority, of a server on 127.0.0.1, and of a client, as PEM files in `directory`."""

    def __init__(self, directory: Path):
        directory.mkdir(parents=True, exist_ok=True)
        self.ca = directory / "ca.pem"
        self._openssl(
            "req", "-x509", "-newkey", *_KEY, "-days", "2", "-subj", "/CN=Test CA",
            "-keyout", directory / "ca.key", "-out", self.ca,
        )
        self.server, self.server_key = self._signed(directory, "server", "subjectAltName=IP:127.0.0.1")
        self.client, self.client_key = self._signed(directory, "client", "extendedKeyUsage=clientAuth")

    def _signed(self, directory, name, extension) -> tuple:
        certificate, key = directory / f"{name}.pem", directory / f"{name}.key"
        request, extensions = directory / f"{name}.csr", directory / f"{name}.ext"
        extensions.write_text(extension + "\n")
        self._openssl(
            "req", "-newkey", *_KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", request
        )
        self._openssl(
            "x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", directory / "ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", certificate,
        )
        return certificate, key

    @staticmethod
    def _openssl(*words) -> None:
        done = subprocess.run(
            ["openssl", *map(str, words)], capture_output=True, text=True, check=False, timeout=60,
        )
        if done.returncode != 0:
            raise HarnessError(f"openssl: {done.stderr}")

    def server_config(self, verify=False) -> str:
        """The block of a nats-server's file. `verify`: it asks clients for their certificates."""
        lines = [f"cert_file: {json.dumps(str(self.server))}", f"key_file: {json.dumps(str(self.server_key))}"]
        if verify:
            lines += [f"ca_file: {json.dumps(str(self.ca))}", "verify: true"]
        return "tls {\n  " + "\n  ".join(lines) + "\n}\n"
