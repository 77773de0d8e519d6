# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tool says of its own command line: kamexec --help, read as text."""

import re
import subprocess

from .paths import OURS

TOOL = OURS.with_name("kamexec")

_OPTION = re.compile(r"^  (-\S+)", re.M)
_COMMAND = re.compile(r"^  (\w[\w-]*) ", re.M)


def tool(*arguments) -> str:
    done = subprocess.run([TOOL, *arguments], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout


def commands(*command) -> list[str]:
    """Those below a command; of the tool itself without one."""
    listed = tool(*command, "--help").partition("\nSubcommands:\n")[2]
    return _COMMAND.findall(listed)


def options(*command) -> set[str]:
    """The names of a command's options, with their dashes; of the tool itself without one."""
    shown = tool(*command, "--help").partition("\nOptions:\n")[2].partition("\nSubcommands:")[0]
    return {name for names in _OPTION.findall(shown) for name in names.split(",")}
