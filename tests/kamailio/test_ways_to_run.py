# SPDX-License-Identifier: GPL-2.0-or-later
"""The module in servers that run in other ways: unprivileged, without forking, under load."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

from harness import both
from harness.client import Client
from harness.config import Config
from harness.ports import free_port

ROUTES = {
    "facts": r"""
        exec_cmd("exit 3");
        append_to_reply("X-Codes: $rc");
        exec_avp("id -un; echo '$rU'", "$avp(user),$avp(value)");
        append_to_reply(" $rc $avp(user) $avp(value)\r\n");
    """
}


def facts(server):
    client = Client(server)
    try:
        return client.call("facts")["X-Codes"]
    finally:
        client.close()


as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")


@both
@as_root
def test_as_an_ordinary_user(open_directory, start, module):
    copy = shutil.copy(module, open_directory / "exec.so")
    os.chmod(copy, 0o755)
    nobody = pwd.getpwnam("nobody")
    os.chown(open_directory, nobody.pw_uid, nobody.pw_gid)
    server = start(Config(ROUTES), directory=open_directory, user="nobody", module=Path(copy))
    assert facts(server) == "-1 1 nobody bob"


@both
@as_root
def test_privileges_dropped_by_the_server(open_directory, start):
    nobody = pwd.getpwnam("nobody")
    os.chown(open_directory, nobody.pw_uid, nobody.pw_gid)
    config = Config(ROUTES, kamailio=("-DD", "-u", "nobody"))
    assert facts(start(config, directory=open_directory)) == "-1 1 nobody bob"


def test_without_forking(start):
    """One process does all: the server's own handler of SIGCHLD must not take the statuses."""
    user = pwd.getpwuid(os.getuid()).pw_name
    assert facts(start(Config(ROUTES, kamailio=("-D",)))) == f"-1 1 {user} bob"


SIPP = shutil.which("sipp")
CALLS = 100

SIPP_ROUTE = """
request_route {{
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "Up"); exit; }}
    if (!exec_dset("echo sip:service@127.0.0.1:{uas}; true")) {{
        sl_send_reply("500", "No target");
        exit;
    }}
    exec_msg("cat >/dev/null");
    t_relay();
}}
"""


def sipp(directory, *arguments):
    # The server's workers may change the order of an ACK and a BYE: that ends no call. A call that is answered
    # with an error never comes to its end, and -timeout_error tells.
    unordered = ("-default_behaviors", "all,-abortunexp")
    command = [SIPP, *map(str, arguments), "-i", "127.0.0.1", "-nostdin", *unordered]
    return subprocess.Popen(
        command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.skipif(SIPP is None, reason="sipp (Debian: sip-tester) is not installed")
def test_calls_by_sipp(start, tmp_path):
    """Whole calls, each of their three requests routed by a program, none of them lost."""
    uas = free_port()
    server = start(Config(request_route=SIPP_ROUTE.format(uas=uas)))
    answering = sipp(tmp_path, "-sn", "uas", "-p", uas)
    try:
        calling = sipp(
            tmp_path, "-sn", "uac", "-m", CALLS, "-r", 40, "-l", 10, "-d", 100, "-timeout", 300,
            "-timeout_error", "-p", free_port(), f"127.0.0.1:{server.port}",
        )
        output, _ = calling.communicate(timeout=330)
    finally:
        answering.kill()
        answering.communicate(timeout=10)
    assert calling.returncode == 0, output[-2000:].decode(errors="replace")
