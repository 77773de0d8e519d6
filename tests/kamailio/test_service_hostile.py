# SPDX-License-Identifier: GPL-2.0-or-later
"""Hostile clients and hostile workers of kamexecd. Whatever they do, another client gets every answer,
its own and in time; the daemon holds no more memory than `memory` and a constant; and when they are
gone, so are their descriptors and processes."""

import contextlib
import os
import random
import resource
import socket
import time

import pytest

from harness import processes
from harness.service_callers import ECHO_WORKER, Callers
from harness.service_client import ConnectionLost, ServiceClient
from harness.wait import PATIENCE, wait_until

MEMORY = 16 << 20
# Beside what clients hold: the program itself, its workers' buffers, some bytes for each connection.
CONSTANT = 40 << 20
# Nobody fills the log: its lines about clients and failed calls are limited by time.
LOG = 64 << 10
REQUEST_LIMIT = 256 << 10
SETTINGS = f"memory = {MEMORY >> 20}M\nrequest_limit = {REQUEST_LIMIT >> 10}k"

# Programs that attackers use; `echo` is the bystanders'.
ATTACKED = {
    "cat": "run = /bin/cat\nmax = 4\nqueue = 16\ntimeout = 2s",
    "large": "run = /usr/bin/head -c 1000000 /dev/zero\nmax = 4\nqueue = 64\ntimeout = 5s",
    "slow": "run = /bin/sleep 1\nmax = 8\nqueue = 2000\ntimeout = 15s",
}


def status_bytes(pid, field) -> int:
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith(field + ":"))


def descriptors(pid) -> list:
    """What they are: "socket:[…]", "pipe:[…]", a path."""
    found = []
    for number in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            found.append(os.readlink(f"/proc/{pid}/fd/{number}"))
    return sorted(found)


def connect(daemon, hello=b"hello 2\n") -> socket.socket:
    """A client that need not do what clients do."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(PATIENCE)
    made.connect(str(daemon.socket_path))
    if hello:
        made.sendall(hello)
    return made


def send_what_is_taken(to: socket.socket, data: bytes) -> bool:
    """False where the daemon has closed the connection."""
    try:
        to.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        return False
    except TimeoutError:
        pass  # the daemon doesn't read on
    return True


def is_closed(client: socket.socket) -> bool:
    """Reads what there is and says whether the daemon has closed the connection."""
    client.setblocking(False)
    try:
        while client.recv(1 << 16):
            pass
    except BlockingIOError:
        return False
    except ConnectionResetError:
        pass
    return True


@contextlib.contextmanager
def besieged(daemon):
    """Bystanders call during the block; afterwards all that the daemon owes them and us is looked at.
    Yields the bystanders."""
    assert daemon.call("echo", "warm").lines == ["warm"]
    for program in ATTACKED:  # each has descriptors of its own from its first call on
        daemon.call(program, milliseconds=1)
    # One idle connection and one call under way may come or go while we count.
    before, slack = descriptors(daemon.pid), 2
    with open(f"/proc/{daemon.pid}/clear_refs", "w", encoding="ascii") as peak:
        peak.write("5")  # proc(5): the peak of resident memory begins anew
    message = b"OPTIONS sip:a@b SIP/2.0\r\n" + b"x" * 1000
    with Callers(daemon.socket_path, "echo", 2, pause=0.01, message=message) as bystanders:
        bystanders.go_on()
        yield bystanders
        bystanders.go_on()
        bystanders.check()
    assert daemon.alive()
    assert daemon.log_path.stat().st_size <= LOG
    assert status_bytes(daemon.pid, "VmHWM") <= MEMORY + CONSTANT
    assert wait_until(lambda: len(descriptors(daemon.pid)) <= len(before) + slack), (
        before,
        descriptors(daemon.pid),
    )
    assert daemon.call("echo", "after").lines == ["after"]


@pytest.fixture
def daemon(kamexecd, tmp_path):
    worker = tmp_path / "echo.py"
    worker.write_text("#!/usr/bin/python3\n" + ECHO_WORKER)
    worker.chmod(0o755)
    pool = f"run = {worker}\nvia = pool\nworkers = 2\nworkers_least = 2\nworkers_start = 2\ntimeout = 15s"
    return kamexecd({"echo": pool, **ATTACKED}, daemon=SETTINGS)


# --- clients ---


def request(id, program, *lines, call="run", milliseconds=0) -> bytes:
    text = [f"request {id} {call} {milliseconds}", f"program {program}", *lines, f"end {id}", ""]
    return "\n".join(text).encode()


def fuzzed(dice: random.Random) -> bytes:
    """What a client might send, and what came of it."""
    pieces = [
        request(f"a{dice.randrange(4)}", dice.choice(["cat", "echo", "nobody"]), "arg x", "input y"),
        request("b", "echo", "env SIP_A=b", "message m%0A", "uri u"),
        b"cancel a1\n", b"control c status\nend c\n", b"hello 2\n", b"end a1\n", b"%", b"\n", b"\0",
    ]
    data = bytearray(b"hello 2\n" if dice.random() < 0.9 else b"")
    for _ in range(dice.randrange(1, 6)):
        data += dice.choice(pieces)
    for _ in range(dice.choice([0, 1, 1, 3, 20])):
        at = dice.randrange(len(data)) if data else 0
        kind = dice.randrange(4)
        if kind == 0:
            data[at:at] = bytes([dice.randrange(256)])
        elif kind == 1:
            del data[at : at + dice.randrange(1, 9)]
        elif kind == 2:
            data[at : at + 1] = dice.randbytes(dice.randrange(1, 40))
        else:
            data[at:at] = data[: dice.randrange(60)]
    return bytes(data)


def test_fuzzed_bytes(daemon):
    dice = random.Random(20261127)
    with besieged(daemon):
        for _ in range(40):
            clients = [connect(daemon, b"") for _ in range(25)]
            for client in clients:
                send_what_is_taken(client, fuzzed(dice))
            for client in clients:
                client.close()
    assert daemon.log().count("is closed: it sent ") > 0


def test_half_requests(daemon):
    """Ten times the memory that all clients may have, and then each stands still."""
    half = b"request a run 0\nprogram cat\ninput " + b"x" * (REQUEST_LIMIT * 3 // 4)
    with besieged(daemon):
        clients = [connect(daemon) for _ in range(1000)]
        for client in clients:
            client.settimeout(0.2)
            send_what_is_taken(client, half)
        assert wait_until(lambda: all(map(is_closed, clients)))
        for client in clients:
            client.close()


def test_large_requests_that_wait(daemon):
    """Complete, and more than all clients may hold, while their programs wait for a slot; smaller ones
    then take what the large ones have left."""
    with besieged(daemon):
        clients = []
        for size in (200_000, 20_000, 2000, 200, 1):
            for _ in range(40):
                clients.append(connect(daemon))
                clients[-1].settimeout(0.2)
                for number in range(8):
                    large = request(f"a{number}", "slow", "input " + "x" * size)
                    if not send_what_is_taken(clients[-1], large):
                        break
        time.sleep(1)
        for client in clients:
            client.close()
        assert wait_until(lambda: len(daemon.children()) <= 2 + 1)


def test_a_client_that_never_stops_sending(daemon):
    """Lines without an end, requests without one, requests without a pause."""
    with besieged(daemon):
        for begin, piece in (
            (b"", b"x" * 65536),
            (b"request a run 0\nprogram cat\n", b"arg x\n" * 10000),
            (b"request a run 0\nprogram cat\n", b"later " + b"x" * 65536),
            (b"", request("a", "nobody") * 1000),
            (b"", b"cancel a\n" * 7000),
        ):
            with contextlib.closing(connect(daemon)) as client:
                client.settimeout(0.2)
                client.sendall(begin)
                sent, end = 0, time.monotonic() + 2
                while time.monotonic() < end and sent < (64 << 20):
                    if not send_what_is_taken(client, piece):
                        break
                    sent += len(piece)


def test_a_client_that_never_reads(daemon):
    """Each could have 64 MB of replies."""
    with besieged(daemon) as bystanders:
        clients = [connect(daemon) for _ in range(20)]
        for client in clients:
            client.settimeout(0.2)
            for number in range(64):
                if not send_what_is_taken(client, request(f"a{number}", "large")):
                    break
        bystanders.go_on()
        time.sleep(2)
        for client in clients:
            client.close()


def test_a_client_that_never_reads_is_closed(daemon):
    with besieged(daemon):
        client = connect(daemon)
        for number in range(4):
            client.sendall(request(f"a{number}", "large"))
        # 10 s after the last byte that it took; what reads closes nothing, so look at the daemon.
        assert wait_until(lambda: "it does not read its replies" in daemon.log(), 3 * PATIENCE)
        client.close()


def test_clients_that_send_and_vanish(daemon):
    with besieged(daemon):
        for number in range(2000):
            client = connect(daemon)
            send_what_is_taken(client, request("a", ("cat", "slow", "large")[number % 3]))
            client.close()
        # Nobody waits for these programs any more: they are ended.
        assert wait_until(lambda: len(daemon.children()) <= 2 + 1)


def test_requests_beyond_the_limit(daemon):
    """Each is refused, and the connection is as good as before."""
    with besieged(daemon), daemon.connect() as client:
        for size in (REQUEST_LIMIT, REQUEST_LIMIT * 2, 5 << 20):
            for _ in range(10):
                reply = client.call("cat", input=b"x" * size)
                assert (reply.word, reply.detail) == (
                    "refused", f"the request is longer than {REQUEST_LIMIT} bytes")
                reply = client.call("echo", "next")
                assert (reply.word, reply.lines) == ("yes", ["next"])
        reply = client.call("cat", *["x"] * 5000)
        assert (reply.word, reply.detail) == ("refused", "the request has more than 4096 arguments")
        reply = client.call("cat", env=["LD_PRELOAD=/tmp/x.so"])
        assert reply.word == "refused" and "SIP_" in reply.detail
        reply = client.call("cat", input=b"x" * (REQUEST_LIMIT - 200))
        assert (reply.word, len(reply.output)) == ("yes", REQUEST_LIMIT - 200)


def test_an_id_that_is_under_way_comes_again(daemon):
    with besieged(daemon):
        for _ in range(200):
            with contextlib.closing(connect(daemon)) as client:
                client.sendall(request("a", "slow") + request("a", "slow"))
                assert wait_until(lambda: is_closed(client))
        # They were cancelled with their connection.
        assert wait_until(lambda: len(daemon.children()) <= 2 + 1)
        with daemon.connect() as client:
            for _ in range(100):  # one that is over may come again
                assert client.call("echo", "x", id="same").lines == ["x"]


def test_cancels_of_what_others_have_asked(daemon):
    """Ids belong to their connection."""
    with besieged(daemon), daemon.connect() as client, daemon.connect() as attacker:
        ids = [client.send("slow", id=f"s{number}") for number in range(8)]
        for _ in range(100):
            for id in ids + [f"n{client}x{call}" for client in range(2) for call in range(100)]:
                attacker.cancel(id)
        assert [client.wait(id).word for id in ids] == ["yes"] * 8
        assert attacker.call("echo", "x").lines == ["x"]


@contextlib.contextmanager
def many_descriptors(wanted):
    """As many as may be, for this process and those that it starts; yields how many more than now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted + 200 if hard == resource.RLIM_INFINITY else min(wanted + 200, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    try:
        yield min(wanted, most - 200)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connect_or_give_up(daemon, hello):
    try:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.setblocking(False)
        made.connect(str(daemon.socket_path))
        made.send(hello)
        return made
    except BlockingIOError:  # the queue of the socket is full
        made.close()
        return None
    except OSError:
        made.close()
        return None


@pytest.mark.parametrize("hello", [b"", b"hello 2\n", b"hello 2\nrequest a run 0\n"],
                         ids=["silent", "idle", "half a request"])
def test_ten_thousand_connections(daemon, hello):
    """Idle ones make room for others; those that are stuck have to go in time. A client that comes
    meanwhile gets in."""
    with many_descriptors(10_000) as wanted, besieged(daemon):
        clients, tried, end = [], 0, time.monotonic() + PATIENCE
        while len(clients) < wanted and time.monotonic() < end:
            tried += 1
            made = connect_or_give_up(daemon, hello)
            if made:
                clients.append(made)
            else:
                time.sleep(0.002)
        assert len(clients) >= wanted // 2
        begun = time.monotonic()
        while True:
            try:
                with ServiceClient(daemon.socket_path, timeout=PATIENCE) as late:
                    assert late.call("echo", "late").lines == ["late"]
                break
            except (BlockingIOError, ConnectionLost):
                assert time.monotonic() - begun < PATIENCE
        for client in clients:
            client.close()


# --- workers ---

HOSTILE_WORKER = """#!/usr/bin/python3
import os, signal, sys, time
way = sys.argv[1]
def lines():
    while line := sys.stdin.readline():
        yield line
def flood(stream, piece):
    while True:
        os.write(stream, piece)
if way == "silent":
    time.sleep(1000)
if way == "floods-at-once":
    flood(1, b"x" * 65536)
print("hello 1", flush=True)
if way == "never-reads":
    time.sleep(1000)
if way == "floods-when-idle":
    flood(1, b"reply 0 0\\n" * 1000)
if way == "errors-without-end":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if not os.fork():
        flood(2, b"e" * 65536)
for line in lines():
    if not line.startswith("end "):
        continue
    name = line.split()[1]
    if way == "errors-without-end":
        print(f"reply {name} 0\\nend {name}", flush=True)
    elif way == "floods-lines":
        sys.stdout.write(f"reply {name} 0\\n")
        flood(1, b"line x\\n" * 10000)
    elif way == "floods-a-line":
        sys.stdout.write(f"reply {name} 0\\nline ")
        sys.stdout.flush()
        flood(1, b"x" * 65536)
    elif way == "reply-of-another":
        print(f"reply {'0' * 16} 0\\nend {'0' * 16}", flush=True)
    elif way == "replies-twice":
        print(f"reply {name} 0\\nend {name}\\nreply {name} 0\\nline again\\nend {name}", flush=True)
    elif way == "dies":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif way == "half-a-reply":
        print(f"reply {name} 0\\nline x", flush=True)
        os._exit(0)
    elif way == "no-reply":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(1000)
"""

# How calls end. After some failures calls are refused, too: the pool's breaker.
WAYS = {
    "silent": {"not-started", "deadline", "refused"},
    "floods-at-once": {"not-started", "deadline", "refused"},
    "never-reads": {"deadline", "unusable"},
    "floods-when-idle": {"not-started", "deadline", "unusable", "refused"},
    "errors-without-end": {"yes"},
    "floods-lines": {"unusable"},
    "floods-a-line": {"unusable"},
    "reply-of-another": {"unusable"},
    "replies-twice": {"yes"},
    "dies": {"unusable"},
    "half-a-reply": {"unusable"},
    "no-reply": {"deadline"},
}


def seconds_of(way) -> int:
    """Of its time-outs: few where a call is to come to one, else so many that none does on a busy machine."""
    return 1 if WAYS[way] & {"not-started", "deadline"} else 30


@pytest.fixture
def hostile_worker(tmp_path):
    path = tmp_path / "hostile.py"
    path.write_text(HOSTILE_WORKER)
    path.chmod(0o755)
    return path


def test_hostile_workers(daemon, hostile_worker):
    """All at once, each in a pool of its own."""
    echo = daemon.config_path.read_text()
    daemon.write(echo + "".join(
        f"\n[{way}]\nrun = {hostile_worker} {way}\nvia = pool\nworkers = 2\nqueue = 64\n"
        f"start_timeout = {seconds_of(way)}s\ntimeout = {seconds_of(way)}s\n"
        for way in WAYS
    ))
    assert daemon.reload(), daemon.log()
    with besieged(daemon), daemon.connect(timeout=3 * PATIENCE) as client:
        sent = {}
        for number in range(10):
            for way in WAYS:
                milliseconds = 5000 * seconds_of(way)
                sent[client.send(way, input=b"x", message=b"m" * 100_000, milliseconds=milliseconds)] = way
        outcomes = {way: set() for way in WAYS}
        for id, way in sent.items():
            outcomes[way].add(client.wait(id).word)
        assert len(sent) == 10 * len(WAYS)
        for way, seen in outcomes.items():
            assert seen & WAYS[way], (way, outcomes)
            assert seen <= WAYS[way] | {"refused", "deadline", "not-started"}, (way, outcomes)
        daemon.write(echo)
        assert daemon.reload()
        # They are gone, with all that they have started, whatever they do.
        assert wait_until(lambda: len(daemon.left_over()) <= 1 + 2), [
            processes.describe(pid) for pid in daemon.left_over()
        ]
