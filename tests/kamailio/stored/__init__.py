# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether stored calls are lost: by kills, by full disks, by power cuts."""
