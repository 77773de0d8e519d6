# SPDX-License-Identifier: GPL-2.0-or-later
"""The tool's completions, in the real shells; and the manual page. Each knows every option."""

import os
import re
import shutil
import subprocess

import pytest

from harness.command_line import TOOL, commands, options, tool
from harness.paths import REPOSITORY
from harness.terminal import Terminal



def places(*command):
    """A command, and all below it."""
    yield command
    for below in commands(*command):
        yield from places(*command, below)


PLACES = list(places()) if TOOL.exists() else []
SHELLS = [
    pytest.param(name, marks=pytest.mark.skipif(not shutil.which(name), reason=f"no {name} here"))
    for name in ("bash", "zsh", "fish")
]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """shell -> the file that it reads."""
    directory = tmp_path_factory.mktemp("completions")
    for name in ("bash", "zsh", "fish"):
        (directory / name).write_text(tool("completions", name))
    return {name: directory / name for name in ("bash", "zsh", "fish")}


def test_there_is_something_to_complete():
    assert {"try", "check", "completions"} <= set(commands())
    assert {"--json", "--message", "-m"} <= options("try")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_can_read_it(shell, scripts):
    done = subprocess.run([shell, "-n", scripts[shell]], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def completed_by_bash(script, *words) -> list[str]:
    program = """source "$1"; shift; compopt() { :; }
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kamexec
        printf '%s\\n' "${COMPREPLY[@]}" """
    command = ["bash", "--norc", "-c", program, "bash", script, "kamexec", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def completed_by_fish(script, *words) -> list[str]:
    line = " ".join(("kamexec", *words))
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"HOME": str(script.parent), "XDG_CONFIG_HOME": str(script.parent)},
    )
    return [line.partition("\t")[0] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: " ".join(place) or "kamexec")
def test_bash_completes_every_option(place, scripts):
    assert set(completed_by_bash(scripts["bash"], *place, "-")) == options(*place)


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish here")
@pytest.mark.parametrize("place", PLACES, ids=lambda place: " ".join(place) or "kamexec")
def test_fish_completes_every_option(place, scripts):
    script = scripts["fish"]
    long = set(completed_by_fish(script, *place, "--"))
    short = {name[:2] for name in completed_by_fish(script, *place, "-") if name[1] != "-"}
    assert {name.rstrip("=") for name in long} | short == options(*place)


@pytest.mark.parametrize(
    "words, offered",
    [
        ([""], None),
        (["comp"], ["completions"]),
        (["cache", ""], ["flush"]),
        (["call", "--call", "d"], ["dset"]),
        (["completions", ""], ["bash", "zsh", "fish"]),
        (["completions", "f"], ["fish"]),
        (["try", "--setvars", ""], ["yes", "no"]),
        (["try", "--setvars", "="], ["yes", "no"]),
        (["try", "--setvars", "=", "n"], ["no"]),
        (["try", "--input", "check", "--set"], ["--set", "--setvars"]),  # a value, not the command
        (["check", "--fail-on", "d"], ["danger"]),
        (["nonsense", ""], None),
    ],
)
def test_bash_completes_words(words, offered, scripts):
    assert completed_by_bash(scripts["bash"], *words) == (commands() if offered is None else offered)


# How an interactive shell without anyone's settings reads the script.
INTERACTIVE = {
    "bash": (["--norc", "--noprofile", "-i"], "source {}"),
    "zsh": (["-f", "-i"], "autoload -Uz compinit && compinit -u -D && source {}"),
    "fish": (["--no-config", "-i"], "source {}"),
}


@pytest.mark.parametrize("shell", SHELLS[:2])  # fish asks a terminal questions that ours can't answer
def test_on_a_terminal(shell, scripts, tmp_path):
    """The Tab key: a command, a word, a file."""
    (tmp_path / "routing-script.cfg").write_text("")
    arguments, read_in = INTERACTIVE[shell]
    environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "PS1": "", "HOME": str(tmp_path)}
    with Terminal(shell, *arguments, directory=tmp_path, environment=environment) as terminal:
        said = "kamexec() { echo said: $*; }"
        terminal.type(f"{read_in.format(scripts[shell])}; {said}; echo rea''dy\n")
        assert terminal.wait_for("ready")
        # The terminal shows each line as it is completed, and then, by echo, what became of it.
        for typed, becomes in [
            ("comp\t ba\t", "completions bash"),
            ("check rou\t", "check routing-script.cfg"),
            ("try --mess\t rou\t", "try --message routing-script.cfg"),
            ("try --setvars=y\t", "try --setvars=yes"),
        ]:
            terminal.type(f"kamexec {typed}\n")
            assert terminal.wait_for(f"said: {becomes}"), terminal.shown


@pytest.mark.parametrize("place", PLACES, ids=lambda place: " ".join(place) or "kamexec")
def test_the_manual_page_knows_every_option(place):
    source = (REPOSITORY / "docs" / "man" / "kamexec.1").read_text()
    parts = re.split(r"^\.S[sh] (.*)$", source, flags=re.M)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    text = sections["DESCRIPTION"] + (sections[place[0]] if place else "")
    described = {
        "-" + name
        for line in re.findall(r"^\.It (Fl .*)$", text, re.M)
        for name in re.findall(r"Fl (-?[\w-]+)", line)
    }
    assert options(*place) <= described
    exist = set().union(options(), *(options(*one) for one in PLACES if one[:1] == place[:1]))
    extra = described - exist
    assert not extra, f"{extra} are described and don't exist"
