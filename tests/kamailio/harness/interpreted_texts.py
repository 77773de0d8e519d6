# SPDX-License-Identifier: GPL-2.0-or-later
"""The texts of tests/unit/command/interpreted_texts.cpp, for tests that run them."""

import re
from dataclasses import dataclass

from .paths import REPOSITORY

_SOURCE = REPOSITORY / "tests/unit/command/interpreted_texts.cpp"
_STRING = r'"((?:[^"\\]|\\.)*)"'


@dataclass(frozen=True)
class Text:
    """`text` has ¤ for a value. Refused: `sink` is what the value's way ends in; `sends`: the message
    is on standard input."""

    text: str
    sink: str = ""
    sends: bool = False


def refused_texts() -> list:
    """Those of the kinds that docs/security.md names, first."""
    found = re.findall(
        rf"\{{{_STRING},\s*{_STRING}(,\s*Sends::message)?\}}", _SOURCE.read_text().partition("kData")[0]
    )
    return [Text(_plain(text), _plain(sink), bool(sends)) for text, sink, sends in found]


def data_texts() -> list:
    data = _SOURCE.read_text().partition("kData")[2].partition("});")[0]
    return [Text(_plain(text)) for text in re.findall(rf"^ +{_STRING},$", data, re.M)]


def in_configuration(text: str, value="$(rU)") -> str:
    """`text` for a string of kamailio.cfg, with `value` for each ¤."""
    for one, other in (("\\", "\\\\"), ('"', '\\"'), ("$", "$$"), ("¤", value), ("\n", "\\n")):
        text = text.replace(one, other)
    return text


def _plain(literal: str) -> str:
    return re.sub(r"\\(.)", lambda escape: "\n" if escape[1] == "n" else escape[1], literal)
