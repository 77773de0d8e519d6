# SPDX-License-Identifier: GPL-2.0-or-later
"""Where Kamailio, its modules and the module under test are."""

import glob
import os
import shutil
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]

KAMAILIO = shutil.which("kamailio") or shutil.which("kamailio", path="/usr/sbin:/usr/local/sbin")


def module_directory() -> Path:
    """The distribution's module directory (KAMAILIO_MODULES overrides it)."""
    given = os.environ.get("KAMAILIO_MODULES")
    found = [given] if given else glob.glob("/usr/lib/*/kamailio/modules") + glob.glob(
        "/usr/lib*/kamailio/modules"
    )
    return Path(found[0]) if found else Path("/usr/lib/kamailio/modules")


STOCK = module_directory() / "exec.so"
OURS = Path(os.environ.get("KAMEXEC_MODULE", REPOSITORY / "build" / "exec.so")).resolve()
