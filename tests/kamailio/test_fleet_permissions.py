# SPDX-License-Identifier: GPL-2.0-or-later
"""examples/fleet/nats-server.conf: who may do what. What isn't allowed there, the server denies."""

import pytest

from harness.fleet import Fleet, handed_on
from harness.nats import Certificates
from harness.nats_client import NatsClient, Refused
from harness.paths import REPOSITORY
from harness.stored import Noted, in_state, queue, status
from harness.wait import wait_until

FLEET = REPOSITORY / "examples" / "fleet"
USERS = ("sip1", "sip2", "worker1", "worker2", "operator", "monitor")
HOST_FOLDER = "/etc/nats-server"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def example(nats, certificates, tmp_path):
    """The example's server, with these certificates."""
    text = (FLEET / "nats-server.conf").read_text()
    for name, path in (("server.pem", certificates.server), ("server.key", certificates.server_key)):
        assert f'"{HOST_FOLDER}/{name}"' in text
        text = text.replace(f"{HOST_FOLDER}/{name}", str(path))
    assert f'"{HOST_FOLDER}' not in text
    assert '"/var/lib/nats"' in text
    text = text.replace("/var/lib/nats", str(tmp_path / "jetstream"))
    return nats(text, environment={f"{user.upper()}_PASSWORD": f"pw-{user}" for user in USERS})


@pytest.fixture
def login(example, certificates):
    made = []

    def connect(user, password=None, **options) -> NatsClient:
        made.append(
            example.connect(user=user, password=password or f"pw-{user}", tls=certificates, **options)
        )
        return made[-1]

    yield connect
    for one in made:
        one.close()


def may_publish(client, subject, **options) -> bool:
    client.errors.clear()
    client.publish(subject, b"x", **options)
    client.ping()
    return not client.errors


def may_subscribe(client, subject, queue="") -> bool:
    client.errors.clear()
    client.subscribe(subject, queue)
    client.ping()
    return not client.errors


def test_who_has_no_password_or_no_tls_gets_no_connection(example, login):
    with pytest.raises(Refused, match="Authorization Violation"):
        login("sip1", password="guessed")
    with pytest.raises(Refused, match="Authorization Violation"):
        login("nobody", password="")
    with pytest.raises(Refused):
        example.connect(user="sip1", password="pw-sip1")


def test_a_sip_host_calls_and_cannot_offer_programs(login):
    sip = login("sip1")
    for subject in ("kx.call.lcr", "kx.call.lcr.zone.a", "kx.to.ID.lcr", "kx.cancel.lcr", "$SRV.PING"):
        assert may_publish(sip, subject), subject
    for subject, queue in (
        ("kx.call.lcr", "kx"), ("kx.call.lcr", ""), ("kx.call.lcr", "other"), ("kx.call.*", "kx"),
        ("kx.to.*.*", ""), ("kx.cancel.lcr", ""), ("$SYS.>", ""), (">", ""), ("kx.>", ""),
    ):
        assert not may_subscribe(sip, subject, queue), subject


def test_a_worker_host_offers_and_cannot_call(login):
    worker = login("worker1")
    for subject, queue in (
        ("kx.call.lcr", "kx"), ("kx.call.lcr.zone.a", "kx"), ("kx.to.ID.*", ""), ("kx.cancel.lcr", ""),
        ("$SRV.PING", ""), ("$SRV.INFO.kamexec.ID", ""),
    ):
        assert may_subscribe(worker, subject, queue), subject
    # Not beside the queue group either, where it would hear every call.
    for subject, queue in (("kx.call.lcr", ""), ("kx.call.>", ""), ("kx.call.lcr", "own"), (">", "")):
        assert not may_subscribe(worker, subject, queue), (subject, queue)
    for subject in ("kx.call.lcr", "kx.to.ID.lcr", "kx.cancel.lcr", "$SRV.PING", "anything"):
        assert not may_publish(worker, subject), subject


def test_a_call_is_answered_once_and_nobody_else_answers(login):
    sip, worker, other = login("sip1"), login("worker1"), login("worker2")
    calls = worker.subscribe("kx.call.lcr", "kx")
    worker.ping()
    answers = sip.subscribe("_INBOX.sip1.x.1")
    sip.publish("kx.call.lcr", b"call", "_INBOX.sip1.x.1")
    call = worker.next(calls)
    assert not may_publish(other, call.reply)
    assert may_publish(worker, call.reply)
    assert not may_publish(worker, call.reply)
    assert sip.next(answers).payload == b"x"
    assert not sip.come(answers)


def test_nobody_reads_the_inbox_of_another(login):
    for user in USERS:
        client = login(user)
        assert may_subscribe(client, f"_INBOX.{user}.>")
        for other in USERS:
            if other != user:
                assert not may_subscribe(client, f"_INBOX.{other}.>"), (user, other)
                assert not may_publish(client, f"_INBOX.{other}.x.1"), (user, other)
        assert not may_subscribe(client, "_INBOX.>")
        assert not may_subscribe(client, "_INBOX.*.x.1")


def test_what_the_fleet_keeps_only_an_operator_reads(login):
    sip, worker, operator = login("sip1"), login("worker1"), login("operator")
    api = "$JS.API.STREAM"
    for subject in ("kx.note.bill", f"{api}.INFO.kx-note", f"{api}.CREATE.kx-dead"):
        assert may_publish(sip, subject), subject
        assert may_publish(operator, subject), subject
    for subject in ("kx.dead.bill", f"{api}.INFO.kx-note", "$JS.API.CONSUMER.MSG.NEXT.kx-note.bill",
                    "$JS.ACK.kx-note.bill.1.1.1.1.0"):
        assert may_publish(worker, subject), subject
    for subject in (f"{api}.MSG.GET.kx-note", f"{api}.MSG.DELETE.kx-dead", f"{api}.PURGE.kx-note",
                    f"{api}.DELETE.kx-note", f"{api}.UPDATE.kx-note"):
        assert not may_publish(sip, subject), subject
        assert not may_publish(worker, subject), subject
        assert may_publish(operator, subject) == (".MSG." in subject), subject
    for subject in ("kx.dead.bill", "$JS.API.CONSUMER.MSG.NEXT.kx-note.bill", "$JS.ACK.kx-note.bill.1.1.1.1.0"):
        assert not may_publish(sip, subject), subject
    assert not may_publish(worker, "kx.note.bill")
    for client in (sip, worker, operator):
        for subject in ("kx.note.*", "kx.dead.*", "$JS.>"):
            assert not may_subscribe(client, subject), subject


def test_who_looks_on_can_ask_and_not_call(login):
    monitor, worker = login("monitor"), login("worker1")
    asked = worker.subscribe("$SRV.PING")
    worker.ping()
    answers = monitor.subscribe("_INBOX.monitor.1")
    monitor.publish("$SRV.PING", b"", "_INBOX.monitor.1")
    worker.publish(worker.next(asked).reply, b"here")
    assert monitor.next(answers).payload == b"here"
    for subject in ("kx.call.lcr", "kx.to.ID.lcr", "kx.cancel.lcr"):
        assert not may_publish(monitor, subject), subject
    assert not may_subscribe(monitor, "kx.call.lcr", "kx")


@pytest.fixture
def members(example, kamexecd):
    return Fleet(kamexecd, [example])


@pytest.fixture
def of(certificates, tmp_path):
    """of(user): the settings in [nats] of a daemon that is that user."""

    def settings(user) -> dict:
        password = tmp_path / f"{user}-password"
        password.write_text(f"pw-{user}\n")
        return {"user": user, "password_file": password, "tls_ca": certificates.ca, "inbox": f"_INBOX.{user}"}

    return settings


ECHO = {"echo": "run = /bin/echo"}


def test_daemons_need_no_more_than_that(members, of):
    workers = [members.worker(ECHO, **of(user)) for user in ("worker1", "worker2")]
    hosts = [members.host("echo", "nobody", **of(user)) for user in ("sip1", "sip2")]
    for host in hosts:
        for _ in range(10):
            assert host.call("echo", "x").lines == ["x"]
        assert host.call("nobody").word == "not-started"
    assert workers[0].end() == 0
    for host in hosts:
        assert host.call("echo", "x").lines == ["x"]
    for daemon in (*workers, *hosts):
        assert "Permissions Violation" not in daemon.log()


def test_daemons_that_keep_calls_need_no_more_than_that(members, of, tmp_path):
    noted = Noted(tmp_path, '[ "$1" = good ]')
    programs = {"bill": handed_on(delivery="stored", store_timeout="20s")}
    worker = members.worker({"bill": noted.definition(attempts=1)}, **of("worker1"))
    host = members.host(programs=programs, **of("sip1"))
    operator = members.host(programs=programs, **of("operator"))
    # A worker daemon may make the streams, too: each has found them.
    for daemon in (worker, host, operator):
        assert wait_until(lambda: in_store(daemon)["ready"], 60), daemon.log()
    assert host.call("bill", "good", call="cmd").word == "yes"
    assert host.call("bill", "bad", call="cmd").word == "yes"
    with operator.connect() as asked:
        assert in_state(asked, "dead", 1)
        assert [one["arguments"] for one in queue(asked, "list")] == [["bad"]]
        before = len(noted.runs())
        assert queue(asked, "retry") == [{"changed": 1}]
        assert wait_until(lambda: len(noted.runs()) == before + 1)
        assert in_state(asked, "dead", 1)
        assert queue(asked, "drop") == [{"changed": 1}]
    for daemon in (worker, host, operator):
        assert "Permissions Violation" not in daemon.log()


def in_store(daemon) -> dict:
    with daemon.connect() as asked:
        return status(asked)["fleet"]["store"]


def test_a_daemon_in_the_wrong_role_is_refused_and_says_so(members, of):
    members.worker(ECHO, **of("worker1"))
    calls = members.host("echo", **of("worker2"))
    assert calls.call("echo", "x").word == "not-started"
    assert wait_until(lambda: "Permissions Violation" in calls.log())
    offers = members.worker({"other": ECHO["echo"]}, wait=False, **of("sip1"))
    assert wait_until(lambda: "Permissions Violation" in offers.log())
    assert members.offered("other") == 0
    host = members.host("other", "echo", **of("sip2"))
    assert host.call("other").word == "not-started"
    assert host.call("echo", "x").lines == ["x"]
