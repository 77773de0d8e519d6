# SPDX-License-Identifier: GPL-2.0-or-later
"""The README's drawing of the rooms is what the sources include of each other."""

import re

from harness.paths import REPOSITORY
from pages.block import blocks_of

SOURCES = REPOSITORY / "src"
HOSTS = {"kamailio", "tool"}  # they use most rooms: what is drawn of them is what leads to all


def drawn() -> tuple:
    """(rooms, arrows) of the README's flowchart."""
    (chart,) = [
        block.text
        for block in blocks_of(REPOSITORY / "README.md")
        if block.language == "mermaid" and block.text.startswith("flowchart")
    ]
    rooms = set(re.findall(r'^    (\w+)\["\1/', chart, re.M))
    return rooms, set(re.findall(r"^    (\w+) --> (\w+)$", chart, re.M))


def included(rooms) -> set:
    """Pairs (room, room that it includes a header of)."""
    found = set()
    for room in rooms:
        for path in [*(SOURCES / room).rglob("*.h"), *(SOURCES / room).rglob("*.c*")]:
            names = re.findall(r'^#include "(\w+)/', path.read_text(), re.M)
            found |= {(room, name) for name in names if name in rooms and name != room}
    return found


def reached_from(room, arrows) -> set:
    found, ahead = set(), {room}
    while ahead:
        ahead = {to for start, to in arrows if start in ahead} - found
        found |= ahead
    return found


def test_every_room_is_drawn():
    assert drawn()[0] == {path.name for path in SOURCES.iterdir() if path.is_dir()}


def test_inner_rooms_use_what_is_drawn_and_no_other():
    rooms, arrows = drawn()
    inner = {pair for pair in included(rooms) if pair[0] not in HOSTS}
    shown = {pair for pair in arrows if pair[0] not in HOSTS}
    # All use base; it is drawn where nothing else is.
    assert {p for p in inner if p[1] != "base"} == {p for p in shown if p[1] != "base"}


def test_hosts_reach_what_they_use():
    rooms, arrows = drawn()
    uses = included(rooms)
    for host in HOSTS:
        assert {to for start, to in uses if start == host} - {"base"} <= reached_from(host, arrows)
        assert {pair for pair in arrows if pair[0] == host} <= uses


def test_the_engine_knows_nothing_of_its_hosts():
    assert not {pair for pair in included(drawn()[0]) if pair[1] in HOSTS}
