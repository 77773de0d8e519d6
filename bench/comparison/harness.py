# SPDX-License-Identifier: GPL-2.0-or-later
"""The integration tests' harness: starts Kamailio, speaks SIP.

The package itself imports pytest, for its marks. A benchmark has no use for that, so the package is
put together here from its directory, and only the modules below it are run.
"""

import sys
import types
from pathlib import Path

_directory = Path(__file__).resolve().parents[2] / "tests" / "kamailio" / "harness"
_package = types.ModuleType("harness")
_package.__path__ = [str(_directory)]
sys.modules.setdefault("harness", _package)

from harness import rpc, sip  # noqa: E402
from harness.client import Client  # noqa: E402
from harness.config import Config  # noqa: E402
from harness.errors import HarnessError  # noqa: E402
from harness.fleet import Fleet  # noqa: E402
from harness.job_process import job_processes  # noqa: E402
from harness.kamexecd import Kamexecd  # noqa: E402
from harness.nats import NATS_SERVER, NatsServer, cluster  # noqa: E402
from harness.paths import KAMAILIO, STOCK  # noqa: E402
from harness.server import Server  # noqa: E402
from harness.transactions import SHORT_LIVES  # noqa: E402

__all__ = [
    "KAMAILIO", "NATS_SERVER", "SHORT_LIVES", "STOCK", "Client", "Config", "Fleet", "HarnessError",
    "Kamexecd", "NatsServer", "Server", "cluster", "job_processes", "rpc", "sip",
]  # fmt: skip
