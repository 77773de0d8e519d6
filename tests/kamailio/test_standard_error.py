# SPDX-License-Identifier: GPL-2.0-or-later
"""What a program writes to standard error reaches the log, also where it succeeds."""

import re

import pytest

from harness import script
from harness.client import Client
from harness.config import Config

TWO = 'exec_cmd("echo first >&2; echo second >&2");'


def told(server, text):
    """Lines that pass on what matches `text`, beside a failed call's own line."""
    return [line for line in server.log().splitlines() if re.search(r": stderr: " + text, line)]


@pytest.mark.both
@script(TWO)
def test_it_reaches_the_servers(call, server):
    call()
    assert "first" in server.log() and "second" in server.log()


@script('exec_cmd("echo each-one >&2; echo each-two >&2");')
def test_each_line_with_the_call(call, server):
    call()
    lines = told(server, "each-")
    assert [line.rsplit(": ", 1)[1] for line in lines] == ["each-one", "each-two"]
    assert all('exec_cmd("echo each-one' in line and "WARNING" in line for line in lines)


@script('exec_cmd("printf \'a\\\\033[2Jb\\\\r\\\\n\\\\n0(1) CRITICAL: x\\\\n\' >&2");')
def test_printable_and_on_one_line_each(call, server):
    call()
    assert "stderr: a\\x1b[2Jb\\x0d" in server.log()
    assert "\x1b" not in server.log()
    server.strict = False  # which looks for CRITICAL
    assert not re.search(r"^\s*0\(1\) CRITICAL", server.log(), re.M)


@script(TWO, params=[("log_stderr", 0)])
def test_not_where_it_is_turned_off(call, server):
    call()
    assert not told(server, "")


@script('exec_run("echo for the script >&2", "", "$var(out)", "$var(err)");')
def test_not_where_the_script_takes_it(call, server):
    call()
    assert not told(server, "for the script")


@script('exec_run("echo of no use >&2", "", "$var(out)");')
def test_also_of_exec_run_without_an_errvar(call, server):
    call()
    assert told(server, "of no use")


@script('exec_cmd("echo why >&2; echo and where >&2; exit 3");')
def test_of_a_failed_call_what_its_line_leaves_out(call, server):
    call()
    assert "no, exit status 3" in server.log() and "; stderr: why" in server.log()
    assert told(server, "and where") and not told(server, "why$")


@script('exec_cmd("echo 123456789 >&2");', params=[("error_limit", 4)])
def test_up_to_its_limit(call, server):
    call()
    assert told(server, "1234$") and told(server, "the rest exceeds error_limit")


@script(
    'exec_avp_async("echo out; echo later >&2", "$avp(x)", "ERROR_BACK");',
    'route[ERROR_BACK] { t_reply("200", "Done"); }',
)
def test_of_an_asynchronous_call(call, server):
    call()
    assert told(server, "later")


@pytest.mark.parametrize("way", ["via=spawn", "via=pool"])
def test_of_a_named_program(start, tmp_path, way):
    program = tmp_path / "loud"
    program.write_text(
        "#!/usr/bin/python3 -u\n"
        "import sys\n"
        "if len(sys.argv) > 1:\n"
        "    print('by name', file=sys.stderr)\n"
        "    sys.exit(0)\n"
        "print('hello 1')\n"
        "for line in sys.stdin:\n"
        "    field, _, value = line.rstrip('\\n').partition(' ')\n"
        "    if field == 'request':\n"
        "        request = value.split()[0]\n"
        "    elif field == 'end':\n"
        "        print('by name', file=sys.stderr)\n"
        "        print(f'reply {request} 0\\nend {request}')\n"
    )
    program.chmod(0o755)
    definition = f"name=loud; run={program}; timeout=10s; {way}"
    server = start(Config({"named": 'exec_cmd("@loud x");'}, params=(("program", definition),), children=1))
    client = Client(server)
    client.call("named")
    client.call("named")  # what a worker writes after its reply comes with the next one
    client.close()
    assert told(server, "by name")
