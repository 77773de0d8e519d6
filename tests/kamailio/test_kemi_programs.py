# SPDX-License-Identifier: GPL-2.0-or-later
"""Named programs called by script engines without values: by the program's name alone, and by the
forms that end in _p0."""

import pytest

from harness.client import Client
from harness.config import BASE_MODULES, Config
from harness.programs import write_program
from harness.wait import wait_until
from test_programs import WORKERS, program

# X-Test names the function, X-Text is its text, X-Value is pasted behind it, after a blank.
LUA = r"""
local pv = KSR.pv
local function tell()
    KSR.hdr.append_to_reply("X-RC: " .. pv.gete("$exec(rc)") .. "\r\nX-URI: " .. pv.gete("$ru") .. "\r\n")
end
function ksr_next() tell() KSR.tm.t_reply(200, "Done") end
function ksr_request_route()
    local name = pv.get("$hdr(X-Test)")
    if name == nil then KSR.sl.sl_send_reply(200, "Up") return 1 end
    local text, value, call = pv.gete("$hdr(X-Text)"), pv.gete("$hdr(X-Value)"), KSR.exec[name]
    if value ~= "" then text = text .. " " .. value end
    local async = string.find(name, "_async") and not string.find(name, "cmd")
    local rc
    if string.find(name, "run") then
        if async then rc = call(text, "", "", "", "ksr_next") else rc = call(text, "", "", "") end
    elseif not async then rc = call(text)
    elseif string.find(name, "avp") then rc = call(text, "", "ksr_next")
    else rc = call(text, "ksr_next") end
    if async and rc == 1 then return 1 end
    tell()
    KSR.sl.sl_send_reply(200, "Now " .. tostring(rc))
    return 1
end
"""

PYTHON = r"""
import KSR

pv = KSR.pv


def tell():
    values = pv.gete("$exec(rc)"), pv.gete("$ru")
    KSR.hdr.append_to_reply("X-RC: %s\r\nX-URI: %s\r\n" % values)


class kamailio:
    def child_init(self, rank):
        return 0

    def ksr_next(self, msg):
        tell()
        KSR.tm.t_reply(200, "Done")
        return 1

    def ksr_request_route(self, msg):
        name = pv.get("$hdr(X-Test)")
        if not name:
            KSR.sl.sl_send_reply(200, "Up")
            return 1
        text = " ".join(filter(None, (pv.gete("$hdr(X-Text)"), pv.gete("$hdr(X-Value)"))))
        later = "_async" in name and "cmd" not in name
        more = ("", "", "") if "run" in name else ("",) if later and "avp" in name else ()
        rc = getattr(KSR.exec, name)(text, *more, *(("ksr_next",) if later else ()))
        if later and rc == 1:
            return 1
        tell()
        KSR.sl.sl_send_reply(200, "Now %s" % rc)
        return 1


def mod_init():
    return kamailio()
"""

SCRIPTS = {"lua": LUA, "python": PYTHON}
FUNCTIONS = ["exec_dset", "exec_msg", "exec_avp", "exec_cmd", "exec_run"]
ALL = FUNCTIONS + [name + "_async" for name in FUNCTIONS]


@pytest.fixture(params=SCRIPTS)
def kemi(request, start, tmp_path):
    """kemi(policy): a server of that policy, with @lcr. kemi.call(function, text, value): its reply.
    kemi.words(): what @lcr was called with since the last time, in a moment's time."""
    return Kemi(request, start, tmp_path)


class Kemi:
    def __init__(self, request, start, directory):
        self._request, self._start, self._called = request, start, directory / "called"
        self._run = write_program(
            directory / "lcr", f'printf "<%s>" "$@" >> {self._called}; echo sip:new@127.0.0.1'
        )

    def __call__(self, policy, **options):
        language = self._request.param
        params = [
            ("dynamic_commands", policy),
            ("workers", 1),
            *program(f"name=lcr; run={self._run} fixed"),
            *program(f"name=gw; run=/usr/bin/python3 {WORKERS / 'gateways.py'}; via=pool"),
        ]
        config = Config(kemi=(language, SCRIPTS[language]), params=params, **options)
        self.server = self._start(config)
        self._client = Client(self.server)
        self._request.addfinalizer(self._client.close)
        return self

    def call(self, function, text, value="", **fields):
        headers = [("X-Text", text)] + ([("X-Value", value)] if value else [])
        return self._client.call(function, headers=headers, **fields)

    def words(self) -> str:
        wait_until(lambda: self._called.exists() and self._called.read_text())
        text = self._called.read_text() if self._called.exists() else ""
        self._called.unlink(missing_ok=True)
        return text

    def was_called(self) -> bool:
        return self._called.exists()


def uri_of(function) -> str:
    return "<sip:bob@example.com>" if "dset" in function else ""


def test_a_name_alone_is_always_allowed(kemi):
    kemi("refuse")
    for function in ALL:
        reply = kemi.call(function, "@lcr")
        assert kemi.words() == "<fixed>" + uri_of(function), function
        assert reply["X-RC"] == "1" or "cmd_async" in function
        assert reply["X-URI"] == ("sip:new@127.0.0.1" if "dset" in function else "sip:bob@example.com")
    assert "runs as it is" not in kemi.server.log()


def test_a_name_of_a_pool_alone(kemi):
    kemi("refuse")
    for function in ("exec_dset", "exec_dset_p0", "exec_dset_async", "exec_dset_async_p0"):
        reply = kemi.call(function, "@gw", uri="sip:nobody@example.com")
        assert reply["X-RC"] == "-1", function


def test_the_form_without_values_is_always_allowed(kemi):
    kemi("refuse")
    for function in ALL:
        reply = kemi.call(function + "_p0", "@lcr 'two words' $$1")
        assert reply["X-RC"] == "-4", "an expansion must be quoted"
        reply = kemi.call(function + "_p0", "@lcr 'two words' '$$1'")
        assert kemi.words() == "<fixed><two words><$1>" + uri_of(function), function
        assert reply["X-RC"] == "1" or "cmd_async" in function


def test_the_form_without_values_of_a_command(kemi):
    kemi("refuse")
    reply = kemi.call("exec_dset_p0", "/bin/echo sip:a@127.0.0.1 #")
    assert (reply["X-RC"], reply["X-URI"]) == ("1", "sip:a@127.0.0.1")
    assert kemi.call("exec_cmd_p0", "echo $1")["X-RC"] == "-4"
    assert "$1 in the text has no value: there are 0" in kemi.server.log()


def test_other_texts_are_refused_where_the_policy_says_so(kemi):
    kemi("refuse")
    for function in ALL:
        assert kemi.call(function, "@lcr constant")["X-RC"] == "-4", function
        assert kemi.call(function, "@lcr", "pasted")["X-RC"] == "-4", function
    assert not kemi.was_called()
    log = kemi.server.log()
    assert 'KSR.exec.exec_dset_p1("command $1", value), exec_dset_p0 if there is none' in log


@pytest.mark.parametrize("policy", ["auto", "allow"])
def test_what_is_pasted_becomes_arguments_and_nothing_else(kemi, policy, tmp_path):
    kemi(policy)
    canary = tmp_path / "canary"
    for function in FUNCTIONS:
        kemi.call(function, "@lcr a", "b 'c d'")
        assert kemi.words() == "<fixed><a><b><c d>" + uri_of(function)
        for hostile in (f"; touch {canary}", f"$(touch {canary})", f"`touch {canary}`", "'", "| sh"):
            assert kemi.call(function, "@lcr a", hostile)["X-RC"] == "-4", hostile
    assert not canary.exists() and not kemi.was_called()
    warned = "can become more than one argument; pass them beside it" in kemi.server.log()
    assert warned == (policy == "auto")


def test_a_name_of_no_program(kemi):
    kemi("auto")
    assert kemi.call("exec_cmd", "@nosuch")["X-RC"] == "-4"
    assert kemi.call("exec_cmd_p0", "@nosuch x")["X-RC"] == "-4"
    assert kemi.call("exec_cmd", "@")["X-RC"] == "-4"
    assert kemi.server.log().count("there is no program") >= 2


def test_waiting_calls_without_tm(kemi):
    """A script's calls can't be seen when the server starts: each of them says what is missing."""
    kemi("auto", base=tuple(name for name in BASE_MODULES if name not in ("tm", "tmx")))
    assert kemi.call("exec_avp_async", "@lcr")["X-RC"] == "-4"
    assert not kemi.was_called()
    kemi.call("exec_cmd_async", "@lcr")
    assert kemi.words() == "<fixed>"
    assert "tm is not loaded: only exec_cmd_async works of the asynchronous functions" in kemi.server.log()
