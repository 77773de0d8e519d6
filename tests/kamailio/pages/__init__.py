# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the documentation's pages and does what they say: files written, commands run, output compared."""
