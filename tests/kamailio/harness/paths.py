# SPDX-License-Identifier: GPL-2.0-or-later
"""Where Kamailio, its modules and the module under test are."""

import os
import re
import shutil
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]

# KAMAILIO in the environment names a server that is not the first in PATH.
KAMAILIO = (
    os.environ.get("KAMAILIO")
    or shutil.which("kamailio")
    or shutil.which("kamailio", path="/usr/sbin:/usr/local/sbin")
)


def module_directory() -> Path:
    """Where that server's own modules are (KAMAILIO_MODULES overrides it)."""
    given = os.environ.get("KAMAILIO_MODULES")
    if given or not KAMAILIO:
        return Path(given or "/usr/lib/kamailio/modules")
    shown = subprocess.run([KAMAILIO, "-I"], capture_output=True, text=True).stdout
    found = re.search(r"^\s*Default paths to modules: ([^:\n]+)", shown, re.M)
    return Path(found[1].strip() if found else "/usr/lib/kamailio/modules")


STOCK = module_directory() / "exec.so"
OURS = Path(os.environ.get("KAMEXEC_MODULE", REPOSITORY / "build" / "exec.so")).resolve()
