# SPDX-License-Identifier: GPL-2.0-or-later
"""Asynchronous calls of script engines: the script ends, and a function of it goes on."""


import pytest

from harness import rpc, sip
from harness.client import Client
from harness.config import Config
from harness.invite import Invite
from harness.processes import wait_until_gone
from harness.transactions import left_after
from harness.wait import wait_until

LUA = r"""
local E, pv = KSR.exec, KSR.pv
local hdr = function(name) return pv.gete("$hdr(" .. name .. ")") end
local function tell(name, value)
    KSR.hdr.append_to_reply("X-" .. name .. ": " .. tostring(value) .. "\r\n")
end
local function done() KSR.tm.t_reply(200, "Done") end

local tests = {
    dset = function() return E.exec_dset_async("cat @dir@/uris; true", "ksr_uris") end,
    dset_p1 = function()
        return E.exec_dset_async_p1("printf '%s\\n' $1", "ksr_uris", hdr("X-A"))
    end,
    msg = function() return E.exec_msg_async("head -n 1 > @dir@/message", "ksr_facts") end,
    msg_p2 = function()
        local text = "printf '%s' $2 \"$1\" > @dir@/message"
        return E.exec_msg_async_p2(text, "ksr_facts", hdr("X-A"), "b")
    end,
    avp = function() return E.exec_avp_async("echo one; echo two", "", "ksr_numbered") end,
    named = function()
        return E.exec_avp_async("echo one; echo two", "$avp(x),$avp(y)", "ksr_named")
    end,
    avp_p3 = function()
        return E.exec_avp_async_p3("echo $3.$2.$1", "$avp(x)", "ksr_named", "a", "b", hdr("X-A"))
    end,
    run = function()
        local text = "cat; echo err >&2; exit 3"
        return E.exec_run_async(text, "input", "$var(out)", "$var(err)", "ksr_run")
    end,
    run_p1 = function()
        return E.exec_run_async_p1("cat; echo $1", "in-", "$var(out)", "", "ksr_out", hdr("X-A"))
    end,
    late = function() return E.exec_avp_async("sleep 30", "", "ksr_facts") end,
    missing = function() return E.exec_avp_async("true", "", "ksr_is_not_there") end,
    empty = function() return E.exec_avp_async("true", "", "") end,
    bad_avps = function() return E.exec_avp_async("true", "no names", "ksr_facts") end,
    bad_variable = function() return E.exec_run_async("true", "", "$rm", "", "ksr_facts") end,
    twice = function()
        E.exec_avp_async("echo first", "$avp(x)", "ksr_named")
        tell("Second", E.exec_avp_async("echo second", "$avp(x)", "ksr_named"))
        return 1
    end,
    answered = function()
        local rc = E.exec_avp_async("sleep 0.5", "", "ksr_went_on")
        KSR.tm.t_reply(480, "By The Script")
        return rc
    end,
    released = function()
        E.exec_avp_async("sleep 0.5", "$avp(x)", "ksr_went_on")
        KSR.tm.t_release()
        return 1
    end,
    nested = function() return E.exec_avp_async("echo one", "$avp(x)", "ksr_again") end,
}

function ksr_uris()
    tell("URI", pv.get("$ru")) tell("Count", pv.get("$branch(count)")) done()
end
function ksr_facts()
    tell("Facts", pv.get("$exec(rc)") .. " " .. pv.get("$exec(outcome)"))
    done()
end
function ksr_numbered() tell("Value", pv.gete("$avp(i:1)") .. pv.gete("$avp(i:2)")) done() end
function ksr_named() tell("Value", pv.gete("$avp(x)") .. pv.gete("$avp(y)")) done() end
function ksr_run()
    tell("Value", pv.gete("$var(out)") .. "/" .. pv.gete("$var(err)") .. "/" .. pv.get("$exec(rc)"))
    done()
end
function ksr_out() tell("Value", pv.gete("$var(out)") .. "/" .. pv.get("$exec(rc)")) done() end
function ksr_again() E.exec_avp_async("echo two", "$avp(y)", "ksr_named") end
function ksr_went_on() KSR.err("went on\n") done() end
function ksr_next() KSR.tm.t_relay() end
function ksr_failure_next() E.exec_dset_async("cat @dir@/next; true", "ksr_next") end

function ksr_request_route()
    local name = pv.get("$hdr(X-Test)")
    if name == nil then KSR.sl.sl_send_reply(200, "Up") return 1 end
    if KSR.is_method("ACK") then return 1 end
    if name == "cmd" then
        tell("RC", E.exec_cmd_async("echo ran > @dir@/cmd"))
        tell("RC", E.exec_cmd_async_p1("echo $1 > @dir@/cmd_p1", hdr("X-A")))
        KSR.sl.sl_send_reply(200, "Done")
        return 1
    end
    if name == "serial" then
        pv.sets("$ru", hdr("X-A"))
        KSR.tm.t_on_failure("ksr_failure_next")
        KSR.tm.t_relay()
        return 1
    end
    local rc = tests[name]()
    if rc < 0 then tell("RC", rc) KSR.sl.send_reply(500, "Not Suspended") end
    return 1
end
"""

PYTHON = r"""
import KSR

E, pv = KSR.exec, KSR.pv


def hdr(name):
    return pv.gete("$hdr(%s)" % name)


def tell(name, value):
    KSR.hdr.append_to_reply("X-%s: %s\r\n" % (name, value))


def done():
    KSR.tm.t_reply(200, "Done")
    return 1


TESTS = {
    "dset": lambda: E.exec_dset_async("cat @dir@/uris; true", "ksr_uris"),
    "dset_p1": lambda: E.exec_dset_async_p1("printf '%s\\n' $1", "ksr_uris", hdr("X-A")),
    "msg": lambda: E.exec_msg_async("head -n 1 > @dir@/message", "ksr_facts"),
    "msg_p2": lambda: E.exec_msg_async_p2(
        "printf '%s' $2 \"$1\" > @dir@/message", "ksr_facts", hdr("X-A"), "b"),
    "avp": lambda: E.exec_avp_async("echo one; echo two", "", "ksr_numbered"),
    "named": lambda: E.exec_avp_async("echo one; echo two", "$avp(x),$avp(y)", "ksr_named"),
    "avp_p3": lambda: E.exec_avp_async_p3(
        "echo $3.$2.$1", "$avp(x)", "ksr_named", "a", "b", hdr("X-A")),
    "run": lambda: E.exec_run_async(
        "cat; echo err >&2; exit 3", "input", "$var(out)", "$var(err)", "ksr_run"),
    "run_p1": lambda: E.exec_run_async_p1(
        "cat; echo $1", "in-", "$var(out)", "", "ksr_out", hdr("X-A")),
    "late": lambda: E.exec_avp_async("sleep 30", "", "ksr_facts"),
    "missing": lambda: E.exec_avp_async("true", "", "ksr_is_not_there"),
    "empty": lambda: E.exec_avp_async("true", "", ""),
    "bad_avps": lambda: E.exec_avp_async("true", "no names", "ksr_facts"),
    "bad_variable": lambda: E.exec_run_async("true", "", "$rm", "", "ksr_facts"),
    "nested": lambda: E.exec_avp_async("echo one", "$avp(x)", "ksr_again"),
}


def twice():
    E.exec_avp_async("echo first", "$avp(x)", "ksr_named")
    tell("Second", E.exec_avp_async("echo second", "$avp(x)", "ksr_named"))
    return 1


def answered():
    rc = E.exec_avp_async("sleep 0.5", "", "ksr_went_on")
    KSR.tm.t_reply(480, "By The Script")
    return rc


def released():
    E.exec_avp_async("sleep 0.5", "$avp(x)", "ksr_went_on")
    KSR.tm.t_release()
    return 1


TESTS["twice"] = twice
TESTS["released"] = released
TESTS["answered"] = answered


class kamailio:
    def child_init(self, rank):
        return 0

    def ksr_uris(self, msg):
        tell("URI", pv.get("$ru"))
        tell("Count", pv.get("$branch(count)"))
        return done()

    def ksr_facts(self, msg):
        tell("Facts", "%s %s" % (pv.get("$exec(rc)"), pv.get("$exec(outcome)")))
        return done()

    def ksr_numbered(self, msg):
        tell("Value", pv.gete("$avp(i:1)") + pv.gete("$avp(i:2)"))
        return done()

    def ksr_named(self, msg):
        tell("Value", pv.gete("$avp(x)") + pv.gete("$avp(y)"))
        return done()

    def ksr_run(self, msg):
        values = pv.gete("$var(out)"), pv.gete("$var(err)"), pv.get("$exec(rc)")
        tell("Value", "%s/%s/%s" % values)
        return done()

    def ksr_out(self, msg):
        tell("Value", "%s/%s" % (pv.gete("$var(out)"), pv.get("$exec(rc)")))
        return done()

    def ksr_again(self, msg):
        E.exec_avp_async("echo two", "$avp(y)", "ksr_named")
        return 1

    def ksr_went_on(self, msg):
        KSR.err("went on\n")
        return done()

    def ksr_next(self, msg):
        KSR.tm.t_relay()
        return 1

    def ksr_failure_next(self, msg):
        E.exec_dset_async("cat @dir@/next; true", "ksr_next")
        return 1

    def ksr_reply_route(self, msg):
        return 1

    def ksr_onsend_route(self, msg):
        return 1

    def ksr_request_route(self, msg):
        name = pv.get("$hdr(X-Test)")
        if not name:
            KSR.sl.sl_send_reply(200, "Up")
        elif KSR.is_method("ACK"):
            pass
        elif name == "cmd":
            tell("RC", E.exec_cmd_async("echo ran > @dir@/cmd"))
            tell("RC", E.exec_cmd_async_p1("echo $1 > @dir@/cmd_p1", hdr("X-A")))
            KSR.sl.sl_send_reply(200, "Done")
        elif name == "serial":
            pv.sets("$ru", hdr("X-A"))
            KSR.tm.t_on_failure("ksr_failure_next")
            KSR.tm.t_relay()
        else:
            rc = TESTS[name]()
            if rc < 0:
                tell("RC", rc)
                KSR.sl.send_reply(500, "Not Suspended")
        return 1


def mod_init():
    return kamailio()
"""

PROGRAMS = {"lua": LUA, "python": PYTHON}
HOSTILE = "x'; touch {0}; echo `touch {0}` $(touch {0}) \"; touch {0} #"


@pytest.fixture(params=PROGRAMS)
def kemi(start, request, module):
    """kemi(name, **): a request to that piece of the program. A server for each language; more
    calls in one test than one, as starting takes longer than calling."""
    server = start(
        Config(
            kemi=(request.param, PROGRAMS[request.param]),
            params=(("workers", 1), ("deadline_ms", 3000)),
            rpc=True,
            modparams='modparam("tm", "wt_timer", 1000)\n',
        )
    )
    client = Client(server)

    def call(name, **fields):
        return client.call(name, **fields)

    call.server, call.client = server, client
    call.ask = lambda *arguments: rpc.call(server.directory, *arguments)
    yield call
    assert not wait_until_gone(lambda: call.ask("exec.jobs"))
    assert left_after(call.ask) == 0
    client.close()


def test_results(kemi):
    directory = kemi.server.directory
    (directory / "uris").write_text("sip:a@example.com\nsip:b@example.com\n")
    reply = kemi("dset")
    assert (reply["X-URI"], reply["X-Count"]) == ("sip:a@example.com", "1")
    assert kemi("msg")["X-Facts"] == "1 ok"
    assert (directory / "message").read_bytes() == b"MESSAGE sip:bob@example.com SIP/2.0\r\n"
    assert kemi("avp")["X-Value"] == "onetwo"
    assert kemi("named")["X-Value"] == "onetwo"
    assert kemi("run")["X-Value"] == "input/err/-1"
    assert kemi("nested")["X-Value"] == "onetwo"
    assert kemi("late")["X-Facts"] == "-2 deadline"


def test_values_beside_the_text(kemi):
    directory = kemi.server.directory
    canary = directory / "canary"
    headers = [("X-A", HOSTILE.format(canary))]
    value = headers[0][1]
    assert kemi("dset_p1", headers=[("X-A", "sip:given@example.com")])["X-URI"] == (
        "sip:given@example.com"
    )
    assert kemi("msg_p2", headers=headers)["X-Facts"] == "1 ok"
    assert (directory / "message").read_text() == "b" + value
    assert kemi("avp_p3", headers=headers)["X-Value"] == f"{value}.b.a"
    assert kemi("run_p1", headers=headers)["X-Value"] == f"in-{value}/1"
    assert not canary.exists()


def test_exec_cmd_async(kemi):
    directory = kemi.server.directory
    assert kemi("cmd", headers=[("X-A", "a b")]).all("X-RC") == ["1", "1"]
    assert wait_until(lambda: (directory / "cmd").exists() and (directory / "cmd_p1").exists())
    assert not wait_until_gone(lambda: kemi.ask("exec.jobs"))
    assert (directory / "cmd").read_text() == "ran\n"
    assert (directory / "cmd_p1").read_text() == "a b\n"


def test_failure_route(kemi, uas):
    busy, free = uas(486), uas(200)
    (kemi.server.directory / "next").write_text(free.uri("next") + "\n")
    call = Invite(kemi.client, "serial", headers=[("X-A", busy.uri())])
    assert call.reply().status == 200
    assert [request.uri for request in free.of_method("INVITE")] == [free.uri("next")]


@pytest.mark.parametrize("name", ["empty", "bad_avps", "bad_variable"])
def test_what_can_not_go_on_is_refused(kemi, name):
    reply = kemi(name)
    assert reply.status == 500
    assert reply["X-RC"] == "-4"


def test_a_function_that_is_missing(kemi):
    """Known only when it is called: the server answers for the script then."""
    assert kemi("missing").status == 500
    kemi("named")  # Kamailio 5.6 leaves Python's exception for the next call to trip over
    assert kemi("named")["X-Value"] == "onetwo"


def test_a_script_that_does_not_end(kemi):
    """A second call finds the request waiting. One that is answered meanwhile, and still there,
    doesn't go on."""
    reply = kemi("twice")
    assert reply["X-Value"] == "first"
    reply = kemi("answered")
    assert reply.status == 480
    assert not wait_until_gone(lambda: kemi.ask("exec.jobs"))
    assert kemi.ask("exec.stats")["async_gone"] == 1
    assert "went on" not in kemi.server.log()
    kemi.client.send(sip.request("MESSAGE", "sip:bob@example.com", [("X-Test", "released")]))
    assert kemi("named")["X-Value"] == "onetwo"
