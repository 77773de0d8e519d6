# SPDX-License-Identifier: GPL-2.0-or-later
"""The functions from script engines: as today, and with values beside the text."""

import pytest

from harness import both
from harness.client import Client
from harness.config import Config

# One program in each language; the header X-Test tells which piece runs.
LUA = r"""
local function tell(name, value)
    KSR.hdr.append_to_reply("X-" .. name .. ": " .. tostring(value) .. "\r\n")
end

local E = KSR.exec
local hdr = function(name) return KSR.pv.gete("$hdr(" .. name .. ")") end

local tests = {
    cmd = function() tell("RC", E.exec_cmd("echo TEST > @dir@/cmd")) end,
    cmd_no = function() tell("RC", E.exec_cmd("exit 3")) end,
    msg = function() tell("RC", E.exec_msg("cat > @dir@/message")) end,
    avp = function()
        tell("RC", E.exec_avp("echo one; echo $SIP_USER"))
        tell("Value", KSR.pv.gete("$avp(i:1)") .. KSR.pv.gete("$avp(i:2)"))
    end,
    dset = function()
        tell("RC", E.exec_dset("echo sip:new@example.com; true"))
        tell("URI", KSR.pv.get("$ru"))
    end,
    format = function()
        E.exec_avp("echo '$ru $(rU)'")
        tell("Value", KSR.pv.gete("$avp(i:1)"))
    end,
    safe_cmd = function() tell("RC", E.exec_cmd_p1("echo $1 > @dir@/safe_cmd", hdr("X-A"))) end,
    safe_msg = function()
        tell("RC", E.exec_msg_p2("printf '%s\\n' $2 \"$1\" > @dir@/safe_msg", hdr("X-A"), "b"))
    end,
    safe_avp = function()
        local text = "printf '%s.' $5 '$4' \"$3\" $2 $1 $1"
        tell("RC", E.exec_avp_p5(text, "1", "2", "3", "4", hdr("X-A")))
        tell("Value", KSR.pv.gete("$avp(i:1)"))
    end,
    safe_dset = function()
        tell("RC", E.exec_dset_p1("printf '%s\\n' $1", hdr("X-A")))
        tell("URI", KSR.pv.get("$ru"))
    end,
    run = function()
        tell("RC", E.exec_run("cat; echo err >&2", "from the script", "$var(out)", "$var(err)"))
        tell("Value", KSR.pv.gete("$var(out)") .. "/" .. KSR.pv.gete("$var(err)"))
    end,
    safe_run = function()
        local text = "echo $2 '$1'; cat"
        tell("RC", E.exec_run_p2(text, hdr("X-A"), "$var(out)", "", "1", "two words"))
        tell("Value", string.gsub(KSR.pv.gete("$var(out)"), "\n", "|"))
    end,
    words = function()
        E.exec_cmd_p1("exit $1", "7")
        tell("Value", KSR.pv.gete("$exec(rc)") .. " " .. KSR.pv.gete("$exec(status)"))
    end,
    many = function() E.exec_cmd("true " .. hdr("X-A")); E.exec_cmd("true constant") end,
}

function ksr_request_route()
    local name = KSR.pv.get("$hdr(X-Test)")
    if name ~= nil then tests[name]() end
    KSR.sl.sl_send_reply(200, "OK")
end
"""

PYTHON = r"""
import KSR

E = KSR.exec


def tell(name, value):
    KSR.hdr.append_to_reply("X-%s: %s\r\n" % (name, value))


def hdr(name):
    return KSR.pv.gete("$hdr(%s)" % name)


class kamailio:
    def child_init(self, rank):
        return 0

    def ksr_request_route(self, msg):
        name = KSR.pv.get("$hdr(X-Test)")
        if name:
            getattr(self, name)()
        KSR.sl.sl_send_reply(200, "OK")
        return 1

    def cmd(self):
        tell("RC", E.exec_cmd("echo TEST > @dir@/cmd"))

    def cmd_no(self):
        tell("RC", E.exec_cmd("exit 3"))

    def msg(self):
        tell("RC", E.exec_msg("cat > @dir@/message"))

    def avp(self):
        tell("RC", E.exec_avp("echo one; echo $SIP_USER"))
        tell("Value", KSR.pv.gete("$avp(i:1)") + KSR.pv.gete("$avp(i:2)"))

    def dset(self):
        tell("RC", E.exec_dset("echo sip:new@example.com; true"))
        tell("URI", KSR.pv.get("$ru"))

    def format(self):
        E.exec_avp("echo '$ru $(rU)'")
        tell("Value", KSR.pv.gete("$avp(i:1)"))

    def safe_cmd(self):
        tell("RC", E.exec_cmd_p1("echo $1 > @dir@/safe_cmd", hdr("X-A")))

    def safe_msg(self):
        tell("RC", E.exec_msg_p2("printf '%s\\n' $2 \"$1\" > @dir@/safe_msg", hdr("X-A"), "b"))

    def safe_avp(self):
        text = "printf '%s.' $5 '$4' \"$3\" $2 $1 $1"
        tell("RC", E.exec_avp_p5(text, "1", "2", "3", "4", hdr("X-A")))
        tell("Value", KSR.pv.gete("$avp(i:1)"))

    def safe_dset(self):
        tell("RC", E.exec_dset_p1("printf '%s\\n' $1", hdr("X-A")))
        tell("URI", KSR.pv.get("$ru"))

    def run(self):
        tell("RC", E.exec_run("cat; echo err >&2", "from the script", "$var(out)", "$var(err)"))
        tell("Value", KSR.pv.gete("$var(out)") + "/" + KSR.pv.gete("$var(err)"))

    def safe_run(self):
        text = "echo $2 '$1'; cat"
        tell("RC", E.exec_run_p2(text, hdr("X-A"), "$var(out)", "", "1", "two words"))
        tell("Value", KSR.pv.gete("$var(out)").replace("\n", "|"))

    def words(self):
        E.exec_cmd_p1("exit $1", "7")
        tell("Value", "%s %s" % (KSR.pv.get("$exec(rc)"), KSR.pv.get("$exec(status)")))

    def many(self):
        E.exec_cmd("true " + hdr("X-A"))
        E.exec_cmd("true constant")


def mod_init():
    return kamailio()
"""

PROGRAMS = {"lua": LUA, "python": PYTHON}
languages = pytest.mark.parametrize("language", PROGRAMS)
HOSTILE = "x'; touch {0}; echo `touch {0}` $(touch {0}) \"; touch {0} #"


@pytest.fixture
def kemi(start, language):
    """kemi(name, **): a request to that piece of the program; kemi.server is its server."""
    server = start(Config(kemi=(language, PROGRAMS[language])))
    client = Client(server)

    def call(name, **fields):
        return client.call(name, **fields)

    call.server = server
    yield call
    client.close()


@both
@languages
def test_as_today(kemi):
    directory = kemi.server.directory
    assert kemi("cmd")["X-RC"] == "1"
    assert (directory / "cmd").read_text() == "TEST\n"
    assert int(kemi("cmd_no")["X-RC"]) < 0
    assert kemi("msg")["X-RC"] == "1"
    assert (directory / "message").read_bytes().startswith(b"MESSAGE sip:bob@example.com ")
    reply = kemi("avp")
    assert (reply["X-RC"], reply["X-Value"]) == ("1", "onebob")
    reply = kemi("dset")
    assert (reply["X-RC"], reply["X-URI"]) == ("1", "sip:new@example.com")


@both
@languages
def test_a_text_is_no_format(kemi):
    """A script engine has variables of its own: the server's mean nothing in its strings."""
    assert kemi("format")["X-Value"] == "$ru $(rU)"


@languages
def test_values_beside_the_text(kemi):
    directory = kemi.server.directory
    canary = directory / "canary"
    hostile = HOSTILE.format(canary)
    headers = [("X-A", hostile)]
    assert kemi("safe_cmd", headers=headers)["X-RC"] == "1"
    assert (directory / "safe_cmd").read_text() == hostile + "\n"
    assert kemi("safe_msg", headers=headers)["X-RC"] == "1"
    assert (directory / "safe_msg").read_text() == f"b\n{hostile}\n"
    reply = kemi("safe_avp", headers=headers)
    assert (reply["X-RC"], reply["X-Value"]) == ("1", f"{hostile}.4.3.2.1.1.")
    assert not canary.exists()


@languages
def test_exec_dset_with_a_value(kemi):
    reply = kemi("safe_dset", headers=[("X-A", "sip:given@example.com")])
    assert (reply["X-RC"], reply["X-URI"]) == ("1", "sip:given@example.com")
    reply = kemi("safe_dset", uri="-o/nowhere", headers=[("X-A", "sip:given@example.com")])
    assert reply["X-RC"] == "-5"


@languages
def test_exec_run(kemi):
    reply = kemi("run")
    assert reply["X-RC"] == "1"
    assert reply["X-Value"].startswith("from the script/err")
    reply = kemi("safe_run", headers=[("X-A", "input")])
    assert (reply["X-RC"], reply["X-Value"].rstrip("|")) == ("1", "two words 1|input")


@languages
def test_the_facts_of_the_last_call(kemi):
    assert kemi("words")["X-Value"] == "-1 7"


@languages
def test_one_warning_for_each_text(kemi):
    """Strings run as given; the log names the safe form, once for each text and process."""
    for _ in range(3):
        for value in ("one", "two"):
            kemi("many", headers=[("X-A", value)])
    warnings = [
        line
        for line in kemi.server.log().splitlines()
        if "WARNING" in line and "true constant" in line
    ]
    workers = kemi.server.config.children
    assert 1 <= len(warnings) <= workers
    assert "exec_cmd_p1" in warnings[0]


@languages
def test_they_can_be_refused(start, language):
    config = Config(
        kemi=(language, PROGRAMS[language]), params=[("dynamic_commands", "refuse")]
    )
    server = start(config)
    client = Client(server)
    try:
        assert int(client.call("cmd")["X-RC"]) == -4
        assert not (server.directory / "cmd").exists()
        assert client.call("safe_cmd", headers=[("X-A", "ok")])["X-RC"] == "1"
        assert (server.directory / "safe_cmd").read_text() == "ok\n"
    finally:
        client.close()


@languages
def test_they_can_be_allowed_without_a_word(start, language):
    config = Config(kemi=(language, PROGRAMS[language]), params=[("dynamic_commands", "allow")])
    server = start(config)
    client = Client(server)
    try:
        client.call("many", headers=[("X-A", "quiet")])
        assert not [line for line in server.log().splitlines() if "exec_cmd_p1" in line]
    finally:
        client.close()
