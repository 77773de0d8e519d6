# SPDX-License-Identifier: GPL-2.0-or-later
"""Kamailio's RPC over the datagram socket of jsonrpcs."""

import json
import os
import socket

from .errors import HarnessError
from .wait import PATIENCE


def call(directory, method, *params, seconds=PATIENCE):
    """The result of a method; HarnessError on an error answer or none."""
    local = str(directory / f"rpc-{os.getpid()}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        try:
            channel.bind(local)
            channel.settimeout(seconds)
            query = {"jsonrpc": "2.0", "method": method, "params": list(params), "id": 1}
            channel.sendto(json.dumps(query).encode(), str(directory / "rpc"))
            answer = json.loads(channel.recv(1 << 16))
        except OSError as error:
            raise HarnessError(f"rpc {method}: {error}") from error
        finally:
            os.unlink(local)
    if "error" in answer:
        raise HarnessError(f"rpc {method}: {answer['error']}")
    return answer["result"]
