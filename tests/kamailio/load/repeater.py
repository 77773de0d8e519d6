# SPDX-License-Identifier: GPL-2.0-or-later

import threading


class Repeater:
    """Calls a function each `interval` seconds, in a thread of its own, until stop(), which raises
    what the function raised."""

    def __init__(self, function, interval: float):
        self._function, self._interval = function, interval
        self._ending = threading.Event()
        self._error = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join(10)
        if self._error is not None:
            raise self._error

    def _run(self):
        try:
            while not self._ending.wait(self._interval):
                self._function()
        except Exception as error:
            self._error = error
