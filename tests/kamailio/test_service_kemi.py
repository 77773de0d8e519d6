# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of the service called by script engines, whose names the configuration doesn't have."""

import pytest

from harness import rpc
from harness.client import Client
from harness.config import BASE_MODULES, Config
from harness.wait import wait_until
from test_kemi_programs import FUNCTIONS, SCRIPTS
from test_service import programs

# The text and one value, for the safe forms.
SAFE = r"""
local pv = KSR.pv
local function tell()
    KSR.hdr.append_to_reply("X-RC: " .. pv.gete("$exec(rc)") .. "\r\nX-Value: " .. pv.gete("$avp(x)") .. "\r\n")
end
function ksr_next() tell() KSR.tm.t_reply(200, "Done") end
function ksr_request_route()
    if pv.get("$hdr(X-Test)") == nil then KSR.sl.sl_send_reply(200, "Up") return 1 end
    local value = pv.gete("$hdr(Subject)")
    if pv.get("$hdr(X-Test)") == "later" then
        if KSR.exec.exec_avp_async_p1("@say 'a b' $1", "$avp(x)", "ksr_next", value) == 1 then return 1 end
    else
        KSR.exec.exec_avp_p1("@say 'a b' $1", value)
        pv.sets("$avp(x)", pv.gete("$avp(i:1)"))
    end
    tell()
    KSR.sl.sl_send_reply(200, "Now")
    return 1
end
"""


@pytest.fixture
def served(start, kamexecd):
    def begin(kemi, **options):
        daemon = kamexecd(programs())
        config = Config(
            kemi=kemi, params=[("service", daemon.socket_path), ("workers", 1)], rpc=True,
            base=BASE_MODULES, **options
        )
        server = start(config)
        return daemon, server, Client(server)

    return begin


@pytest.mark.parametrize("language", sorted(SCRIPTS))
def test_names_that_only_a_script_has(served, language):
    """By the name alone and with words, now and later, in each function."""
    daemon, server, client = served((language, SCRIPTS[language]))

    def call(function, text, uri="sip:4930123456@example.com", **headers):
        given = [("X-Text", text), *headers.items()]
        return client.call(function, uri=uri, headers=given)

    for function in FUNCTIONS:
        for form in (function, f"{function}_async"):
            if form == "exec_cmd_async":
                continue
            reply = call(form, "@no")
            assert reply["X-RC"] == "-1", form
            assert call(f"{form}_p0", "@say a")["X-RC"] in ("1", "-5"), form  # no URI
    assert call("exec_dset_p0", "@pick 4930")["X-URI"] == "sip:4930@gw1.example.net"
    assert call("exec_dset_async_p0", "@pick 4930")["X-URI"] == "sip:4930@gw1.example.net"
    assert call("exec_avp", "@nobody")["X-RC"] == "-3"
    assert call("exec_avp_async", "@nobody")["X-RC"] == "-3"
    # Names of the configuration alone are counted and shown; there is none here.
    assert rpc.call(server.directory, "exec.programs") == []
    client.close()


def test_values_are_arguments(served):
    daemon, server, client = served(("lua", SAFE))
    hostile = "$(touch pwned) `id` ; two  words"
    for test in ("now", "later"):
        reply = client.call(test, headers=[("Subject", hostile)])
        assert (reply["X-RC"], reply["X-Value"]) == ("1", f"<a b><{hostile}>"), test
    client.close()


def test_many_names_cost_no_memory_and_no_other_call(served):
    """Names that are made of what callers send: each is asked for, none is kept."""
    daemon, server, client = served(("lua", SCRIPTS["lua"]))
    for i in range(400):
        assert client.call("exec_avp", headers=[("X-Text", f"@name{i}")])["X-RC"] == "-3"
    assert client.call("exec_avp_async", headers=[("X-Text", "@name400")])["X-RC"] == "-3"
    assert client.call("exec_avp", headers=[("X-Text", "@no")])["X-RC"] == "-1"
    assert wait_until(server.alive)
    client.close()
