# SPDX-License-Identifier: GPL-2.0-or-later
"""Where Kamailio, its modules and the module under test are."""

import glob
import os
import re
import shutil
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]

KAMAILIO = shutil.which("kamailio") or shutil.which("kamailio", path="/usr/sbin:/usr/local/sbin")


def kamailio_version() -> tuple[int, ...]:
    """(5, 6, 3) for the server that is installed."""
    shown = subprocess.run([KAMAILIO, "-v"], capture_output=True, text=True).stdout if KAMAILIO else ""
    found = re.search(r"kamailio (\d+)\.(\d+)\.(\d+)", shown)
    return tuple(int(part) for part in found.groups()) if found else ()


def module_directory() -> Path:
    """The distribution's module directory (KAMAILIO_MODULES overrides it)."""
    given = os.environ.get("KAMAILIO_MODULES")
    found = [given] if given else glob.glob("/usr/lib/*/kamailio/modules") + glob.glob(
        "/usr/lib*/kamailio/modules"
    )
    return Path(found[0]) if found else Path("/usr/lib/kamailio/modules")


STOCK = module_directory() / "exec.so"
OURS = Path(os.environ.get("KAMEXEC_MODULE", REPOSITORY / "build" / "exec.so")).resolve()
