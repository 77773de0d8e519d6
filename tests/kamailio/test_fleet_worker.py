# SPDX-License-Identifier: GPL-2.0-or-later
"""Workers that speak NATS themselves: examples/fleet/worker.py, and what a worker may leave out, may say, and
may not."""

import signal
import subprocess
import sys
import threading

import pytest

from harness.errors import HarnessError
from harness.fleet import handed_on
from harness.nats import Certificates
from harness.paths import REPOSITORY
from harness.server import ENVIRONMENT, WITH_ITS_PARENT
from harness.wait import PATIENCE

WORKER = REPOSITORY / "examples" / "fleet" / "worker.py"


@pytest.fixture
def foreign():
    """foreign(server, program, **environment): the example, started; ended with the test."""
    started = []

    def begin(server, program="gateways", **environment) -> subprocess.Popen:
        command = [*WITH_ITS_PARENT, sys.executable, "-B", WORKER, f"127.0.0.1:{server.port}", program]
        started.append(
            subprocess.Popen(
                [str(word) for word in command], stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
                env={**ENVIRONMENT, **environment},
            )
        )
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait(PATIENCE)
        process.stderr.close()


class Answering:
    """A worker of the test's own on one thread: `answer(message)` gives (payload, headers) or None for no
    answer. `heard`: the requests."""

    def __init__(self, server, subject, answer, **options):
        self.heard = []
        self._client = server.connect(name="foreign", **options)
        self._number = self._client.subscribe(subject, "kx")
        self._client.ping()
        self._answer, self._ends = answer, False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._ends:
            try:
                message = self._client.next(self._number, seconds=0.05)
            except HarnessError:  # none has come: whether it is to end
                continue
            self.heard.append(message)
            answer = self._answer(message)
            if answer is not None:
                payload, headers = answer
                self._client.publish(message.reply, payload, headers=headers)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ends = True
        self._thread.join(PATIENCE)
        self._client.close()


def id_of(message) -> str:
    return message.payload.split(b"\n")[0].split(b" ")[1].decode()


def saying(*lines, headers=None, status=0):
    def answer(message):
        name = id_of(message)
        text = f"reply {name} {status}\n" + "".join(f"line {line}\n" for line in lines) + f"end {name}\n"
        return text, headers

    return answer


def test_the_example_answers(fleet, foreign):
    members = fleet()
    process = foreign(members.servers[0])
    host = members.host("gateways")
    members.wait_until_offered("gateways")
    reply = host.call("gateways", "4930123456")
    assert (reply.word, reply.lines) == (
        "yes", ["sip:4930123456@gw1.example.net", "sip:4930123456@gw2.example.net"]
    )
    for hostile in ("99", "49\r\n%0A", "", "49%40\xff", "49 x"):
        reply = host.call("gateways", hostile)
        assert (reply.word, reply.status, reply.lines) == ("no", 1, ["no route"]), hostile
    reply = host.call("gateways")
    assert reply.word == "unusable" and "no number was given" in reply.detail
    assert process.poll() is None


def test_the_example_ends_without_losing_a_call(fleet, foreign):
    """Each is replaced by another while calls go on."""
    members = fleet()
    server = members.servers[0]
    host = members.host("gateways")
    process = foreign(server)
    members.wait_until_offered("gateways")
    wrong, ends = [], threading.Event()

    def call():
        with host.connect() as client:
            while not ends.is_set():
                reply = client.call("gateways", "4412")
                if reply.lines != ["sip:4412@gw3.example.net"]:
                    wrong.append(reply)

    callers = [threading.Thread(target=call) for _ in range(4)]
    for one in callers:
        one.start()
    try:
        for _ in range(3):
            old, process = process, foreign(server)
            members.wait_until_offered("gateways", 2)
            old.send_signal(signal.SIGTERM)
            assert old.wait(PATIENCE) == 0
    finally:
        ends.set()
        for one in callers:
            one.join()
    assert not wrong, wrong[:5]


def test_the_example_over_tls_with_a_password(fleet, foreign, tmp_path):
    certificates = Certificates(tmp_path / "certificates")
    members = fleet(
        certificates.server_config() + 'authorization { users: [ { user: "w", password: "pw" } ] }\n'
    )
    server = members.servers[0]
    given = {"NATS_USER": "w", "NATS_PASSWORD": "pw", "NATS_CA": str(certificates.ca)}
    refused = foreign(server, **{**given, "NATS_PASSWORD": "guessed"})
    assert refused.wait(PATIENCE) == 1
    assert "Authorization Violation" in refused.stderr.read()
    foreign(server, **given)
    password = tmp_path / "password"
    password.write_text("pw\n")
    host = members.host("gateways", tls_ca=certificates.ca, user="w", password_file=password)
    members.wait_until_offered("gateways")
    assert host.call("gateways", "4412").lines == ["sip:4412@gw3.example.net"]


def test_a_worker_may_leave_every_header_out(fleet):
    members = fleet()
    host = members.host("say")
    with Answering(members.servers[0], "kx.call.say", saying("one", "100%25"), headers=False) as worker:
        reply = host.call("say", "a b", env=["SIP_X=y"], uri="sip:bob@example.com")
        assert (reply.word, reply.lines) == ("yes", ["one", "100%"])
        # Nothing is known of what it has a use for: it gets all.
        host.call("say", "again", env=["SIP_X=y"], uri="sip:bob@example.com")
        for message, argument in zip(worker.heard, (b"a b", b"again")):
            lines = message.payload.split(b"\n")
            assert lines[0].startswith(b"request ") and lines[0].split(b" ")[2] == b"run"
            assert 0 < int(lines[0].split(b" ")[3]) <= 20_000
            assert [line for line in lines if line.startswith(b"arg ")] == [b"arg " + argument]
            assert b"env SIP_X=y" in lines and b"uri sip:bob@example.com" in lines
            assert lines[-2:] == [b"end " + id_of(message).encode(), b""]
        assert id_of(worker.heard[0]) != id_of(worker.heard[1])


@pytest.mark.parametrize(
    "headers, payload, word",
    [
        ({"Kamexec-Outcome": "refused"}, "error {id} busy", "refused"),
        ({"Kamexec-Outcome": "not-started"}, "error {id} no such file", "not-started"),
        ({"Kamexec-Outcome": "deadline"}, "error {id} too slow", "deadline"),
        ({"Kamexec-Outcome": "unusable"}, "error {id} broken", "unusable"),
        ({}, "error {id} broken", "unusable"),
    ],
)
def test_what_a_worker_says_of_a_failure(fleet, headers, payload, word):
    members = fleet()
    host = members.host("say")

    def answer(message):
        return payload.format(id=id_of(message)) + "\n", headers

    with Answering(members.servers[0], "kx.call.say", answer):
        reply = host.call("say")
    assert reply.word == word
    assert payload.split(" ", 2)[2] in reply.detail


@pytest.mark.parametrize(
    "payload",
    [
        "", "\n", "reply", "nonsense\n", "reply {id}\nend {id}\n", "reply {id} 256\nend {id}\n", "reply {id} 0\n",
        "reply {id} 0\nend other\n", "reply other 0\nend other\n", "reply {id} 0\nline %zz\nend {id}\n",
        "\0\xff\n", "reply {id} 0\n" + 1000 * "line x\n",
    ],
)
def test_an_answer_that_is_none_is_unusable(fleet, payload):
    members = fleet()
    host = members.host("say", "good")

    def answer(message):
        return payload.replace("{id}", id_of(message)).encode("latin-1"), None

    server = members.servers[0]
    with Answering(server, "kx.call.say", answer), Answering(server, "kx.call.good", saying("x")):
        reply = host.call("say")
        assert reply.word == "unusable" and reply.detail
        assert host.call("good").lines == ["x"]


def test_more_output_than_allowed_is_unusable(fleet):
    members = fleet()
    host = members.host(programs={"say": handed_on(output_limit="100")})
    with Answering(members.servers[0], "kx.call.say", saying(*["0123456789"] * 20)):
        assert host.call("say").word == "unusable"


def test_answers_that_nobody_waits_for_are_nobodys(fleet):
    """A late one, a second one, and one to an inbox that somebody guesses."""
    members = fleet()
    host = members.host(programs={"say": handed_on(timeout="300ms"), "good": handed_on()})
    server = members.servers[0]
    with Answering(server, "kx.call.say", lambda message: None) as worker:
        assert host.call("say").word == "deadline"
        (late,) = worker.heard
    with server.connect() as client, Answering(server, "kx.call.good", saying("right")):
        for payload in (f"reply {id_of(late)} 0\nline wrong\nend {id_of(late)}\n", "nonsense", b"\0"):
            client.publish(late.reply, payload)
            client.publish(late.reply + "1", payload)
            client.publish(late.reply.rpartition(".")[0] + ".x", payload)
        client.ping()
        for _ in range(5):
            assert host.call("good").lines == ["right"]


def test_a_worker_that_names_itself_is_asked_directly(fleet):
    """After a refusal of another the call goes to the one that has answered, at kx.to.ID.NAME."""
    members = fleet()
    host = members.host("say")
    server = members.servers[0]
    known = "A" * 22
    full = {"Kamexec-Outcome": "refused"}
    with server.connect() as direct:
        heard = direct.subscribe(f"kx.to.{known}.*")
        direct.ping()
        with Answering(server, "kx.call.say", saying("group", headers={"Kamexec-Worker": known})):
            assert host.call("say").lines == ["group"]

        def refuse(message):
            return f"error {id_of(message)} busy\n", full

        with Answering(server, "kx.call.say", refuse) as group, host.connect() as client:
            call = client.send("say", "x")
            message = direct.next(heard)
            assert message.subject == f"kx.to.{known}.say"
            assert b"arg x" in message.payload.split(b"\n")
            assert id_of(message) != id_of(group.heard[0]), "each try has an id of its own"
            payload, _ = saying("direct")(message)
            direct.publish(message.reply, payload)
            assert client.wait(call).lines == ["direct"]


def test_what_a_worker_has_no_use_for_is_not_sent(fleet):
    members = fleet()
    host = members.host("say")
    given = {"env": ["SIP_X=y"], "uri": "sip:bob@example.com", "message": "INVITE", "input": "in"}
    answer = saying("x", headers={"Kamexec-Wants": "uri", "Kamexec-Worker": "B" * 22})
    with Answering(members.servers[0], "kx.call.say", answer) as worker:
        for _ in range(2):
            assert host.call("say", **given).lines == ["x"]
    first, second = worker.heard
    assert b"\nenv SIP_X=y\n" in first.payload and b"\ninput in\n" in first.payload
    assert b"\nuri " in second.payload
    for field in (b"\nenv ", b"\nmessage ", b"\ninput "):
        assert field not in second.payload
    assert set(second.headers["Kamexec-Left-Out"].split()) == {"env", "message", "input"}


def test_a_part_that_was_left_out_is_sent_after_all(fleet):
    """Another worker wants it: it says so, and gets the whole call."""
    members = fleet()
    host = members.host("say")
    server = members.servers[0]
    given = {"env": ["SIP_X=y"]}
    with Answering(server, "kx.call.say", saying("x", headers={"Kamexec-Wants": "-", "Kamexec-Worker": "C" * 22})):
        assert host.call("say", **given).lines == ["x"]

    def answer(message):
        if "env" in message.headers.get("Kamexec-Left-Out", "").split():
            return f"error {id_of(message)} env is missing\n", {
                "Kamexec-Outcome": "incomplete", "Kamexec-Wants": "env"
            }
        return saying("whole", headers={"Kamexec-Wants": "env"})(message)

    with Answering(server, "kx.call.say", answer) as worker:
        assert host.call("say", **given).lines == ["whole"]
    assert [b"\nenv SIP_X=y\n" in message.payload for message in worker.heard] == [False, True]
