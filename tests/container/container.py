# SPDX-License-Identifier: GPL-2.0-or-later
"""One running container with the server in it, on the machine's loopback."""

import json
import socket
import time
import uuid
from pathlib import Path

PATIENCE = 10  # seconds for the server to come up, or for a reply

# How docs/containers.md says to run it; the network is the machine's, so that 127.0.0.1 is reached.
HARDENED = (
    "--read-only", "--tmpfs", "/tmp", "--tmpfs", "/run/kamailio:mode=1777",
    "--cap-drop", "all", "--security-opt", "no-new-privileges",
    "--pids-limit", "64", "--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096",
    "--memory", "512m", "--network", "host",
)  # fmt: skip


class Container:
    def __init__(self, podman, image: str, config: Path, *options):
        """`config` with @port@ in it, for the server's own."""
        self.podman = podman
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        ready = config.with_suffix(".ready")
        ready.write_text(config.read_text().replace("@port@", str(self.port)))
        ready.chmod(0o644)
        self.id = podman(
            "run", "--detach", *HARDENED, *options,
            "--volume", f"{ready}:/etc/kamailio/kamailio.cfg:ro", image,
        ).split()[-1]  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.podman("rm", "--force", "--time", "2", self.id)

    def state(self) -> dict:
        return json.loads(self.podman("inspect", self.id))[0]["State"]

    def log(self) -> str:
        return self.podman("logs", self.id)

    def processes(self) -> list[tuple[int, str, str, str]]:
        """(id in the container, state, user id, name), as the machine's /proc shows them."""
        first = self.state()["Pid"]
        namespace = Path(f"/proc/{first}/ns/pid").readlink()
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                if (place / "ns" / "pid").readlink() != namespace:
                    continue
                lines = (place / "status").read_text().splitlines()
            except OSError:  # it ended, or is nobody's to look at
                continue
            fields = {key: value.split() for key, _, value in (line.partition(":") for line in lines)}
            inside = int(fields["NSpid"][-1])
            found.append((inside, fields["State"][0], fields["Uid"][1], fields["Name"][0]))
        return sorted(found)

    def call(self, user: str, seconds: float = PATIENCE) -> dict | None:
        """An OPTIONS request, sent again until it is answered: the reply's headers, or None."""
        call_id = uuid.uuid4().hex
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.bind(("127.0.0.1", 0))
            client.settimeout(0.5)
            message = (
                f"OPTIONS sip:{user}@127.0.0.1:{self.port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{client.getsockname()[1]};branch=z9hG4bK{call_id}\r\n"
                "From: <sip:tester@127.0.0.1>;tag=1\r\nTo: <sip:callee@127.0.0.1>\r\n"
                f"Call-ID: {call_id}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
            )
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                client.sendto(message.encode(), ("127.0.0.1", self.port))
                try:
                    reply = client.recv(65535).decode(errors="replace")
                except (TimeoutError, ConnectionRefusedError):
                    time.sleep(0.1)
                    continue
                lines = reply.partition("\r\n\r\n")[0].split("\r\n")[1:]
                return dict(line.split(": ", 1) for line in lines if ": " in line)
        return None
