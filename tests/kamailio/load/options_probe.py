# SPDX-License-Identifier: GPL-2.0-or-later
"""OPTIONS beside the load: how long a request waits that has nothing to do with programs."""

import socket
import threading
import time

from harness import sip


class OptionsProbe:
    """Sends an OPTIONS each `interval` seconds until stop(); one thread, never waiting for replies.
    `seconds`: the time to each reply, of those that came within `patience`; `lost`: the others."""

    def __init__(self, port: int, interval=0.02, patience=5.0):
        self.seconds = []
        self.sent = 0
        self._interval, self._patience = interval, patience
        self._under_way = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.connect(("127.0.0.1", port))
        self._local = "127.0.0.1:%d" % self._socket.getsockname()[1]
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def lost(self) -> int:
        return self.sent - len(self.seconds)

    def stop(self) -> None:
        """Sends no more, and waits for the replies that are still due."""
        self._ending.set()
        self._thread.join(self._patience + 5)
        self._socket.close()

    def _run(self):
        due = time.monotonic()
        while not self._ending.is_set():
            self._send()
            due = max(due + self._interval, time.monotonic())
            self._receive_until(due)
        self._receive_until(time.monotonic() + self._patience, while_under_way=True)

    def _send(self):
        call_id = sip.token()
        request = sip.request("OPTIONS", "sip:127.0.0.1", local=self._local, call_id=call_id)
        self._under_way[call_id] = time.monotonic()
        self.sent += 1
        try:
            self._socket.send(request)
        except OSError:
            pass  # counts as lost

    def _receive_until(self, end, while_under_way=False):
        while time.monotonic() < end and (self._under_way or not while_under_way):
            self._socket.settimeout(max(end - time.monotonic(), 0.0005))
            try:
                reply = sip.Message.parse(self._socket.recv(65535))
            except OSError:
                continue
            begin = self._under_way.pop(reply["Call-ID"], None)
            if begin is not None and time.monotonic() - begin <= self._patience:
                self.seconds.append(time.monotonic() - begin)
