# SPDX-License-Identifier: GPL-2.0-or-later
"""What the module is compiled with: the definitions that the server lists of itself, whoever built it.
Servers here are scripts that say what real ones do, of versions that are not installed."""

import os
import subprocess

import pytest

from harness.paths import REPOSITORY
from harness.programs import write_program

COMMON = "USE_TCP, USE_TLS, TLS_HOOKS, SHM_MMAP, PKG_MALLOC, F_MALLOC, DBG_SR_MEMORY"
SHARED = "HAVE_RESOLV_RES, TLS_PTHREAD_MUTEX_SHARED"

# The first lines of kamailio -v.
BY_MAKE = f"""version: kamailio 5.8.8 (x86_64/linux) 1a2b3c
flags: {COMMON}, USE_FUTEX, FAST_LOCK-ADAPTIVE_WAIT, {SHARED}
ADAPTIVE_WAIT_LOOPS 1024, MAX_RECV_BUFFER_SIZE 262144, MAX_URI_SIZE 1024, DEFAULT PKG_SIZE 8MB"""
BY_CMAKE = f"""version: kamailio 6.1.4 (x86_64/Linux) 
flags: {COMMON}, DBG_QM_MALLOC, DBG_F_MALLOC, DBG_TLSF_MALLOC, USE_FUTEX, {SHARED}
MAX_RECV_BUFFER_SIZE 262144, MAX_URI_SIZE 1024, BUF_SIZE 65535, DEFAULT PKG_SIZE 8MB"""
ON_ARM = f"""version: kamailio 6.2.0-dev1 (aarch64/Linux) 
flags: {COMMON}, USE_FUTEX-NOSMP, {SHARED}"""


def server(path, says, status=0):
    """A program in the place of kamailio."""
    return write_program(path, f"cat <<'END'\n{says}\nEND\nexit {status}")


def tree(directory, version):
    """As much of a source tree as the flags are made from."""
    (directory / "src" / "core").mkdir(parents=True)
    (directory / "src" / "core" / "sr_module.h").touch()
    number, dash, extra = version.partition("-")
    names = ("VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION")
    values = (*number.split("."), dash + extra)
    lines = "".join(f"{name} = {value}\n" for name, value in zip(names, values))
    (directory / "src" / "Makefile.defs").write_text(lines)
    return directory


def run(script, *arguments, **variables):
    environment = {**os.environ, "KAMAILIO": "", "KAMAILIO_SOURCE": "", **variables}
    return subprocess.run(
        [REPOSITORY / "scripts" / script, *arguments],
        env={name: str(value) for name, value in environment.items()},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def headers(build, **variables):
    return run("kamailio-headers", build, **variables)


@pytest.mark.parametrize(
    ("version", "says", "has", "has_not"),
    [
        (
            "5.8.8",
            BY_MAKE,
            ["-DVERSIONVAL=5008008", "-DFAST_LOCK", "-DADAPTIVE_WAIT", "-DADAPTIVE_WAIT_LOOPS=1024"]
            + ["-DUSE_FUTEX", "-DOS_QUOTED='\"linux\"'", "-DKSR_PTHREAD_MUTEX_SHARED"],
            ["-DNOSMP", "-DTLS_PTHREAD_MUTEX_SHARED"],
        ),
        (
            "6.1.4",
            BY_CMAKE,
            ["-DVERSIONVAL=6001004", "-DUSE_FUTEX", "-DOS_QUOTED='\"Linux\"'", "-DDBG_SR_MEMORY"],
            # The headers choose the last of these themselves.
            ["-DFAST_LOCK", "-DADAPTIVE_WAIT", "-DDBG_QM_MALLOC", "-DDBG_F_MALLOC"],
        ),
        (
            "6.2.0-dev1",
            ON_ARM,
            ["-DVERSIONVAL=6002000", "-DVERSION='\"6.2.0-dev1\"'", "-DNOSMP", "-D__CPU_aarch64"],
            ["-DFAST_LOCK"],
        ),
    ],
)
def test_definitions_are_the_servers(tmp_path, version, says, has, has_not):
    """And nothing is written into the tree that was named."""
    kamailio = server(tmp_path / "kamailio", says)
    source = tree(tmp_path / "source", version)
    before = sorted(source.rglob("*"))
    done = headers(tmp_path / "build", KAMAILIO=kamailio, KAMAILIO_SOURCE=source)
    assert done.returncode == 0, done.stderr
    include, definitions, asked = open(done.stdout.strip()).read().splitlines()
    assert (include, asked) == (f"{source}/src", str(kamailio))
    words = definitions.split()
    assert not [word for word in has if word not in words]
    assert not [word for word in has_not if word in words]
    assert sorted(source.rglob("*")) == before
    dependency = run("kamailio-dependency", tmp_path / "build").stdout
    assert "-dev" in version or dependency.startswith(f"kamailio (>= {version}), kamailio (<< ")


def test_a_tree_of_another_version(tmp_path):
    """Is refused where the server was named; else its version's usual flags are taken, and said so."""
    source = tree(tmp_path / "source", "6.1.4")
    named = server(tmp_path / "kamailio", BY_MAKE)
    done = headers(tmp_path / "build", KAMAILIO=named, KAMAILIO_SOURCE=source)
    assert done.returncode == 1
    assert "is Kamailio 5.8.8" in done.stderr and "KAMAILIO_SOURCE=" in done.stderr
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = headers(tmp_path / "build", PATH=path, KAMAILIO_SOURCE=source)
    assert done.returncode == 0 and "taking the usual flags" in done.stderr
    lines = open(done.stdout.strip()).read().split("\n")
    assert "-DVERSIONVAL=6001004" in lines[1] and lines[2] == ""
    assert "not tried in a server" in run("kamailio-loads", tmp_path / "build").stdout


@pytest.mark.parametrize("name", ["/bin/true", "/nowhere/kamailio"])
def test_what_is_no_server_is_refused(tmp_path, name):
    source = tree(tmp_path / "source", "6.1.4")
    done = headers(tmp_path / "build", KAMAILIO=name, KAMAILIO_SOURCE=source)
    assert done.returncode == 1 and name in done.stderr


@pytest.mark.parametrize(
    ("says", "advice"),
    [
        ("ERROR: module version mismatch for exec.so", "KAMAILIO_SOURCE="),
        ("ERROR: module compile flags mismatch for exec.so", "run make again"),
        ("ERROR: could not open module: undefined symbol: x", "the source that it was built from"),
        ("ERROR: something else", "The reason is in its messages"),
    ],
)
def test_a_server_that_refuses_the_module(tmp_path, says, advice):
    kamailio = server(tmp_path / "kamailio", BY_CMAKE)
    source = tree(tmp_path / "source", "6.1.4")
    build = tmp_path / "build"
    assert headers(build, KAMAILIO=kamailio, KAMAILIO_SOURCE=source).returncode == 0
    (build / "exec.so").touch()
    assert "Kamailio 6.1.4" in run("kamailio-loads", build).stdout
    server(kamailio, says, 255)
    done = run("kamailio-loads", build)
    assert done.returncode == 1
    assert says in done.stderr and advice in done.stderr and str(kamailio) in done.stderr
