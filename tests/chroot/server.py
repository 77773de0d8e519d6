# SPDX-License-Identifier: GPL-2.0-or-later
"""A Kamailio on 127.0.0.1 whose script calls a program, with one line that selects the module."""

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

CONFIG = """#!KAMAILIO
debug=1
log_stderror=yes
children=1
disable_tcp=yes
dns=no
rev_dns=no
auto_aliases=no
listen=udp:127.0.0.1:{port}
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "{module}"
{params}
request_route {{
    exec_avp("echo $rU", "$avp(said)");
    append_to_reply("X-Said: $avp(said)\\r\\n");
    sl_send_reply("200", "OK");
}}
"""
# What a server should have with our module, and the distribution's does not know.
OUR_PARAMS = 'modparam("exec", "time_to_kill", 2)\nmodparam("exec", "environment", "PATH, LANG")'
PATIENCE = 10  # seconds for the server to come up, or for a reply


class Server:
    def __init__(self, module: str, ours: bool):
        self.module = module
        self.params = OUR_PARAMS if ours else ""

    def __enter__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="server"))
        self.client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.client.bind(("127.0.0.1", 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        config = self.directory / "kamailio.cfg"
        config.write_text(CONFIG.format(port=self.port, module=self.module, params=self.params))
        log = self.directory / "log"
        checked = subprocess.run(("kamailio", "-c", "-f", str(config)), capture_output=True, text=True)
        if checked.returncode != 0:
            raise SystemExit(f"kamailio -c: {checked.stdout}{checked.stderr}")
        self.process = subprocess.Popen(
            ("kamailio", "-DD", "-E", "-f", str(config), "-Y", str(self.directory),
             "-w", str(self.directory)),  # fmt: skip
            cwd=self.directory, stdout=log.open("wb"), stderr=subprocess.STDOUT,
        )  # fmt: skip
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "none: it did not stop"
        log = (self.directory / "log").read_text(errors="replace")
        self.client.close()
        shutil.rmtree(self.directory)
        if status != 0:
            raise SystemExit(f"the server ended with {status}:\n{log}")

    def call(self, user: str) -> str:
        """An OPTIONS request to `user`, sent again until it is answered: what the program said."""
        message = (
            f"OPTIONS sip:{user}@127.0.0.1:{self.port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.client.getsockname()[1]};branch=z9hG4bK{time.time_ns()}\r\n"
            f"From: <sip:tester@127.0.0.1>;tag=1\r\nTo: <sip:callee@127.0.0.1>\r\n"
            f"Call-ID: {time.time_ns()}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        self.client.settimeout(0.5)
        for _ in range(int(PATIENCE / 0.5)):
            self.client.sendto(message.encode(), ("127.0.0.1", self.port))
            try:
                reply = self.client.recv(65535).decode(errors="replace")
            except (TimeoutError, ConnectionRefusedError):
                time.sleep(0.1)
                continue
            lines = [line for line in reply.split("\r\n") if line.startswith("X-Said: ")]
            return lines[0].removeprefix("X-Said: ") if lines else reply
        raise SystemExit(f"no reply; the server's log:\n{(self.directory / 'log').read_text()}")

    def ran(self) -> bool:
        """Whether a command that came in a request left its file."""
        return (self.directory / "run").exists()
