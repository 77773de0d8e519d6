# SPDX-License-Identifier: GPL-2.0-or-later
"""The reference pages have what the module offers, all of it and nothing else, with right defaults.

(The attributes of a program: tests/unit/program/documentation_test.cpp.)
"""

import re

import pytest

from harness.paths import REPOSITORY

SOURCES = REPOSITORY / "src" / "kamailio"
REFERENCE = REPOSITORY / "docs" / "reference"


def source(name) -> str:
    return (SOURCES / name).read_text()


def page(name) -> str:
    return (REFERENCE.parent / name).read_text()


def table(text, heading) -> list:
    """The rows, each a list of columns, of the first table whose head has that first column."""
    rows = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[-|: ]+\n((?:\|.*\n)+)", text, re.M)[1]
    return [
        [column.strip() for column in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows.splitlines()
    ]


def code(column) -> list:
    """What stands between backquotes."""
    return re.findall(r"`([^`]+)`", column)


def exported(kind, file="exports/exports.c") -> list:
    """The first words of the entries of a table of the module."""
    body = re.search(rf"{kind}\[\] = \{{(.*?)\n\}};", source(file), re.S)[1]
    return re.findall(r'^\s*\{"([\w.]+)"', body, re.M)


# --- Functions ---


def shown_functions() -> dict:
    """name -> the numbers of parameters that its signature allows."""
    found = {}
    rows = table(page("reference/functions.md"), "function") + table(
        page("asynchronous.md"), "function"
    )
    for row in rows:
        name, parameters = re.fullmatch(r"(\w+)\((.*)\)", code(row[0])[0]).groups()
        least = len(re.findall(r"\w+", re.sub(r"\[.*\]", "", parameters)))
        most = len(re.findall(r"\w+", parameters))
        found[name] = set(range(least, most + 1))
    return found


def test_functions():
    body = re.search(r"functions\[\] = \{(.*?)\n\};", source("exports/exports.c"), re.S)[1]
    offered = {}
    for name, count in re.findall(r'\{"(\w+)", [\w()]+, (\d),', body):
        offered.setdefault(name, set()).add(int(count))
    assert len(offered) == 10
    assert shown_functions() == offered


def shown_kemi_functions() -> set:
    """`exec_x_p1` … `exec_x_p3(text, …)` is three of them."""
    found = set()
    for name in ("reference/functions.md", "asynchronous.md"):
        for row in table(page(name), "KEMI function"):
            ends = [re.match(r"(\w+_p)(\d)", text).groups() for text in code(row[0])]
            numbers = range(int(ends[0][1]), int(ends[-1][1]) + 1)
            found |= {f"{ends[0][0]}{number}" for number in numbers}
    return found


def test_kemi_functions():
    text = source("exports/kemi_exports.c").partition("kemi_exports[] = {")[2]
    offered = set(re.findall(r"EXPORT\((exec_\w+_p\d),", text))
    for name in re.findall(r"EXPORT_ALL\((\w+)\)", text):
        offered |= {f"{name}_p{number}" for number in range(0, 6)}
    assert len(offered) > 20
    assert shown_kemi_functions() == offered


# --- Parameters ---


def defaults() -> dict:
    """The initial values in exports.c, as numbers and texts."""
    body = re.search(r"kamexec_parameters = \{(.*?)\};", source("exports/exports.c"), re.S)[1]
    found = {}
    for name, value in re.findall(r"\.(\w+) = ([^,]+),", body):
        found[name] = value.strip('"') if '"' in value else eval(value, {"__builtins__": {}})
    return found


PARAMETERS = table(page("reference/parameters.md"), "parameter")


def test_parameters():
    shown = [name for row in PARAMETERS for name in code(row[0])]
    assert sorted(shown) == sorted(exported("parameters"))


def test_defaults():
    wanted = defaults()
    assert len(wanted) > 10
    for row in PARAMETERS:
        name = code(row[0])[0]
        if name in wanted:
            shown = row[2].strip("`").strip('"').split(" ")[0]
            assert shown == str(wanted.pop(name)), name
    assert not wanted, "parameters whose default isn't told"


NUMBERS = [
    (code(row[0])[0], *map(int, row[3].split(" to ")))
    for row in PARAMETERS
    if re.fullmatch(r"-?\d+ to \d+", row[3])
]


@pytest.mark.parametrize("name, least, most", NUMBERS, ids=lambda value: str(value))
def test_ranges(check, name, least, most):
    assert check('exec_cmd("true");', params=[(name, most)]).accepted
    for beyond in (least - 1, most + 1):
        checked = check('exec_cmd("true");', params=[(name, beyond)])
        assert not checked.accepted
        assert f"{name}={beyond} is out of range: {least} to {most}" in checked.output


# --- Variables, statistics, RPC ---


def test_variables():
    told = re.search(r"there are ([\w, ]+)", source("exports/exec_variable.c"))[1].split(", ")
    shown = [name for row in table(page("reference/variables.md"), "name") for name in code(row[0])]
    assert sorted(shown) == sorted(f"$exec({name})" for name in told)


def test_statistics():
    counted = re.findall(r'^    \{"(\w+)", "', source("host/host_counters.c"), re.M)
    assert len(counted) > 20
    shown = {name for row in table(page("reference/statistics.md"), "name") for name in code(row[0])}
    between = {name for name in counted if name.startswith("duration_us_le_")}
    assert {"duration_us_le_1000", "duration_us_le_5000000", "duration_us_le_inf"} <= shown & between
    of_programs = re.findall(r'^    \{"(\w+)", "', source("programs/program_counters.cpp"), re.M)
    assert len(of_programs) > 3
    more = {f"program_NAME_{name}" for name in of_programs}
    more |= set(re.findall(r'^    \{"(\w+)", ".*", kamexec_\w+\},$', source("exports/exports.c"), re.M))
    assert "async_under_way" in more
    assert shown - between == set(counted) - between | more


def test_rpc():
    offered = exported("rpc_exports", "exports/rpc_exports.c")
    shown = [code(row[0])[0].split(" ")[0] for row in table(page("reference/statistics.md"), "command")]
    assert sorted(shown) == sorted(offered)


# --- Messages ---


def test_reasons_of_refusals():
    """What the operators' page quotes from the log stands in the sources."""
    sources = REPOSITORY / "src"
    text = "".join(path.read_text() for path in sources.rglob("*.cpp"))
    rows = table(page("how-to/from-one-shot-to-pool.md"), "reason")
    reasons = [reason for row in rows for reason in code(row[0])]
    assert len(reasons) > 5
    for reason in reasons:
        assert reason in text, reason
