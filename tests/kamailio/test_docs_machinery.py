# SPDX-License-Identifier: GPL-2.0-or-later
"""What reads the pages can tell a page that is true from one that is not."""

import pytest

from pages.block import blocks_of
from pages.comparison import agrees
from pages.place import Place
from pages.shell import Shell
from pages.walk import Walk, exchanges
from test_docs_blocks import check

SHOWN = " 3(812) ERROR: exec [src/log.c:9]: call at x.cfg:5: no, exit status 1, after 20 ms\n"


@pytest.fixture
def walk(tmp_path, module):
    home = tmp_path / "home"
    home.mkdir()
    place = Place(home, module)
    shell = Shell(home, place.programs)

    def through(text):
        page = tmp_path / "page.md"
        page.write_text(text)
        return Walk(shell, place).through(blocks_of(page))

    yield through
    shell.close()


def test_what_varies_agrees():
    expected = " 0(4711) ERROR: exec [build/log.c:21]: call at x.cfg:5: no, exit status 1, after 1 ms"
    assert agrees(expected, SHOWN)


@pytest.mark.parametrize(
    "old, new", [("x.cfg:5", "x.cfg:6"), ("status 1", "status 2"), ("ERROR", "INFO"), ("call", "")]
)
def test_what_does_not_vary_must_be_the_same(old, new):
    assert not agrees(SHOWN, SHOWN.replace(old, new))


def test_lines_may_be_left_out_where_the_page_says_so():
    assert agrees("a\n...\nd", "a\nb\nc\nd\n")
    assert not agrees("a\nd", "a\nb\nd\n")
    assert not agrees("a\n...\nd", "a\nb\n")


def test_commands_of_several_lines():
    text = "$ one |\n    two \\\n  three\nshown\n$ four\n"
    assert exchanges(text) == [("one |\n    two \\\n  three", "shown\n"), ("four", "")]


def test_a_page_that_is_true(walk):
    page = "```text file=a\nx 5080\n```\n```console\n$ cat a; cd /\nx 5080\n$ pwd\n/\n```\n"
    assert walk(page + "```sh\ntest $HOME = ~\n```\n```text shown\nnothing\n```\n") == 3


@pytest.mark.parametrize(
    "page",
    [
        "```console\n$ echo one\ntwo\n```\n",
        "```console\n$ echo one\n```\n",
        "```console\n$ true\none\n```\n",
        "```sh\nfalse\n```\n",
        "```sh\ncd /nowhere\n```\n",
    ],
)
def test_a_page_that_is_not(walk, page):
    with pytest.raises(AssertionError):
        walk(page)


@pytest.mark.parametrize(
    "block",
    [
        '```cfg\nexec_cmd("x=$$(( $rU ))");\n```\n',  # would be refused
        '```cfg\nmodparam("exec", "time_to_kil", 1)\n```\n',
        '```cfg refused\nexec_cmd("true");\n```\n',
        "```sh shown\nif then\n```\n",
        "```sh shown\nmake no-such-target\n```\n",
        "```ini\n[Service]\nTasksMax many\n```\n",
        "```ini\n[Socket]\nSocketMod=0660\n```\n",
        "```json\n{\n```\n",
        "```lua\nend\n```\n",
        "```cobol\nSTOP RUN.\n```\n",
        "```\nno language\n```\n",
        "```console\n$ in a page that nobody walks through\n```\n",
    ],
)
def test_a_block_that_is_not_true(tmp_path, block):
    page = tmp_path / "page.md"
    page.write_text(block)
    (one,) = blocks_of(page)
    with pytest.raises((AssertionError, ValueError, pytest.fail.Exception)):
        check(one, tmp_path)
