# SPDX-License-Identifier: GPL-2.0-or-later
"""The SIP client, the answering endpoints and the server of the integration tests, for the demo.

`import harness` would load the test markers too, which need pytest; a demo has to run without. So
the package is entered by its path, and its modules are imported one by one.
"""

import importlib
import sys
import types
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def harness_module(name):
    if "harness" not in sys.modules:
        package = types.ModuleType("harness")
        package.__path__ = [str(REPOSITORY / "tests" / "kamailio" / "harness")]
        sys.modules["harness"] = package
    return importlib.import_module(f"harness.{name}")


sip = harness_module("sip")
paths = harness_module("paths")
processes = harness_module("processes")
HarnessError = harness_module("errors").HarnessError
Client = harness_module("client").Client
Config = harness_module("config").Config
Server = harness_module("server").Server
Uas = harness_module("uas").Uas
