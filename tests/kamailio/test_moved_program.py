# SPDX-License-Identifier: GPL-2.0-or-later
"""A command's program that moves within the server's PATH while the server runs is looked for again."""

from harness.client import Client
from harness.config import Config

ROUTES = {
    "now": r"""
        exec_avp("moves $rU", "$avp(said)");
        append_to_reply("X-Said: $rc $avp(said)\r\n");
    """,
    "later": r"""
        exec_avp_async("moves $rU", "said");
        sl_send_reply("500", "Not suspended");
    """,
}
RESUME = 'route[said] { append_to_reply("X-Said: $exec(rc) $avp(i:1)\\r\\n"); t_reply("200", "Done"); }'


def test_a_program_that_moved(tmp_path, start):
    first, second = tmp_path / "first", tmp_path / "second"
    for directory in (first, second):
        directory.mkdir()
    program = first / "moves"
    program.write_text('#!/bin/sh\necho "$0 $1"\n')
    program.chmod(0o755)
    path = f"{first}:{second}:/usr/bin:/bin"
    client = Client(start(Config(ROUTES, more=RESUME), environment={"PATH": path}))
    try:
        for route in ("now", "later"):
            assert client.call(route)["X-Said"] == f"1 {first}/moves bob"
        program.rename(second / "moves")
        for route in ("now", "later"):
            assert client.call(route)["X-Said"] == f"1 {second}/moves bob"
    finally:
        client.close()
