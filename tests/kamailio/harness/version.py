# SPDX-License-Identifier: GPL-2.0-or-later
"""Which Kamailio the tests run with. A test that depends on it asks here, by the exact versions in
which the server changed: a branch of it that is still kept gets changes too."""

import re
import subprocess

import pytest

from .paths import KAMAILIO


def _version() -> tuple[int, ...]:
    shown = subprocess.run([KAMAILIO, "-v"], capture_output=True, text=True).stdout if KAMAILIO else ""
    found = re.search(r"kamailio (\d+)\.(\d+)\.(\d+)", shown)
    return tuple(int(part) for part in found.groups()) if found else ()


VERSION = _version()  # (5, 6, 3); empty without a server


def _parsed(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def has_change(*came_with: str, version=VERSION) -> bool:
    """Whether the server has a change that came with these versions: has_change("5.7.3", "5.8.0")
    is true of 5.7.4, 5.8.0 and 6.1.4, not of 5.7.2."""
    first = sorted(map(_parsed, came_with))
    of_its_series = [one for one in first if one[:2] == version[:2]]
    return version >= (of_its_series or first[-1:])[0]


def needs(what: str, *came_with: str):
    """Skips a test of what the server only has from these versions on."""
    return pytest.mark.skipif(
        not has_change(*came_with), reason=f"{what} came with Kamailio {' and '.join(came_with)}"
    )


def until(what: str, *came_with: str):
    """Skips a test of what the server no longer does from these versions on."""
    return pytest.mark.skipif(
        has_change(*came_with), reason=f"{what} from Kamailio {' and '.join(came_with)} on"
    )
