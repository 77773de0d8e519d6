# SPDX-License-Identifier: GPL-2.0-or-later
"""What a fleet carries as it grows: docs/scaling.md."""
