# SPDX-License-Identifier: GPL-2.0-or-later
"""Every fenced block of the documentation is something that a test runs; what no test knows fails.

pages/block.py has the marks. Whole pages are walked through by test_docs_pages.py, and what other
tests read is named in READ_BY_OTHER_TESTS.
"""

import ast
import json
import re
import shutil
import subprocess

import pytest

from harness.check import check_file
from harness.paths import OURS, REPOSITORY
from pages import snippet
from pages.block import blocks_of
from pages.walk import is_of_the_repository
from test_docs_pages import PAGES

FOLDERS = ("docs", "examples", "tests", "bench", "packaging", "container")
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", *(f"{folder}/**/*.md" for folder in FOLDERS))
    for path in REPOSITORY.glob(pattern)
)
READ_BY_OTHER_TESTS = {
    "prepared": ["docs/prepared-commands.md"],  # tests/unit/command/documented_test.cpp
    "definition": ["docs/reference/programs.md"],  # tests/unit/program/documentation_test.cpp
    # tests/unit/pool/ and tests/unit/service/: specification_test.cpp
    "exchange": ["docs/worker-protocol.md", "docs/service-protocol.md"],
    "kamailio": ["examples/grafana/README.md"],  # test_grafana.py
    "yaml": ["examples/grafana/README.md"],  # test_grafana.py
}


def accepted(block, directory, text=None) -> tuple:
    """`text`: instead of the block's."""
    config = directory / f"line-{block.line}.cfg"
    config.write_text(snippet.whole(text or block.text, OURS, directory))
    done = check_file(config, directory)
    return done.status == 0, done.output


def check_piece(block, directory):
    assert snippet.loads_our_module(block.text), block.place
    good, output = accepted(block, directory)
    assert good == ("refused" not in block.marks), f"{block.place}: {output}"


def check_shell(block):
    done = subprocess.run(["sh", "-n"], input=block.text.encode(), capture_output=True, check=False)
    assert done.returncode == 0, f"{block.place}: {done.stderr}"
    for target in re.findall(r"^(?:sudo )?make ([a-z-]+)", block.text, re.M):
        makefile = (REPOSITORY / "Makefile").read_text()
        assert re.search(rf"^{target}:", makefile, re.M), f"{block.place}: no target {target}"


def check_installs(block):
    """What is installed for a page is installed where its tests run."""
    check_shell(block)
    for packages in re.findall(r"^sudo apt-get install -y (.*)$", block.text, re.M):
        asked = subprocess.run(
            ["dpkg-query", "-W", *packages.split()], stderr=subprocess.PIPE, text=True, check=False
        )
        assert asked.returncode == 0, f"{block.place}: {asked.stderr}"


def check_programs(block, directory):
    """The module reads it with all its programs, and so does kamexecd, where that is built."""
    path = directory / f"line-{block.line}.conf"
    path.write_text(snippet.programs_file(block.text, directory))
    good, output = accepted(block, directory, f'modparam("exec", "programs_file", "{path}")\n')
    assert good, f"{block.place}: {output}"
    daemon = OURS.with_name("kamexecd")
    if daemon.exists():
        done = subprocess.run([daemon, "--check", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block.place}: {done.stderr}"


def check_unit(block, directory):
    """systemd reads a unit with these lines, and has nothing to say. (Where there is no systemd, they
    have the form at least.)"""
    if shutil.which("systemd-analyze") is None:
        assert re.fullmatch(r"(\[\w+\]\n|#.*\n|\w+=.*\n)+", block.text), block.place
        return
    unit = directory / "page.service"
    service = "[Unit]\nDescription=of a page\n[Service]\nExecStart=/bin/true\n"
    if "[Socket]\n" in block.text:  # of the socket of such a service
        unit.write_text(service)
        unit = directory / "page.socket"
        unit.write_text("[Socket]\nListenStream=/run/page\n" + block.text)
    else:
        unit.write_text(service + block.text)
    done = subprocess.run(
        ["systemd-analyze", "verify", unit], stderr=subprocess.PIPE, text=True, check=False
    )
    assert not done.stderr, f"{block.place}: {done.stderr}"


def check_lua(block, directory):
    program = directory / "block.lua"
    program.write_text(block.text)
    done = subprocess.run(
        ["lua5.4", "-e", f"assert(loadfile('{program}'))"], capture_output=True, check=False
    )
    assert done.returncode == 0, f"{block.place}: {done.stderr}"


def check(block, directory):
    """Fails where the block is false, and where nothing knows what to do with it."""
    walked = block.page in PAGES
    name = block.page.as_posix().removeprefix(f"{REPOSITORY}/")
    if "same" in block.marks:
        assert is_of_the_repository(block), f"{block.place}: {block.marks['same']} has other text"
    elif walked and ("file" in block.marks or block.language in ("console", "log")):
        pass
    elif walked and block.is_a("sh"):
        pass
    elif block.is_a("cfg") or block.is_a("cfg", "refused"):
        check_piece(block, directory)
    elif block.is_a("sh", "shown"):
        check_shell(block)
    elif block.is_a("sh", "install"):
        check_installs(block)
    elif block.is_a("python"):
        ast.parse(block.text)
    elif block.is_a("json"):
        json.loads(block.text)
    elif block.is_a("lua"):
        check_lua(block, directory)
    elif block.is_a("ini", "programs"):
        check_programs(block, directory)
    elif block.is_a("ini"):
        check_unit(block, directory)
    elif block.language in READ_BY_OTHER_TESTS:
        assert name in READ_BY_OTHER_TESTS[block.language], block.place
    elif block.is_a("text", "shown"):
        pass
    elif block.is_a("mermaid"):
        assert name == "README.md", f"{block.place}: test_docs_diagrams.py knows the README's alone"
    else:
        pytest.fail(f"{block.place}: nothing runs a block of this kind; see tests/kamailio/pages")


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_block_is_true(page, tmp_path):
    for block in blocks_of(page):
        check(block, tmp_path)


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_no_block_is_hidden_by_indentation(page):
    """An indented block is a block that no test sees."""
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.M | re.S)
    assert not re.search(r"\n\n {4}\S", text), "put it between fences"
