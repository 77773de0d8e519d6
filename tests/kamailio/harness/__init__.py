# SPDX-License-Identifier: GPL-2.0-or-later
"""What the integration tests share: a real Kamailio, real SIP over loopback, small programs."""

from .marks import both, mended, script

__all__ = ["both", "mended", "script"]
