# SPDX-License-Identifier: GPL-2.0-or-later
"""kamexec queue: with a real daemon, and with one that answers what kamexecd never would."""

import contextlib
import json
import os
import pty
import re
import shutil
import sqlite3
import subprocess

import pytest

from harness.command_line import TOOL
from harness.errors import ServerDied
from harness.fake_queue import FakeQueue, Refused
from harness.paths import REPOSITORY
from harness.programs import write_program
from harness.wait import wait_until

NOBODY = 65534
UNKNOWN = "f" * 32


def run_tool(socket_path, *words, directory=None, **options):
    environment = os.environ | {"KAMEXEC_SOCKET": str(socket_path)}
    return subprocess.run(
        [TOOL, "queue", *words], stdin=options.pop("stdin", subprocess.DEVNULL), capture_output=True, timeout=60,
        check=False, cwd=directory, env=environment, **options,
    )  # fmt: skip


# --- with a daemon that plays kamexecd ---


def notification(number, **more):
    return {
        "number": number, "id": f"{number:032x}", "program": "billing", "state": "dead",
        "stored": "2026-11-27T21:42:00.123Z", "age_ms": 3000, "attempts": 1, "due": None, "order": None,
        "call": "cmd", "arguments": ["begin"], "last": None, **more,
    }  # fmt: skip


def json_lines(objects) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in objects)


def queue_of(count):
    """An answer() of a queue with so many notifications; of pages no longer than 40."""

    def answer(arguments):
        wanted = dict(argument.split("=", 1) for argument in arguments[1:])
        if arguments[0] in ("retry", "drop"):
            return json_lines([{"changed": sum(a.startswith("id=") for a in arguments) or count}])
        first = int(wanted["after"]) + 1
        last = min(count, first - 1 + min(int(wanted["most"]), 40))
        page = [notification(number) for number in range(first, last + 1)]
        return json_lines([*page, *([{"more_after": last}] if last < count else [])])

    return answer


@pytest.fixture
def fake(tmp_path):
    """fake(answer): a FakeQueue for this test."""
    started = []

    def begin(answer):
        started.append(FakeQueue(tmp_path / f"fake{len(started)}.sock", answer).__enter__())
        return started[-1]

    yield begin
    for one in started:
        one.__exit__()


def test_export_follows_the_pages(fake, tmp_path):
    daemon = fake(queue_of(1234))
    done = run_tool(daemon.path, "export", "--state", "dead")
    assert (done.returncode, done.stderr) == (0, b"")
    assert [json.loads(line)["number"] for line in done.stdout.splitlines()] == list(range(1, 1235))
    assert daemon.asked[0] == ["export", "state=dead", "after=0", "most=50"]
    assert len(daemon.asked) == 31
    done = run_tool(daemon.path, "export", "--most", "60", "--after", "100", "--output", tmp_path / "out")
    assert (done.returncode, done.stdout) == (0, b"60 notifications written\n")
    lines = (tmp_path / "out").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [notification(number) for number in range(101, 161)]


def test_list_shows_a_hundred_and_says_how_to_go_on(fake):
    daemon = fake(queue_of(1234))
    done = run_tool(daemon.path, "list", "--program", "@billing")
    assert len(re.findall(rb"^[0-9a-f]{32}  billing  dead ", done.stdout, re.M)) == 100
    assert done.stdout.endswith(b"there are more: --after 100 goes on, --most N shows more at once\n")
    assert daemon.asked[0] == ["list", "program=billing", "after=0", "most=100"]
    report = json.loads(run_tool(daemon.path, "list", "--json", "--after", "1200").stdout)
    assert [one["number"] for one in report["notifications"]] == list(range(1201, 1235))
    assert report["more_after"] is None


def test_many_ids_are_several_requests(fake):
    daemon = fake(queue_of(5))
    ids = [f"{number:032x}" for number in range(1500)]
    done = run_tool(daemon.path, "retry", *ids)
    assert (done.returncode, done.stdout) == (0, b"1500 notifications to be tried at once\n")
    assert [len(asked) for asked in daemon.asked] == [1001, 501]


def test_what_was_changed_before_a_refusal_is_told(fake):
    def answer(arguments):
        if f"id={UNKNOWN}" in arguments:
            raise Refused(f"there is no notification {UNKNOWN}")
        return json_lines([{"changed": len(arguments) - 1}])

    daemon = fake(answer)
    done = run_tool(daemon.path, "drop", *(f"{number:032x}" for number in range(1000)), UNKNOWN)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        f"kamexec queue: there is no notification {UNKNOWN}; 1000 before were changed\n"
    )


@pytest.mark.parametrize(
    "answer",
    [b"", b"nonsense\n", b'{"id":7}\n', b"[" * 100_000, b'{"more_after":0}\n', b'{"id":"\xff"}\n'],
    ids=["nothing", "nonsense", "other", "deep", "back", "bytes"],
)
def test_garbled_answers(fake, answer, tmp_path):
    daemon = fake(lambda arguments: answer)
    (tmp_path / "out").write_text("before")
    for words in (("list",), ("show", UNKNOWN), ("export", "--output", tmp_path / "out"), ("retry", "--all")):
        done = run_tool(daemon.path, *words)
        if answer == b"" and words[0] in ("list", "export"):
            assert done.returncode == 0
            continue
        assert (done.returncode, done.stdout) == (2, b""), words
        assert re.fullmatch(rb"kamexec queue: [ -~]+\n", done.stderr)
    if answer:
        assert (tmp_path / "out").read_text() == "before"
    assert {path.name for path in tmp_path.iterdir()} == {"out", "fake0.sock"}


def test_an_export_that_ends_in_the_middle_leaves_no_file(fake, tmp_path):
    def answer(arguments):
        if "after=0" not in arguments:
            raise Refused("the store fails: disk I/O error")
        return queue_of(1234)(arguments)

    daemon = fake(answer)
    done = run_tool(daemon.path, "export", "--output", tmp_path / "out")
    assert done.returncode == 2 and b"the store fails" in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"fake0.sock"}


def test_an_export_that_cannot_be_written(fake, tmp_path):
    daemon = fake(queue_of(3))
    done = run_tool(daemon.path, "export", "--output", tmp_path / "no" / "out")
    assert done.returncode == 3 and b"No such file" in done.stderr
    done = run_tool(daemon.path, "export", "--output", "/dev/null")
    assert done.returncode == 3 and b"/dev/null is not a file" in done.stderr
    with open("/dev/full", "wb") as full:
        environment = os.environ | {"KAMEXEC_SOCKET": str(daemon.path)}
        done = subprocess.run(
            [TOOL, "queue", "export"], stdout=full, stderr=subprocess.PIPE, env=environment, check=False
        )
    assert done.returncode == 3 and b"No space left" in done.stderr


def test_nothing_of_a_callers_reaches_the_terminal(fake):
    evil = "\x1b]0;x\x07\x9b2J\r\x7f"
    one = notification(
        1, program=evil, state=evil, order=evil, call=evil, arguments=[evil, {"base64": "G1syShuc"}],
        last={"outcome": evil, "status": 1, "detail": evil, "at": evil}, variables={evil: evil}, uri=evil,
        message=evil, input={"base64": "G1syShuc"},
    )  # fmt: skip
    daemon = fake(lambda arguments: json_lines([one]))
    for words in (
        ("list",), ("list", "--json"), ("show", UNKNOWN), ("show", "--json", UNKNOWN), ("export",),
    ):  # fmt: skip
        done = run_tool(daemon.path, *words)
        assert done.returncode == 0
        assert re.fullmatch(rb"[ -~\n]+", done.stdout), words
    assert json.loads(run_tool(daemon.path, "show", "--json", UNKNOWN).stdout) == one
    refusing = fake(refuse(evil))
    assert re.fullmatch(rb"[ -~]+\n", run_tool(refusing.path, "list").stderr)


def refuse(words):
    def answer(_):
        raise Refused(words)

    return answer


@pytest.mark.parametrize(
    "words, said",
    [
        (("retry",), "say which"),
        (("drop", "--yes"), "say which"),
        (("drop", "--all", UNKNOWN), "not both"),
        (("drop", "--all", "--state", "dead"), "--all is every"),
        (("drop", "--state", "dead"), "--yes"),  # there is no terminal
        (("drop", "--program", "", "--yes"), "not the name"),
        (("drop", ""), "not the id"),
        (("retry", "17"), "not the id"),
        (("show", "x"), "not the id"),
        (("list", "--state", "lost"), "waiting,running,done,dead"),
        (("list", "--most", "0"), "--most"),
        (("list", "--after", "-1"), "--after"),
        (("drop", "--state", ""), "--state"),
    ],
)
def test_a_command_line_that_cannot_be_used_asks_nothing(fake, words, said):
    daemon = fake(queue_of(3))
    done = run_tool(daemon.path, *words)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr.decode()
    assert daemon.asked == []


def on_a_terminal(socket_path, answer, *words):
    """(status, what was shown) of a command whose terminal says `answer`."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"KAMEXEC_SOCKET": str(socket_path)}
    process = subprocess.Popen(
        [TOOL, "queue", *words], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
    )
    os.close(theirs)
    os.write(ours, answer)
    shown = process.communicate(timeout=60)[0].decode()
    os.close(ours)
    return process.returncode, shown


def test_a_selection_is_dropped_after_a_question(fake):
    daemon = fake(queue_of(90))
    status, shown = on_a_terminal(daemon.path, b"n\n", "drop", "--state", "dead", "--program", "billing")
    assert status == 1
    assert "Drop 90 dead notifications of billing? They can't be brought back. [y/N]" in shown
    assert "nothing was dropped" in shown
    status, shown = on_a_terminal(daemon.path, b"\n", "drop", "--all")
    assert status == 1 and "Drop 90 notifications?" in shown
    assert not [asked for asked in daemon.asked if asked[0] == "drop"]
    status, shown = on_a_terminal(daemon.path, b"y\n", "drop", "--all")
    assert status == 0 and shown.endswith("90 notifications dropped\n")
    assert daemon.asked[-1] == ["drop"]
    empty = fake(queue_of(0))
    status, shown = on_a_terminal(empty.path, b"", "drop", "--all")
    assert status == 0 and "[y/N]" not in shown
    # Whoever names them has seen them.
    status, shown = on_a_terminal(daemon.path, b"", "drop", UNKNOWN)
    assert status == 0 and shown == "1 notification dropped\n"


def test_without_a_daemon(tmp_path):
    for words in (("list",), ("show", UNKNOWN), ("retry", "--all"), ("drop", UNKNOWN), ("export",)):
        done = run_tool(tmp_path / "nowhere", *words)
        assert (done.returncode, done.stdout) == (3, b"")
        assert re.fullmatch(rb"kamexec queue: .*nowhere.*--socket.*\n", done.stderr)
    done = run_tool(tmp_path / "nowhere", "list", "--json")
    assert done.returncode == 3 and "nowhere" in json.loads(done.stdout)["error"]


# --- with kamexecd ---

# Fails while there is no `ready`; writes what it was asked into `done`.
BILLING = """
[ -e @dir@/ready ] || { printf 'no database \\033[2J' >&2; exit 3; }
echo "$(printf '%s|' "$@")$SIP_USER" >>@dir@/done
"""


class Place:
    """A daemon with a stored program, `billing`, that has one attempt, and another, `later`, that has
    many."""

    def __init__(self, kamexecd, home, **options):
        self.directory = home
        billing = write_program(home / "billing", BILLING)
        definition = f"run = {billing}\ndelivery = stored\nretry = 1h\nretry_most = 1h\n"
        self.daemon = kamexecd(
            {
                "billing": definition + "attempts = 1",
                "later": definition + "order_by = 1",
                "direct": f"run = {billing}",
            },
            **options,
        )

    def tool(self, *words, **options):
        done = run_tool(self.daemon.socket_path, *words, **options)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done

    def listed(self, *filters):
        return json.loads(self.tool("list", "--json", *filters).stdout)["notifications"]

    def states(self):
        return sorted((one["program"], one["state"], one["attempts"]) for one in self.listed())

    def store(self, program, *arguments, **options):
        reply = self.daemon.call(program, *arguments, call="cmd", **options)
        assert reply.word == "yes", reply
        return reply

    def done(self):
        path = self.directory / "done"
        return path.read_text(errors="replace").splitlines() if path.exists() else []


@pytest.fixture
def place(kamexecd, tmp_path):
    return Place(kamexecd, tmp_path)


def test_what_has_failed_is_shown_and_tried_again(place):
    place.store("billing", "begin", b"\xff\x1b[2J", env=["SIP_USER=4930"], message="OPTIONS sip:a SIP/2.0\r\n\r\n")
    assert wait_until(lambda: place.states() == [("billing", "dead", 1)])
    text = place.tool("list").stdout
    assert re.match(r"id +program +state +age +attempts +next in\n[0-9a-f]{32}  billing  dead ", text)
    assert "\n  cmd: begin \\xff\\x1b[2J\n" in text
    assert re.search(r"\n  last: no: exit status 3; .*no database \\x1b\[2J", text)
    (one,) = place.listed()
    text = place.tool("show", one["id"]).stdout
    assert f"id         {one['id']}\n" in text and "\n  SIP_USER=4930\n" in text
    whole = json.loads(place.tool("show", "--json", one["id"]).stdout)
    assert whole["arguments"] == ["begin", {"base64": "/xtbMko="}]
    assert whole["variables"]["SIP_USER"] == "4930"
    (place.directory / "ready").touch()
    assert place.tool("retry", one["id"]).stdout == "1 notification to be tried at once\n"
    assert wait_until(lambda: place.states() == [("billing", "done", 1)])
    assert len(place.done()) == 1


def test_one_waits_behind_another(place):
    place.store("later", "a")
    place.store("later", "a")
    place.store("later", "b")
    assert wait_until(lambda: place.states() == [("later", "waiting", 0), ("later", "waiting", 1), ("later", "waiting", 1)])
    (place.directory / "ready").touch()
    assert json.loads(place.tool("retry", "--program", "later", "--json").stdout)["changed"] >= 2
    assert wait_until(lambda: {state for _, state, _ in place.states()} == {"done"})
    assert sorted(place.done()) == ["a|", "a|", "b|"]


def test_a_selection(place):
    for _ in range(3):
        place.store("billing", "x")
    place.store("later", "y")
    waits = [("billing", "dead", 1)] * 3 + [("later", "waiting", 1)]
    assert wait_until(lambda: place.states() == waits)
    assert len(place.listed("--state", "dead")) == 3
    assert len(place.listed("--program", "later")) == 1
    assert place.listed("--program", "later", "--state", "dead") == []
    assert place.tool("list", "--program", "nothing").stdout == "no notifications of nothing\n"
    report = json.loads(place.tool("list", "--json", "--most", "2").stdout)
    assert len(report["notifications"]) == 2 and report["more_after"] == report["notifications"][1]["number"]
    rest = json.loads(place.tool("list", "--json", "--after", str(report["more_after"])).stdout)
    assert len(rest["notifications"]) == 2 and rest["more_after"] is None
    assert place.tool("drop", "--state", "dead", "--yes").stdout == "3 notifications dropped\n"
    assert [program for program, _, _ in place.states()] == ["later"]
    assert place.tool("drop", "--all", "--yes").stdout == "1 notification dropped\n"
    assert place.tool("list").stdout == "no notifications\n"


def test_export_of_all(place):
    for number in range(120):
        place.store("billing", str(number))
    assert wait_until(lambda: len(place.listed("--state", "dead", "--most", "200")) == 120)
    done = place.tool("export", "--output", "out", directory=place.directory)
    assert done.stdout == "120 notifications written\n"
    lines = (place.directory / "out").read_text().splitlines()
    assert [json.loads(line)["arguments"] for line in lines] == [[str(number)] for number in range(120)]
    assert (place.directory / "out").stat().st_mode & 0o777 == 0o600
    one = json.loads(lines[7])
    assert one.items() >= {"state": "dead", "call": "cmd", "uri": "", "message": "", "input": ""}.items()


def test_an_unknown_id(place):
    for words in (("show", UNKNOWN), ("retry", UNKNOWN), ("drop", UNKNOWN)):
        done = place.tool(*words)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert UNKNOWN in done.stderr


def asked(place, *words):
    """What another command of the tool says."""
    environment = os.environ | {"KAMEXEC_SOCKET": str(place.daemon.socket_path)}
    return subprocess.run([TOOL, *words], capture_output=True, text=True, check=True, env=environment).stdout


def test_a_call_is_answered_with_the_id(place):
    ids = asked(place, "call", "@later", "a").split() + asked(place, "call", "--call", "msg", "@later", "b").split()
    assert [one["id"] for one in place.listed()] == ids
    assert [one["call"] for one in place.listed()] == ["cmd", "msg"]


def test_status_warns_of_dead_ones(place):
    def status():
        return asked(place, "status")

    assert "stored: 0 waiting, 0 running, 0 dead" in status() and "warning" not in status()
    place.store("billing", "x")
    place.store("later", "x")
    assert wait_until(lambda: "dead: see kamexec queue list --state dead" in status())
    assert wait_until(lambda: re.search(r"stored: 1 waiting, 0 running, 0 dead, oldest \d+ s\n", status()))
    assert re.search(r"\nstore .*/queue.sqlite: [\d.]+ \w+, 2 stored, 0 refused\n", status())
    assert status().count("stored: ") == 2  # not of the one that isn't


def test_a_daemon_without_a_store(kamexecd):
    daemon = kamexecd({"direct": "run = true"})
    for words in (("list",), ("export",), ("retry", "--all")):
        done = run_tool(daemon.socket_path, *words)
        assert done.returncode in (0, 2), words
        assert re.fullmatch(rb"[ -~]*\n?", done.stderr)


RESCUE = REPOSITORY / "examples" / "queue" / "rescue"


def column(queue, sql, *values) -> list:
    with contextlib.closing(sqlite3.connect(queue)) as database:
        return [value for (value,) in database.execute(sql, values)]


def damage(queue, table, count):
    """So many pages of the file from the middle of a table's on."""
    pages = column(queue, "SELECT pageno FROM dbstat WHERE name = ? ORDER BY pageno", table)
    with open(queue, "r+b") as file:
        file.seek(4096 * (pages[len(pages) // 2] - 1))
        file.write(os.urandom(4096 * count))


@pytest.mark.skipif(not shutil.which("sqlite3"), reason="no sqlite3 here")
def test_what_can_be_read_of_a_damaged_queue_is_rescued(place):
    daemon = place.daemon
    with daemon.connect() as client:
        sent = [client.send("later", str(n % 100), os.urandom(300).hex(), call="cmd") for n in range(1000)]
        assert all(client.wait(id).word == "yes" for id in sent)
    daemon.end()
    queue, damaged = daemon.directory / "queue.sqlite", daemon.directory / "damaged.sqlite"
    damage(queue, "content", 5)
    with pytest.raises(ServerDied, match="it is damaged"):
        daemon.start()
    queue.rename(damaged)
    done = subprocess.run([RESCUE, damaged, queue], capture_output=True, text=True, check=True)
    rescued = int(re.fullmatch(r"(\d+) notifications\n", done.stdout)[1])
    assert 800 < rescued < 1000
    (place.directory / "ready").touch()
    daemon.start()
    assert len(place.listed("--most", "2000")) == rescued
    place.tool("retry", "--all")
    assert wait_until(lambda: not place.listed("--state", "waiting", "--most", "1"), 60)
    assert len(place.done()) == rescued
    assert place.store("later", "new").word == "yes"


@pytest.mark.skipif(not shutil.which("sqlite3"), reason="no sqlite3 here")
def test_calls_whose_states_cannot_be_read_wait_again(place):
    daemon = place.daemon
    with daemon.connect() as client:
        sent = [client.send("later", str(n), call="cmd") for n in range(1000)]
        assert all(client.wait(id).word == "yes" for id in sent)
    daemon.end()
    queue, damaged = daemon.directory / "queue.sqlite", daemon.directory / "damaged.sqlite"
    ids = column(queue, "SELECT id FROM content ORDER BY id")
    damage(queue, "notification", 1)
    with pytest.raises(ServerDied, match="it is damaged"):
        daemon.start()
    queue.rename(damaged)
    subprocess.run([RESCUE, damaged, queue], capture_output=True, check=True)
    assert len(ids) == 1000
    kept = column(queue, "SELECT notification.id FROM notification JOIN content USING(number) ORDER BY 1")
    assert kept == ids
    daemon.start()
    assert len(place.listed("--most", "2000")) == 1000


@pytest.mark.skipif(not shutil.which("sqlite3"), reason="no sqlite3 here")
def test_where_nothing_can_be_read_nothing_is_made(tmp_path):
    (tmp_path / "junk").write_bytes(os.urandom(10_000))
    done = subprocess.run([RESCUE, tmp_path / "junk", tmp_path / "new"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "nothing in" in done.stderr
    assert not (tmp_path / "new").exists()
    (tmp_path / "new").write_text("before")
    done = subprocess.run([RESCUE, tmp_path / "junk", tmp_path / "new"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and (tmp_path / "new").read_text() == "before"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_only_operators_may(kamexecd, open_directory):
    place = Place(kamexecd, open_directory, daemon="socket_mode = 0666", directory=open_directory / "daemon")
    (open_directory / "daemon").chmod(0o755)
    if not os.access(TOOL, os.X_OK) or subprocess.run([TOOL, "--version"], user=NOBODY, check=False).returncode:
        pytest.skip("others can't reach the tool here")
    place.store("billing", "x")
    for words in (("list",), ("show", UNKNOWN), ("retry", "--all"), ("drop", UNKNOWN), ("export",)):
        done = place.tool(*words, user=NOBODY, group=NOBODY, extra_groups=[])
        assert (done.returncode, done.stdout) == (2, ""), words
        assert "only root and the user that kamexecd runs as" in done.stderr
    assert len(place.listed()) == 1
