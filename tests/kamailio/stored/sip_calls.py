# SPDX-License-Identifier: GPL-2.0-or-later
"""Stored calls as they are meant to be made: by the script of a real Kamailio, for INVITEs by sipp."""

import re
import threading
from pathlib import Path

from harness.config import Config
from harness.server import Server
from load import sipp

from .callers import Made

# The server's own log says what the script was answered: sipp may have given up by then.
_ROUTE = """
request_route {
    if (is_method("ACK")) { t_check_trans(); exit; }
    if (!is_method("INVITE")) { sl_send_reply("200", "Up"); exit; }
    t_newtran();
    exec_cmd("@spooled $ci 1 f");
    $var(rc) = $rc;
    xlog("L_NOTICE", "answered $ci $var(rc)\\n");
    t_reply("480", "Done");
    exit;
}
"""
_SECONDS = 3  # of one run of sipp


class SipCalls:
    """Makes `rate` calls a second of `program` until end(), each with a key of its own, its Call-ID, and
    a first attempt that fails. Then `made` and `wrong` are there, as those of Callers."""

    def __init__(self, module: Path, directory: Path, socket_path: Path, program="spawned", rate=10):
        self.made, self.wrong = [], []
        self._directory, self._rate = directory, rate
        directory.mkdir()
        config = Config(
            request_route=_ROUTE.replace("@spooled", f"@{program}"), children=4, debug=2,
            params=(("service", socket_path),),
        )
        self._server = Server(config, module, directory)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        number = 0
        try:
            while not self._ends.is_set():
                number += 1
                into = self._directory / f"sipp{number}"
                into.mkdir()
                sipp.run(into, self._server.port, self._rate, _SECONDS)
        except Exception as error:
            self.wrong.append(f"sipp: {error!r}")

    def end(self) -> None:
        self._ends.set()
        self._thread.join(60)
        self._server.stop()
        for call_id, rc in re.findall(r"answered (\S+) (-?\d+)", self._server.log()):
            self.made.append(Made(call_id, 1, "yes" if rc == "1" else f"{rc}"))
        if not self.made:
            self.wrong.append("sipp has made no call")
