# SPDX-License-Identifier: GPL-2.0-or-later
"""The texts of tests/unit/command/interpreted_texts.cpp, run by a server with hostile values.

Those that are accepted: nothing that a caller sends runs, and where the text prints it, the bytes
arrive. Those that are refused, let load (interpreted_values is "warn"): what is refused for can
happen. Each text has a directory of its own, with the files and programs that it names; a value that
runs leaves a file MARK there, and nothing else.
"""

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness import both
from harness.client import Client
from harness.config import Config
from harness.hostile_values import PASTED, attacks_on, hostile_for, in_user_part, value_in, words
from harness.interpreted_texts import Text, data_texts, in_configuration, refused_texts
from harness.paths import OURS
from harness.programs import write_program
from harness.server import ENVIRONMENT

CLIENTS = 3
# For a text that waits for ever; far more than any that fires needs.
DEADLINE_MS = 10_000

# Written by @here@/NAME: what texts name. Programs and files that a caller chooses leave a mark.
FILES = {
    "F": "x\n",
    "G": "x\n",
    "p": "x\n",
    "script.py": "import sys; print(*sys.argv[1:], sys.stdin.read())",
    "script.php": "",
    "M": "all:\n\t@echo $(NUM)\n",
    "Makefile": "all:\n\t@echo $(NUM)\n",
    "opt/Makefile": "all:\n\t@true\n",
    "opt/env": "",
    "opt/q.sql": "",
    "evil/x.awk": 'BEGIN { system("touch @here@/MARK") }\n',
    "evil/x.sed": "1w @here@/MARK\n",
    "evil/x.pl": 'system("touch @here@/MARK");\n',
    "evil/x.py": 'open("@here@/MARK", "w")\n',
    "evil/x.js": 'require("fs").writeFileSync("@here@/MARK", "")\n',
    "evil/x.sql": ".shell touch @here@/MARK\n",
    "evil/x.tcl": "exec touch @here@/MARK\n",
    "evil/Makefile": "$(shell touch @here@/MARK)\nall:\n",
    "x.js": "",
    "mod.py": 'open("@here@/MARK", "w")\n',
}
PRINTS = 'printf "%s " "$@" "$X" "$LANG"; exec cat'  # what it is given, in one line
MARKS = ": >@dir@/../MARK"
PROGRAMS = {
    "opt/lcr.sh": PRINTS,
    "opt/a.sh": PRINTS,
    "opt/run": PRINTS,
    "script": PRINTS,
    "run": "true",
    "run.sh": "true",
    **{f"evil/{name}": MARKS for name in ("x", "x.sh", "lcr", "run", "run.sh", "env")},
}
# In the server's PATH. What reaches other machines and users in earnest hands on here what it is given.
COMMANDS = {
    "a": PRINTS,
    "b": PRINTS,
    "lcr": PRINTS,
    "logger": PRINTS,
    "mail": PRINTS,
    "psql": PRINTS,
    "ssh": 'shift; exec sh -c "$*"',
    "sudo": 'shift 2; exec "$@"',
    "docker": 'shift 2; exec "$@"',
}


def lay_out(here: Path):
    for folder in ("opt/lcr", "evil", "tmp"):
        (here / folder).mkdir(parents=True)
    for name, text in FILES.items():
        (here / name).write_text(text.replace("@here@", str(here)))
    (here / "F").chmod(0o755)
    for name, text in PROGRAMS.items():
        write_program(here / name, text)


def localised(text: str, here) -> str:
    """`text` where it runs in `here`, and the files that it names by a whole path are there."""
    text = re.sub(r"(?<![\w])/(opt|tmp)\b", rf"{here}/\1", text)
    return f"cd {here}; {text}"


# --- What is accepted ----------------------------------------------------------------------------

SOURCES = {"X-Header": "$hdr(X-Value)", "X-User": "$(rU{s.unescape.user})", "X-Body": "$rb"}


def data_route(one, here) -> str:
    text = localised(one.text, here)
    return "\n".join(
        f'$avp(out) = $null;\nexec_avp("{in_configuration(text, source)}", "$avp(out)");\n'
        f'append_to_reply("{name}: $avp(out)\\r\\n");'
        for name, source in SOURCES.items()
    )


def run_all(server, jobs, work):
    """work(client, job) for each job, a few at a time; the list of what they return."""
    clients = [Client(server) for _ in range(CLIENTS)]

    def share(number):
        return [work(clients[number], job) for job in jobs[number::CLIENTS]]

    try:
        with ThreadPoolExecutor(CLIENTS) as pool:
            return [one for done in pool.map(share, range(CLIENTS)) for one in done]
    finally:
        for client in clients:
            client.close()


@pytest.fixture
def texts_server(start, module, tmp_path):
    """texts_server(texts, route, params): a server with route(text, its directory) of each, by number."""

    def begin(texts, route, params=()):
        (tmp_path / "bin").mkdir()
        for name, text in COMMANDS.items():
            write_program(tmp_path / "bin" / name, text)
        routes = {}
        for number, one in enumerate(texts):
            lay_out(tmp_path / str(number))
            routes[f"T{number}"] = route(one, tmp_path / str(number))
        path = f"{tmp_path}/bin:{ENVIRONMENT['PATH']}"
        return start(
            Config(routes, children=CLIENTS, params=params),
            environment={"PATH": path, "TERM": "dumb"},
        )

    return begin


# Of what is accepted, what doesn't show the value in its first line here.
SILENT = (
    # No output of the value, or another form of it.
    r"^find /opt -name|wc -c|tr -cd|printf %d|^read x|>> F; a$|>>log|^a #|>&2|^test -n|^case|^export X"
    r"|> F; sh G|^sort|^make|^awk -F|\| sed|^gcc|print 1'|^perl -pe 1|log; perl|print \$1|\$\{#x\}"
    r"|^eval 'x=1'|^vim|^tar|^grep|^a\[1\]|\[\"\$u|SIP_USER|^echo \$\(\(1 "
    # A user without a shell, a server that isn't there, or a program that may not be.
    r"|^su |^jq|^php|^ruby|^curl|open\(my"
)


def test_what_is_accepted_runs_nothing(texts_server, tmp_path):
    texts = data_texts()
    assert len(texts) > 80
    server = texts_server(texts, data_route)

    def work(client, number):
        here, text = tmp_path / str(number), texts[number].text
        is_silent = re.search(SILENT, text)
        for value in (value_in(one, here) for one in hostile_for(text)):
            reply = client.call(
                f"T{number}",
                uri=f"sip:{in_user_part(value)}@example.com",
                headers=[("X-Value", value)],
                body=value,
            )
            assert not (here / "MARK").exists(), f"{value} is run by {text}"
            for name in () if is_silent else SOURCES:
                assert value in reply[name], f"{value} doesn't arrive ({name}): {text}"
        return not is_silent

    assert sum(run_all(server, range(len(texts)), work)) > 40


# --- What is refused -----------------------------------------------------------------------------

# The first texts of the table, some of each kind: each of them must run what a caller sends. Of all
# together three of four; the others need what a value alone doesn't bring (a library, an archive, a
# pager's terminal), or only set what a later command would use.
FIRST = 22
ALWAYS_REFUSED = "can't be used here"  # "warn" lets none of these load
# Reach other machines, other users or what is kept for later; or run for ever.
NOT_HERE = set(
    "ssh scp mail sendmail wget git docker ip systemd-run nc tcpdump at crontab su sudo doas psql mysql "
    "mariadb mongo fs_cli rsync nsenter watch".split()
)
MAY_BE_MISSING = set(
    "busybox taskset prlimit setpriv sqlite3 make vim ex ed emacs gdb expect tclsh perl python3 python3.11 "
    "ruby node php lua gawk jq bc parallel strace zip mywrap bash script flock man less zsh".split()
)
ONLY_BASH = re.compile(
    r"\b(declare|compgen|let|coproc|pushd|source|enable|mapfile|hash|exec -a|printf -v|test -v)\b|\[\["
    r"|@P|\(\(|\$\(<|\$\{y:x|^x=¤; (a|unset|read|export)\b"
)


def runs_here(one) -> bool:
    """Whether this machine has what the text needs, and nothing outside of the test is reached."""
    named = words(one.text)
    missing = {name for name in named & MAY_BE_MISSING if not shutil.which(name)}
    return not (
        one.sink == ALWAYS_REFUSED or named & NOT_HERE or missing or ONLY_BASH.search(one.text)
    ) and parses(one.text)


def parses(text: str) -> bool:
    """By this machine's sh."""
    done = subprocess.run(["sh", "-n"], input=text.encode(), stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def refused_route(one, here) -> str:
    function = "exec_msg" if one.sends else "exec_avp"
    return f'{function}("{in_configuration(localised(one.text, here), "$hdr(X-Value)")}");'


@both
def test_what_is_refused_would_run(texts_server, module, tmp_path):
    """With the distribution's module, too, where the value is pasted into the first shell's text."""
    ours = module == OURS
    texts = [one for one in refused_texts()[: None if ours else FIRST] if runs_here(one)]
    first = {one for one in refused_texts()[:FIRST] if runs_here(one)}
    params = (("interpreted_values", "warn"), ("deadline_ms", DEADLINE_MS)) if ours else ()
    server = texts_server(texts, refused_route, params)

    def work(client, number):
        here, one = tmp_path / str(number), texts[number]
        attacks = attacks_on(one) if ours else PASTED
        for value in (value_in(attack, here) for attack in attacks):
            client.call(
                f"T{number}",
                uri=f"sip:x;touch$IFS{here}/MARK;@example.com",
                headers=[(name, value) for name in ("X-Value", "X-N", "X-Cmd")],
                body=f"{value}\n",
            )
            if (here / "MARK").exists():
                return one
        return None

    run = set(run_all(server, range(len(texts)), work)) - {None}
    quiet = [one.text for one in texts if one not in run]
    print(f"{len(run)} of {len(texts)} ran what was sent; not:", *quiet, sep="\n")
    assert first <= run
    assert len(run) > 0.75 * len(texts)


# --- The R-URI of exec_dset, the standard input of exec_run ----------------------------------------

DSET = [
    Text(text)
    for text in (
        "sort",
        "lcr",
        "lcr -- ¤",
        "printf '%s\\n' ¤ | sort",
        "sh -c 'printf %s \"$1\"' sh",
        "awk -v u=¤ 'BEGIN { print u }'",
        'for n in ¤; do echo "$n"; done',
        "grep -e ¤ -- F",
        "cat F | lcr",
    )
]
DSET_REFUSED = [
    Text(text)
    for text in ("sh -c", 'sh -c "true ¤"', 'n=¤; eval "true $n"', "echo ¤ | sh -s", "eval true")
]


def dset_route(one, here) -> str:
    text = in_configuration(localised(one.text, here), "$(rU{s.unescape.user})")
    return f'exec_dset("{text}");'


def call_with_uris(client, number, here, text):
    for value in (value_in(one, here) for one in hostile_for(text)):
        client.call(f"T{number}", uri=f"sip:{in_user_part(value)}@example.com")
    for uri in (f"-o{here}/MARK", f"sip:x;touch$IFS{here}/MARK;@example.com"):
        client.call(f"T{number}", uri=uri)


def test_what_exec_dset_takes_runs_nothing(texts_server, tmp_path):
    server = texts_server(DSET, dset_route)

    def work(client, number):
        here = tmp_path / str(number)
        call_with_uris(client, number, here, DSET[number].text)
        assert not (here / "MARK").exists(), DSET[number].text

    run_all(server, range(len(DSET)), work)


def test_what_exec_dset_refuses_would_run(texts_server, check, tmp_path):
    texts = DSET_REFUSED
    for one in texts:
        refused = check(f'exec_dset("{in_configuration(one.text)}");')
        assert not refused.accepted and "can't be used here" in refused.output, one.text
    server = texts_server(texts, dset_route, (("interpreted_values", "warn"),))

    def work(client, number):
        call_with_uris(client, number, tmp_path / str(number), texts[number].text)
        return (tmp_path / str(number) / "MARK").exists()

    assert all(run_all(server, range(len(texts)), work))


RUN = [Text(text) for text in ("sh", "cat | sh", 'read x; eval "$x"', 'n=$(cat); sh -c "$n"')]


def run_route(one, here) -> str:
    return f'exec_run("{in_configuration(localised(one.text, here))}", "$rb");'


def test_standard_input_of_exec_run_would_run(texts_server, check, tmp_path):
    for one in RUN:
        refused = check(f'exec_run("{in_configuration(one.text)}", "$rb");')
        assert not refused.accepted and "$rb on standard input can't be used" in refused.output
        assert check(f'exec_run("{in_configuration(one.text)}", "$si");').accepted
    server = texts_server(RUN, run_route, (("interpreted_values", "warn"),))

    def work(client, number):
        here = tmp_path / str(number)
        client.call(f"T{number}", body=f"touch {here}/MARK\n")
        return (here / "MARK").exists()

    assert all(run_all(server, range(len(RUN)), work))
