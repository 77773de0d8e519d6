# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls that kamexecd stores, made by a routing script: what the script is told, and that a call gets
through whatever happens to its program, to the daemon and to the server."""

import sqlite3

import pytest

from harness import check as checking
from harness import rpc
from harness.client import Client
from harness.config import BASE_MODULES, Config
from harness.paths import OURS
from harness.stored import Noted, in_state, queue, status
from harness.wait import wait_until
from test_kemi_programs import SCRIPTS

TELL = r'append_to_reply("X-RC: $rc $exec(rc) $exec(outcome)\r\n");'
ROUTES = {
    "cmd": f'exec_cmd("@bill start $rU"); {TELL}',
    "later": f'exec_cmd_async("@bill later $rU"); {TELL}',
    "msg": f'exec_msg("@bill message $rU"); {TELL}',
    "avp": f'exec_avp("@bill $rU", "$avp(x)"); {TELL}',
    "dset": f'exec_dset("@bill $rU"); {TELL}',
    "run": f'exec_run("@bill $rU", "", "$var(x)", ""); {TELL}',
}
SUCCEEDS_LATER = '[ "$KAMEXEC_ATTEMPT" -ge 3 ]'


@pytest.fixture
def served(start, kamexecd):
    """served(daemon, **): a server that asks it, and a caller."""
    clients = []

    def begin(daemon, routes=None, params=(), **options):
        params = [("service", daemon.socket_path), *params]
        if "kemi" not in options:
            options["routes"] = routes or ROUTES
        server = start(Config(params=params, rpc=True, base=BASE_MODULES, **options))
        clients.append(Client(server))
        return server, clients[-1]

    yield begin
    for client in clients:
        client.close()


def test_the_call_is_over_and_the_program_runs_until_it_succeeds(served, kamexecd, tmp_path):
    noted = Noted(tmp_path, SUCCEEDS_LATER)
    daemon = kamexecd({"bill": noted.definition()})
    server, client = served(daemon)
    assert client.call("cmd", uri="sip:alice@example.com")["X-RC"] == "1 1 ok"
    assert client.call("msg", uri="sip:bob@example.com")["X-RC"] == "1 1 ok"
    client.call("later", uri="sip:carol@example.com")
    with daemon.connect() as asked:
        assert in_state(asked, "done", 3)
        calls = {tuple(one["arguments"]): one for one in queue(asked, "export")}
    assert set(calls) == {("start", "alice"), ("message", "bob"), ("later", "carol")}
    assert all(one["attempts"] == 3 for one in calls.values())
    assert calls["message", "bob"]["input"].startswith("MESSAGE sip:bob@example.com SIP/2.0\r\n")
    assert sorted(noted.runs()) == sorted(
        (one["id"], n, " ".join(arguments)) for arguments, one in calls.items() for n in (1, 2, 3)
    )


@pytest.mark.mended("a call is lost when its program fails: nobody repeats it", True)
def test_a_call_gets_through_though_its_program_fails(start, kamexecd, module, tmp_path):
    """The database of the billing program is away for the first attempts."""
    noted = Noted(tmp_path, f'echo >> {tmp_path}/tries; [ $(wc -l < {tmp_path}/tries) -ge 3 ] && echo "$2" >> {tmp_path}/billed')
    daemon = kamexecd({"bill": noted.definition()})
    ours = module == OURS
    program = "@bill" if ours else str(tmp_path / "noted")
    params = [("service", daemon.socket_path)] if ours else []
    client = Client(start(Config({"bill": f'exec_cmd("{program} start $rU");'}, params=params)))
    client.call("bill", uri="sip:alice@example.com")
    client.close()
    if ours:
        with daemon.connect() as asked:
            assert in_state(asked, "done", 1)
    assert (tmp_path / "billed").exists() and (tmp_path / "billed").read_text() == "alice\n"


@pytest.mark.parametrize("language", sorted(SCRIPTS))
def test_script_engines(served, kamexecd, tmp_path, language):
    noted = Noted(tmp_path, SUCCEEDS_LATER)
    daemon = kamexecd({"bill": noted.definition()})
    server, client = served(daemon, kemi=(language, SCRIPTS[language]), params=[("workers", 1)])

    def call(function, text):
        return client.call(function, headers=[("X-Text", text)])

    for function in ("exec_cmd", "exec_cmd_p0", "exec_msg_p0", "exec_msg_async_p0"):
        assert call(function, f"@bill {function}")["X-RC"] == "1", function
    call("exec_cmd_async", "@bill exec_cmd_async")
    for function in ("exec_avp", "exec_dset_p0", "exec_run_p0", "exec_avp_async"):
        assert call(function, f"@bill {function}")["X-RC"] == "-4", function
    with daemon.connect() as asked:
        assert in_state(asked, "done", 5)
    assert sorted({rest for _, _, rest in noted.runs()}) == [
        "exec_cmd", "exec_cmd_async", "exec_cmd_p0", "exec_msg_async_p0", "exec_msg_p0"
    ]


def test_functions_that_want_output(served, kamexecd, module, tmp_path):
    noted = Noted(tmp_path)
    daemon = kamexecd({"bill": noted.definition()})
    params = [("service", daemon.socket_path)]
    checked = checking.check(Config(ROUTES, params=params), module, tmp_path)
    assert not checked.accepted
    said = [line for line in checked.output.splitlines() if "is stored by kamexecd" in line]
    assert len(said) == 3
    for function in ("exec_avp", "exec_dset", "exec_run"):
        (line,) = [one for one in said if f'{function}("@bill' in one]
        assert f"at {checked.config}:" in line
        assert "call it by exec_cmd, exec_cmd_async or exec_msg" in line
    fine = {name: ROUTES[name] for name in ("cmd", "later", "msg")}
    assert checking.check(Config(fine, params=params), module, tmp_path).accepted

    server, client = served(daemon)
    assert "is stored by kamexecd" in server.log()
    for name in ("avp", "dset", "run"):
        assert client.call(name)["X-RC"] == "-4 -4 refused", name
    assert "it runs later, and nobody gets its output" in server.log()
    assert noted.runs() == []


def test_the_module_takes_no_stored_program_of_its_own(module, tmp_path):
    params = [("program", "name=bill; run=/bin/true; delivery=stored")]
    checked = checking.check(Config({"a": 'exec_cmd("@bill");'}, params=params), module, tmp_path)
    assert not checked.accepted
    assert "delivery=stored is for kamexecd" in checked.output


def test_what_exec_programs_shows(served, kamexecd, tmp_path):
    noted = Noted(tmp_path, '[ "$1" != start ]')
    daemon = kamexecd({"bill": noted.definition(retry="1h", retry_most="1h")})
    server, client = served(daemon)
    client.call("cmd")
    with daemon.connect() as asked:
        assert wait_until(lambda: status(asked, "bill")["failed_attempts"] == 1)
    (shown,) = rpc.call(server.directory, "exec.programs")
    stored = shown["service_stored"]
    assert (stored["waiting"], stored["running"], stored["dead"]) == (1, 0, 0)
    assert int(stored["oldest_ms"]) >= 0


def test_calls_survive_the_servers_end(served, kamexecd, tmp_path):
    """The server is gone when the program runs at last."""
    noted = Noted(tmp_path, f"[ -e {tmp_path}/repaired ]")
    daemon = kamexecd({"bill": noted.definition()})
    server, client = served(daemon)
    for n in range(20):
        assert client.call("cmd", uri=f"sip:{n}@example.com")["X-RC"] == "1 1 ok"
    server.stop()
    daemon.restart()
    (tmp_path / "repaired").touch()
    with daemon.connect() as asked:
        assert in_state(asked, "done", 20)
        assert {one["arguments"][1] for one in queue(asked, "list")} == {str(n) for n in range(20)}


def test_without_the_daemon_the_script_is_told(served, kamexecd, tmp_path):
    noted = Noted(tmp_path)
    daemon = kamexecd({"bill": noted.definition()})
    server, client = served(daemon)
    assert client.call("cmd")["X-RC"] == "1 1 ok"
    daemon.end()
    assert client.call("cmd")["X-RC"] == "-3 -3 not-started"
    daemon.start()
    assert client.call("cmd")["X-RC"] == "1 1 ok"
    with daemon.connect() as asked:
        assert in_state(asked, "done", 2)


def test_a_caller_waits_no_longer_than_store_timeout(served, kamexecd, tmp_path):
    """Another process holds the database: the disk does not answer."""
    noted = Noted(tmp_path)
    daemon = kamexecd({"bill": noted.definition(store_timeout="200ms")})
    server, client = served(daemon)
    assert client.call("cmd")["X-RC"] == "1 1 ok"
    with daemon.connect() as asked:
        assert asked.programs["bill"][0] == "200"
        assert in_state(asked, "done", 1)
        with sqlite3.connect(daemon.directory / "queue.sqlite", isolation_level=None) as held:
            held.execute("BEGIN IMMEDIATE")
            # Refused by the store when it has tried for long enough, or not answered in time.
            assert client.call("cmd")["X-RC"] in ("-2 -2 deadline", "-4 -4 refused")
            assert asked.control("status").word == "yes", "the loop goes on"
            held.execute("ROLLBACK")
        assert wait_until(lambda: client.call("cmd")["X-RC"] == "1 1 ok")
        marker = len(noted.runs())
        assert wait_until(lambda: len(queue(asked, "list", "state=done")) == len(noted.runs()) >= marker)
    assert len(set(noted.ids())) == len(noted.runs())
