# SPDX-License-Identifier: GPL-2.0-or-later
"""How a test says what it runs with.

A test runs with our module. `@both` runs it a second time with the distribution's own, where it
must pass as well: behaviour that users rely on. `@mended(why)` also runs it with the distribution's
own, where it must fail by an assertion: that shows the defect, and that the test can fail. Where the
defect is a race it may pass there: mended(why, always=False).

`@script(text)` is the piece of request_route that the test needs; the server of the file holds the
pieces of all its tests, each in a route of its own, picked by the header X-Test.
"""

from dataclasses import dataclass, field

import pytest

both = pytest.mark.both


def mended(why: str, always=True):
    """`always` False: the defect is a race, which the distribution's module may win."""
    return pytest.mark.mended(why, always)


@dataclass(frozen=True)
class Script:
    """`text` goes into the test's route, `more` (other route blocks) to the top level.

    `@dir@` in either is the server's directory, `@record@` the recording program. `params` are
    pairs (name, value) of the exec module, `ours` more of them for our module only. With any of
    these, or with `alone` or `options` (see config.Config), the test gets a server of its own.
    """

    text: str
    more: str = ""
    params: tuple = ()
    ours: tuple = ()
    alone: bool = False
    options: dict = field(default_factory=dict)

    @property
    def needs_own_server(self) -> bool:
        return self.alone or bool(self.params or self.ours or self.options)


def script(text, more="", params=(), ours=(), alone=False, **options):
    def attach(function):
        function.script = Script(text, more, tuple(params), tuple(ours), alone, options)
        return function

    return attach
