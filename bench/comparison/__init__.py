# SPDX-License-Identifier: GPL-2.0-or-later
"""What bench/compare.py is made of.

Data goes one way: cases (what is called) -> subjects (who is measured: a server with a module, or
the bare spawn) -> rounds (in turns) -> figures (medians, ratios, bounds) -> report (tables on a
terminal), document (Markdown). Parts are measurements of other kinds, each with its own figures and
table.
"""
