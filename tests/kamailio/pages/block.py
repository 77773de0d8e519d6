# SPDX-License-Identifier: GPL-2.0-or-later
"""The fenced blocks of a page. A fence's first word is the language; what follows it are marks:

    cfg file=NAME    a whole file that the reader writes; so for python, sh and others
    cfg              a piece of a configuration: `kamailio -c` accepts it
    cfg refused      `kamailio -c` refuses it
    ini programs     a file of programs: the module and kamexecd accept it
    sh               commands; the last one's exit status is 0
    sh install       commands that change the system: read here, run by tests/chroot/run_tutorial
    console          commands behind `$ `, and what they show
    log              lines that the server has logged by then
    same=PATH        this text is the repository's file, or a piece of it
    shown            nothing runs it: a form, a drawing (see SHOWN_LANGUAGES)
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"^( *)```(.*)$")  # indented where it is part of a list


@dataclass
class Block:
    page: Path
    line: int  # of its fence, from 1
    language: str
    marks: dict = field(default_factory=dict)
    text: str = ""  # ends in a newline

    @property
    def place(self) -> str:
        return f"{self.page.name}:{self.line}"

    def is_a(self, language, *marks) -> bool:
        return self.language == language and set(self.marks) == set(marks)


def blocks_of(page: Path) -> list:
    """In the page's order. A fence that is never closed is an error."""
    found, open_one, indent = [], None, ""
    for number, line in enumerate(page.read_text().splitlines(), 1):
        fence = _FENCE.match(line)
        if fence and open_one is None:
            indent = fence[1]
            language, *marks = fence[2].split() or [""]
            pairs = (mark.partition("=")[::2] for mark in marks)
            open_one = Block(page, number, language, dict(pairs))
        elif fence:
            found.append(open_one)
            open_one = None
        elif open_one is not None:
            open_one.text += line.removeprefix(indent) + "\n"
    if open_one is not None:
        raise ValueError(f"{open_one.place}: this block is never closed")
    return found
