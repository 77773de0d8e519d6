# SPDX-License-Identifier: GPL-2.0-or-later
"""What the running kernel can do."""

import ctypes

CREATE_RULESET = 444  # landlock_create_ruleset(2), on every architecture
VERSION = 1


def landlock_abi() -> int:
    """0: there is no Landlock."""
    libc = ctypes.CDLL(None, use_errno=True)
    return max(libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION), 0)
