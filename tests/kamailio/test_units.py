# SPDX-License-Identifier: GPL-2.0-or-later
"""The systemd units of kamexecd, as far as they can be looked at where systemd does not run them; make
systemd-test runs them."""

import re
import shutil
import subprocess

import pytest

from harness.paths import REPOSITORY

UNITS = REPOSITORY / "packaging" / "systemd"
SERVICE = UNITS / "kamexecd.service.in"

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")


@pytest.fixture
def units(tmp_path):
    """The directory of both units, made whole with a program that every machine has."""
    shutil.copy(UNITS / "kamexecd.socket", tmp_path)
    text = SERVICE.read_text().replace("@KAMEXECD@", "/bin/true")
    # The manual pages are installed with the daemon.
    (tmp_path / "kamexecd.service").write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.M))
    socket = tmp_path / "kamexecd.socket"
    socket.write_text(re.sub(r"^Documentation=.*\n", "", socket.read_text(), flags=re.M))
    return tmp_path


def analyze(*words):
    return subprocess.run(("systemd-analyze", *map(str, words)), capture_output=True, text=True, check=False)


def test_systemd_has_nothing_to_say_of_them(units):
    done = analyze("verify", units / "kamexecd.service", units / "kamexecd.socket")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_exposure_is_what_the_page_says(units):
    done = analyze("security", "--offline=yes", "--no-pager", units / "kamexecd.service")
    (measured,) = re.findall(r"exposure level for kamexecd.service: ([\d.]+)", done.stdout)
    (told,) = re.findall(r"measures its exposure as ([\d.]+) ", (REPOSITORY / "docs" / "operations.md").read_text())
    # Another systemd may weigh otherwise, a little.
    assert abs(float(measured) - float(told)) <= 0.3, measured


def test_the_time_to_stop_is_above_the_time_to_drain():
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", SERVICE.read_text(), re.M)
    settings = (REPOSITORY / "src" / "daemon" / "daemon_settings.h").read_text()
    (milliseconds,) = re.findall(r"drain_time\{([\d']+)\}", settings)
    assert int(seconds) * 1000 >= 2 * int(milliseconds.replace("'", ""))


def test_both_have_the_socket_that_the_tool_asks():
    (place,) = re.findall(r"^ListenStream=(.*)$", (UNITS / "kamexecd.socket").read_text(), re.M)
    for source in ("src/daemon/main.cpp", "src/tool/service/service_client.cpp"):
        assert f'"{place}"' in (REPOSITORY / source).read_text(), source
