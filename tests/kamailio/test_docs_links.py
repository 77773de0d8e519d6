# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages hang together: no link is dead, and the front page leads to each of them."""

import re

import pytest

from harness.paths import REPOSITORY
from test_docs_blocks import DOCUMENTS

FRONT = REPOSITORY / "docs" / "README.md"
_FENCED = re.compile(r"^ *```.*?^ *```$", re.M | re.S)
_LINK = re.compile(r"\[(?:[^][]|\[[^]]*\])*\]\(([^()\s]+)\)")
_IMAGE_SOURCE = re.compile(r"<(?:img|source) [^>]*?src(?:set)?=\"([^\"]+)\"")


def text_of(page) -> str:
    return _FENCED.sub("", page.read_text())


def anchors_of(page) -> set:
    """The names that a forge gives to headings."""
    headings = re.findall(r"^#+ (.*)$", text_of(page), re.M)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)
    return set(plain)


def links_of(page) -> list:
    """Pairs (file, anchor) of the links that stay in the repository."""
    found = _LINK.findall(text_of(page)) + _IMAGE_SOURCE.findall(text_of(page))
    inside = (link for link in found if not re.match(r"[a-z]+:", link))
    parts = (link.partition("#")[::2] for link in inside)
    return [((page.parent / path).resolve() if path else page, anchor) for path, anchor in parts]


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_no_link_is_dead(page):
    for target, anchor in links_of(page):
        assert target.exists(), f"{page.name} leads to {target}, which isn't there"
        if anchor:
            assert anchor in anchors_of(target), f"{page.name}: {target.name} has no #{anchor}"


def test_links_are_seen():
    assert sum(len(links_of(page)) for page in DOCUMENTS) > 100


def test_the_front_page_leads_to_every_page():
    led_to = {target for target, _ in links_of(FRONT)}
    pages = {page for page in DOCUMENTS if page.is_relative_to(FRONT.parent)} - {FRONT}
    assert not pages - led_to, "pages that the map lacks"


def test_the_readme_leads_to_the_tutorial_first():
    within = [target for target, _ in links_of(REPOSITORY / "README.md")]
    assert within[0] == REPOSITORY / "docs" / "tutorial.md"


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_what_make_is_told_to_make_is_there(page):
    makefile = (REPOSITORY / "Makefile").read_text()
    for target in re.findall(r"`make ([a-z][a-z0-9-]*)[`\s]", page.read_text()):
        assert re.search(rf"^{target}:", makefile, re.M), f"{page.name}: make {target}"


def test_files_that_are_named_are_there():
    """In backquotes, with a folder of the repository in front."""
    for page in DOCUMENTS:
        named = re.findall(r"`((?:src|docs|examples|tests|bench|scripts)/[\w./-]+)`", text_of(page))
        for name in named:
            assert (REPOSITORY / name).exists(), f"{page.name}: {name}"
