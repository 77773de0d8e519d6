# SPDX-License-Identifier: GPL-2.0-or-later
"""The tutorial and the how-to pages: every file is written, every command run, all output compared."""

import pytest

from harness import processes
from harness.paths import REPOSITORY
from pages.block import blocks_of
from pages.place import Place
from pages.shell import Shell
from pages.walk import Walk

DOCS = REPOSITORY / "docs"


def to_walk_through(page) -> bool:
    return any(b.is_a("console") or b.is_a("sh") for b in blocks_of(page))


PAGES = [page for page in sorted(DOCS.rglob("*.md")) if to_walk_through(page)]


def test_there_are_pages():
    assert DOCS / "tutorial.md" in PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_the_page_is_true(page, module, tmp_path):
    place = Place(tmp_path, module)
    shell = Shell(tmp_path, place.programs)
    try:
        assert Walk(shell, place).through(blocks_of(page)) > 0
        left = processes.wait_until_gone(lambda: shell.left_running(), 2.0)
        assert not left, [processes.describe(pid) for pid in left]
    finally:
        shell.close()
