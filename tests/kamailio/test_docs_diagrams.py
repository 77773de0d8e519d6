# SPDX-License-Identifier: GPL-2.0-or-later
"""The drawing and the tables of the rooms and of their parts are what the sources include of each other."""

import re

import pytest

from harness.paths import REPOSITORY
from pages.block import blocks_of

SOURCES = REPOSITORY / "src"
PAGE = (REPOSITORY / "docs" / "architecture.md").read_text()
# They use most rooms: the drawing has of their arrows what leads to all, the table has every one.
HOSTS = {"kamailio", "tool", "daemon"}


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


# --- docs/architecture.md ---


def rows_of(heading) -> list:
    """The columns of each row of the table whose first column has that heading."""
    body = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.M)[1]
    return [[column.strip() for column in row.split("|")[1:-1]] for row in body.splitlines()]


def names_in(column) -> list:
    return re.findall(r"`([^`]+)`", column)


def uses_told() -> dict:
    """room -> the rooms that it uses, but base."""
    return {
        names_in(row[0])[0].split("/")[1]: set(names_in(row[2])) for row in rows_of("room")
    }


def units_included() -> dict:
    """unit -> the units that it includes; a unit is a header with its source: "kamailio/calls/input"."""
    found = {}
    for path in [*SOURCES.rglob("*.h"), *SOURCES.rglob("*.c"), *SOURCES.rglob("*.cpp")]:
        unit = str(path.relative_to(SOURCES).with_suffix(""))
        names = re.findall(r'^#include "([^"]+)\.h"', path.read_text(), re.M)
        known = {name for name in names if (SOURCES / f"{name}.h").exists()}
        found.setdefault(unit, set()).update(known - {unit})
    return found


def cycles_of(uses: dict) -> set:
    """Each as the set of those that lead to each other."""
    ahead = {start: reached_from(start, {(a, b) for a in uses for b in uses[a]}) for start in uses}
    return {
        frozenset(other for other in ahead[start] if start in ahead.get(other, ()))
        for start in uses
        if start in ahead[start]
    }


def part_of(unit: str, host: str, parts: list) -> int:
    """Where the row of the table stands that names the unit's directory, or the unit itself."""
    name = unit.removeprefix(f"{host}/")
    wanted = f"{name.split('/')[0]}/" if "/" in name else name
    (row,) = [
        i for i, names in enumerate(parts) if wanted in names or f"{wanted}.h" in names or f"{wanted}.cpp" in names
    ]
    return row


def arrows_up(host: str) -> list:
    parts = [names_in(row[0]) for row in rows_of(f"part of `src/{host}/`")]
    uses = units_included()
    return [
        f"{unit} -> {other}"
        for unit in uses
        if unit.startswith(f"{host}/")
        for other in uses[unit]
        if other.startswith(f"{host}/") and part_of(other, host, parts) < part_of(unit, host, parts)
    ]


def test_every_room_uses_what_the_page_tells_and_no_other():
    rooms = set(uses_told())
    assert rooms == {path.name for path in SOURCES.iterdir() if path.is_dir()}
    told = {(room, other) for room, uses in uses_told().items() for other in uses}
    assert {pair for pair in included(rooms) if pair[1] != "base"} == told
    assert not {pair for pair in included(rooms) if pair[0] == "base"}


def test_no_room_uses_one_that_uses_it():
    assert not cycles_of(uses_told())


@pytest.mark.parametrize("host", sorted(HOSTS))
def test_parts_of_a_room_include_none_above_them(host):
    assert not arrows_up(host)


def test_no_unit_leads_back_to_itself():
    assert not cycles_of(units_included())


def test_what_finds_arrows_and_cycles_finds_them():
    assert cycles_of({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == {frozenset("bc")}
    parts = [["exports/"], ["host/"], ["commands.h", "main.cpp"]]
    assert part_of("kamailio/host/log", "kamailio", parts) == 1
    assert part_of("tool/main", "tool", parts) == part_of("tool/commands", "tool", parts) == 2
