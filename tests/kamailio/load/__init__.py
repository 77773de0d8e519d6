# SPDX-License-Identifier: GPL-2.0-or-later
"""Load by sipp and by clients of our own, against a real Kamailio."""
