# SPDX-License-Identifier: GPL-2.0-or-later
"""Quantiles of what was measured."""

import math


def quantile(values, share: float) -> float:
    """The least value that at least this share of all does not exceed; NaN of none."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]
