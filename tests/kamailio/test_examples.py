# SPDX-License-Identifier: GPL-2.0-or-later
"""What examples/ shows people is run: the demo as `make run` does it, and the script engines'."""

import re
import subprocess
import sys

import pytest

from harness.client import Client
from harness.config import Config
from harness.kamexecd import KAMEXECD
from harness.paths import REPOSITORY
from harness.programs import write_program

EXAMPLES = REPOSITORY / "examples"
DEMO = EXAMPLES / "demo"
FLEET_DEMO = EXAMPLES / "fleet-demo"
PATH = f"{DEMO / 'programs'}:/usr/local/bin:/usr/bin:/bin"


def run_demo(module):
    return subprocess.run(
        [sys.executable, "-B", DEMO / "run.py", "--module", module],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=180,
        check=False,
        text=True,
    )


def test_the_demo_ends_well(module):
    """Its scenes check themselves; here, that the end is as they say and that each took place."""
    done = run_demo(module)
    assert done.returncode == 0, done.stdout
    assert "WRONG" not in done.stdout
    for function in ("exec_dset", "exec_avp", "exec_msg", "exec_run", "exec_cmd", "deadline_ms"):
        assert function in done.stdout


def test_the_demo_says_where_the_module_is_missing(tmp_path):
    done = run_demo(tmp_path / "exec.so")
    assert done.returncode == 1
    assert f"there is no module at {tmp_path / 'exec.so'}" in done.stdout


def test_the_fleets_demo_ends_well(module):
    """As above, at a faster pace."""
    done = subprocess.run(
        [sys.executable, "-B", FLEET_DEMO / "run.py", "--module", module, "--pace", "0.2"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "WRONG" not in done.stdout
    for scene in ("share the calls", "is killed", "freezes", "comes back", "is rolled out"):
        assert scene in done.stdout


@pytest.mark.parametrize("name, programs", [("sip-host.conf", {"gateways", "notify"}),
                                            ("worker-host.conf", {"gateways", "notify", "cleanup"})])
def test_the_files_of_a_fleets_hosts_are_accepted(name, programs, tmp_path):
    text = (EXAMPLES / "fleet" / name).read_text()
    for file in ("nats-ca.pem", "nats-password"):
        assert f"/etc/kamexec/{file}" in text
        (tmp_path / file).write_text("")
    text = text.replace("/etc/kamexec/nats", f"{tmp_path}/nats")
    for program in re.findall(r"/usr/local/bin/([\w.]+)", text):
        write_program(tmp_path / program, "exit 0")
    path = tmp_path / "programs.conf"
    path.write_text(text.replace("/usr/local/bin/", f"{tmp_path}/"))
    done = subprocess.run(
        [KAMEXECD, "--check", path], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert set(re.findall(r"^\[([a-z]+)\]", text, re.M)) == programs | {"nats"}


@pytest.fixture(params=["lua/route.lua", "python/route.py"])
def redirect(request, start, tmp_path):
    """redirect(caller, number): the reply of the example's redirect server."""
    (tmp_path / "accounts").write_text("alice 4711 1250 Alice Example\n")
    (tmp_path / "gateways").write_text("49 0.9 gw1.example.com\n49 0.5 gw2.example.com\n")
    language = request.param.partition("/")[0]
    config = Config(kemi=(language, (EXAMPLES / request.param).read_text()))
    client = Client(start(config, environment={"PATH": PATH, "DEMO_DIR": str(tmp_path)}))

    def ask(caller, number="+4930123456", headers=()):
        sender = ("From", f"<sip:{caller}@example.com>;tag=1")
        uri = f"sip:{number}@example.com"
        return client.call("example", uri, [sender, *headers], method="INVITE")

    yield ask
    client.close()


def test_an_engine_redirects_to_what_the_program_printed(redirect):
    reply = redirect("alice")
    assert (reply.status, reply["X-Account"]) == (302, "4711")
    first, second = ", ".join(reply.all("Contact")).split(", ")
    assert "sip:+4930123456@gw1.example.com" in first and "q=0.9" in first
    assert "sip:+4930123456@gw2.example.com" in second and "q=0.5" in second


def test_an_engine_tells_a_no_from_the_program(redirect):
    assert redirect("mallory").status == 403
    assert redirect("alice", number="110").status == 404


def test_what_a_caller_sends_an_engine_is_data(redirect, tmp_path):
    canary = tmp_path / "pwned"
    touch = ("Command", f"touch {canary}")
    for caller in ("`$SIP_HF_COMMAND`", "';$SIP_HF_COMMAND;'", "x;$SIP_HF_COMMAND"):
        assert redirect(caller, headers=[touch]).status == 403
    assert not canary.exists()


def test_make_run_builds_the_module_alone(tmp_path):
    """No tests, no benchmarks, no tool, and not what they need."""
    shown = subprocess.run(
        ["make", "-n", "run", f"BUILD={tmp_path}"], cwd=REPOSITORY, capture_output=True, text=True,
        timeout=60, check=True,
    ).stdout
    for part in ("TOOL", "TESTS", "BENCH"):
        assert f"-DKAMEXEC_{part}=OFF" in shown
    assert "scripts/setup build kamailio\n" in shown
    assert "engine-test" not in shown and "--build" not in shown
    (tmp_path / "CMakeCache.txt").touch()
    again = subprocess.run(
        ["make", "-n", "run", f"BUILD={tmp_path}"], cwd=REPOSITORY, capture_output=True, text=True,
        timeout=60, check=True,
    ).stdout
    assert "=OFF" not in again, "a build directory with more in it stays so"


@pytest.mark.parametrize(
    "steps, jobs, said",
    [
        (300, 2, "300 steps, 2 at once: about 2 minutes"),
        (150, 8, "150 steps, 8 at once: less than a minute"),
        (0, 2, ""),
    ],
)
def test_building_the_module_says_how_long_it_takes(tmp_path, steps, jobs, said):
    cmake = tmp_path / "cmake"
    cmake.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        '  *help*) echo "exec: phony" ;;\n'
        f"  *-n) seq {steps} | sed 's,.*,[&/{steps}] Building,' ;;\n"
        '  *) echo "builds $*, $NINJA_STATUS" ;;\n'
        "esac\n"
    )
    cmake.chmod(0o755)
    shown = subprocess.run(
        [REPOSITORY / "scripts" / "build-module", "out", str(jobs)],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, timeout=60,
        check=True,
    ).stdout
    assert said in shown if said else shown.startswith("builds")
    assert f"builds --build out -j {jobs} --target exec, [%f of %t, %e s] " in shown
