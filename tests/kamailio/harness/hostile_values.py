# SPDX-License-Identifier: GPL-2.0-or-later
"""Values that make a file MARK, and nothing else, where a program reads them as code.

`@here@` in them is the directory that the text runs in; evil/ there holds programs and files that make
it, too.
"""

import re

# What makes a MARK where it is read as code, by the program that reads it; run in @here@.
SHELL = (
    "x; touch @here@/MARK;",
    "$(touch @here@/MARK)",
    "'touch @here@/MARK'",
    "touch @here@/MARK",
    "';touch @here@/MARK;'",
    "x;touch${IFS}MARK;",
)
PERL = ('system("touch MARK")', "@{[system(q(touch MARK))]}", '/;system("touch MARK");/')
PYTHON = (
    '__import__("os").system("touch MARK")',
    '\'+str(__import__("os").system("touch MARK"))+\'',
)
EDITOR = (
    'call system("touch MARK")|q!',
    '/|call system("touch MARK")|"',
    '+call system("touch MARK")|q!',
    "!touch MARK",
)
LANGUAGES = {
    "awk": (
        '/{system("touch MARK")}/',
        '"; system("touch MARK"); "',
        '"} BEGIN {system("touch MARK"); x="',
        'BEGIN{system("touch MARK")}',
        "touch MARK",
        "evil/x.awk",
        "../evil/x.awk",
    ),
    "sed": ("touch MARK/e;#", "1etouch MARK", "-e1etouch MARK", "evil/x.sed"),
    "perl": (*PERL, "evil/x.pl", '-e;system("touch MARK")', 'POSIX;system("touch MARK")'),
    "python3": (*PYTHON, "touch MARK", "mod", "evil/x.py"),
    "python3.11": PYTHON,
    "node": ('require("child_process").execSync("touch MARK")', "./evil/x.js"),
    "lua": ('os.execute("touch MARK")',),
    "sqlite3": (
        "';select writefile('MARK','');--",
        ".shell touch MARK",
        "evil/x.sql",
    ),
    "make": ("$(shell touch MARK)", "--eval=$(shell touch MARK)", "evil", "x:;touch MARK"),
    "vim": EDITOR,
    "ex": EDITOR,
    "ed": ("!touch MARK",),
    "gdb": ("shell touch MARK",),
    "tclsh": ("evil/x.tcl",),
    "tar": ("use-compress-program=touch MARK", "touch MARK", "-Itouch MARK"),
    "sort": ("oMARK", "-oMARK"),
    "find": (". -maxdepth 0 -exec touch MARK ;", "-exec touch MARK ;"),
    "split": ("touch MARK",),
}
PASTED = ("$(touch @here@/MARK)", "';touch @here@/MARK;'", "touch @here@/MARK")
NAMES = ("evil/x", "../evil/x", "../../evil/x", "@here@/evil/x", "../..@here@/evil/x", "x evil/x")
PLACES = ("../evil", "evil", "@here@/evil")  # for PATH, and where a script's directory is chosen


def words(text: str) -> set:
    return set(re.findall(r"[\w.+-]+", text))


def attacks_on(one) -> list:
    """Values that run where they come to the sink: most likely ones first."""
    known = [value for name in LANGUAGES if name in words(one.sink) for value in LANGUAGES[name]]
    if known:
        is_option = one.sink.startswith("an option") and "-¤" not in one.text
        return [value for value in known if value[0] in "-+." or not is_option]
    if "program's name" in one.sink:
        return [*NAMES, *SHELL]
    if {"cd", "pushd"} & words(one.text) or "/¤/" in one.text or "PATH" in one.sink:
        return [*PLACES, *NAMES]
    return [*NAMES, *SHELL] if "/" in one.text else [*SHELL, *NAMES]


def value_in(value: str, here) -> str:
    return value.replace("@here@", str(here))


SIP_ALLOWS = ";$()'&/!*=+"


def in_user_part(value: str) -> str:
    return "".join(c if c.isalnum() or c in SIP_ALLOWS else f"%{ord(c):02X}" for c in value)


def hostile_for(text: str) -> list:
    values = list(SHELL)
    for name in LANGUAGES:
        values += LANGUAGES[name] if name in words(text) else ()
    return values
