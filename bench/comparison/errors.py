# SPDX-License-Identifier: GPL-2.0-or-later


class MeasurementError(Exception):
    """A measurement could not be made, or what was measured did not do its work."""
