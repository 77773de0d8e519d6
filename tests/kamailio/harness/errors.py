# SPDX-License-Identifier: GPL-2.0-or-later
"""Errors of the harness itself.

None of them is an AssertionError: a test that must fail with the distribution's module has to fail
by an assertion of its own, never because the harness broke.
"""


class HarnessError(Exception):
    """The test could not be carried out."""


class ServerDied(HarnessError):
    """Kamailio ended, or never came up."""


class NoReply(HarnessError):
    """The server lives, and a request that it should have answered was not."""


class UncleanEnd(HarnessError):
    """The server did not end as it should, or left something behind."""
