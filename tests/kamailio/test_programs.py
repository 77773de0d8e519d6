# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that the configuration names, and calls of them by name."""

import os
import pwd
import shutil
from pathlib import Path

import pytest

from harness import script
from harness.client import Client
from harness.config import Config
from harness.errors import ServerDied
from harness.programs import worker_answering

WORKERS = Path(__file__).parents[2] / "examples" / "workers"
INTERPRETERS = {".py": "python3", ".pl": "perl", ".lua": "lua", ".sh": "sh"}
TELL = r'append_to_reply("X-RC: $exec(rc) $exec(outcome)\r\nX-Value: $avp(x)\r\n");'


def program(text):
    return [("program", text)]


@script(f'exec_avp("@show $rU \'a b\' $hdr(Subject)", "$avp(x)"); {TELL}',
        params=program("name=show; run=/usr/bin/printf '<%s>' fixed"))
def test_words_are_arguments(call):
    """A value is one argument, whatever it holds; there is no shell that could read it."""
    hostile = "$(touch pwned) `id` ; two  words"
    assert call(headers=[("Subject", hostile)])["X-Value"] == f"<fixed><bob><a b><{hostile}>"


@script(f'exec_cmd("@slow 10"); {TELL}', params=program("name=slow; run=/bin/sleep; timeout=200ms"))
def test_a_timeout_of_its_own(call):
    assert call()["X-RC"] == "-2 deadline"


@script(f'exec_avp("@lines", "$avp(x)"); {TELL}',
        params=program("name=lines; run=/usr/bin/seq 100000; output_limit=1k"))
def test_an_output_limit_of_its_own(call):
    assert call()["X-RC"] == "-5 unusable"


@script(f'exec_avp("@env", "$avp(x)"); {TELL}',
        params=program("name=env; run=/usr/bin/printenv GATEWAYS; environment=none, GATEWAYS=three"))
def test_an_environment_of_its_own(call):
    assert call()["X-Value"] == "three"


@script(f'exec_dset("@pick"); append_to_reply("X-URI: $ru\\r\\n"); {TELL}',
        params=program("name=pick; run=/bin/echo"))
def test_exec_dset_adds_the_uri(call):
    assert call()["X-URI"] == "sip:bob@example.com"


POOLED = f'exec_dset("@lcr $rU"); append_to_reply("X-URI: $ru\\r\\nX-Pid: $exec(pid)\\r\\n"); {TELL}'


@pytest.mark.parametrize("worker", ["gateways.py", "gateways.pl", "gateways.lua", "gateways.sh"])
def test_workers_answer_calls(start, worker):
    """The same worker answers one call after the other: by its URIs, and by a no."""
    interpreter = shutil.which(INTERPRETERS[Path(worker).suffix])
    if interpreter is None:
        pytest.skip(f"there is no interpreter for {worker}")
    definition = f"name=lcr; run={interpreter} {WORKERS / worker}; via=pool; timeout=10s"
    server = start(Config({"pooled": POOLED}, params=program(definition), children=1))
    client = Client(server)

    def call(uri):
        return client.call("pooled", uri=uri)

    first = call("sip:4930123456@example.com")
    assert first["X-URI"] == "sip:4930123456@gw1.example.net"
    second = call("sip:4420123456@example.com")
    assert second["X-URI"] == "sip:4420123456@gw3.example.net"
    refused = call("sip:nobody@example.com")
    assert (refused["X-RC"], refused["X-URI"]) == ("-1 no", "sip:nobody@example.com")
    assert first["X-Pid"] == second["X-Pid"] == refused["X-Pid"]
    client.close()


RESUME = f"""
route[RESUMED] {{
    append_to_reply("X-URI: $ru\\r\\nX-Pid: $exec(pid)\\r\\n");
    {TELL}
    t_reply("200", "Resumed");
}}
"""


@script('exec_avp_async("@show $rU", "$avp(x)", "RESUMED");', RESUME,
        params=program("name=show; run=/bin/echo fixed"))
def test_a_transaction_waits_for_a_program(call):
    reply = call()
    assert (reply["X-RC"], reply["X-Value"]) == ("1 ok", "fixed bob")


@script('exec_cmd_async("@slow 20"); exec_avp_async("@slow 20", "$avp(x)", "RESUMED");', RESUME,
        params=program("name=slow; run=/bin/sleep; timeout=300ms"))
def test_its_timeout_holds_there_too(call):
    assert call()["X-RC"] == "-2 deadline"


@script('exec_dset_async("@lcr $rU", "RESUMED");', RESUME,
        params=program(f"name=lcr; run=python3 {WORKERS}/gateways.py; via=pool; workers=1; timeout=10s"))
def test_a_transaction_waits_for_a_worker(call):
    replies = [call(uri=f"sip:49301234{i}@example.com") for i in range(3)]
    assert [reply["X-URI"] for reply in replies] == [
        f"sip:49301234{i}@gw1.example.net" for i in range(3)
    ]
    assert len({reply["X-Pid"] for reply in replies}) == 1
    assert call(uri="sip:nobody@example.com")["X-RC"] == "-1 no"


# Tells its own nice value, and that of a program that it starts.
TELL_NICE = worker_answering(
    "[nice()]",
    """import os, subprocess
def nice():
    return f"{os.getpriority(os.PRIO_PROCESS, 0)} {subprocess.check_output(['nice'], text=True).strip()}"
if sys.argv[1] == "once":
    print(nice())
    sys.exit()""",
)
OWN_NICE = os.getpriority(os.PRIO_PROCESS, 0)
HIGHER = min(OWN_NICE + 7, 19)


@pytest.mark.parametrize("nice, told", [(f"nice={HIGHER}", HIGHER), ("", OWN_NICE)])
@pytest.mark.parametrize("how", ["once", "via=pool"])
def test_a_nice_value_of_its_own(start, tmp_path, how, nice, told):
    """Spawned and pooled, for a call that waits and for one that does not; the server keeps its own."""
    tell = tmp_path / "tell.py"
    tell.write_text(TELL_NICE)
    run = f"/usr/bin/python3 {tell}" + (" once" if how == "once" else " worker; via=pool")
    routes = {
        "now": f'exec_avp("@tell", "$avp(x)"); {TELL}',
        "later": 'exec_avp_async("@tell", "$avp(x)", "RESUMED");',
    }
    definition = f"name=tell; run={run}; {nice}; timeout=30s"
    server = start(Config(routes, RESUME, params=program(definition)))
    client = Client(server)
    for route in routes:
        assert client.call(route)["X-Value"] == f"{told} {told}"
    assert {os.getpriority(os.PRIO_PROCESS, pid) for pid in server.workers()} == {OWN_NICE}
    client.close()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(
    "attribute, named",
    [
        (f"nice={OWN_NICE - 1}", f"nice: .*nice value {OWN_NICE - 1}: write {OWN_NICE} or more"),
        ("user=daemon", "user and group: .*CAP_SETUID"),
    ],
)
@pytest.mark.parametrize("becomes", ["started as the user", "drops root"])
def test_a_server_without_the_right_does_not_start(
    start, open_directory, module, becomes, attribute, named
):
    nobody = pwd.getpwnam("nobody")
    os.chown(open_directory, nobody.pw_uid, nobody.pw_gid)
    copy = Path(shutil.copy(module, open_directory / "exec.so"))
    copy.chmod(0o755)
    drops = ("-u", "nobody", "-g", str(nobody.pw_gid)) if becomes == "drops root" else ()
    config = Config(
        {"x": 'exec_cmd("@x");'},
        params=program(f"name=x; run=/bin/true; {attribute}"),
        kamailio=("-DD", *drops),
    )
    with pytest.raises(ServerDied, match=f"program x: {named}"):
        start(config, directory=open_directory, module=copy, user=None if drops else "nobody")


@pytest.mark.parametrize(
    "definition, named",
    [
        ("run=/bin/true", "name"),
        ("name=x", "run"),
        ("name=x; run=/nonexistent/program", "/nonexistent/program"),
        ("name=x; run=/bin/true; colour=red", "colour"),
        ("name=x; run=/bin/true; requests=5", "via=pool"),
    ],
)
def test_a_definition_that_is_wrong_stops_the_server(check, definition, named):
    checked = check('exec_cmd("true");', params=program(definition))
    assert checked.status != 0 and named in checked.output


def test_an_unknown_program_is_an_error_of_the_configuration(check):
    checked = check('exec_cmd("@nobody $rU");', params=program("name=lcr; run=/bin/true"))
    assert checked.status != 0
    assert "nobody" in checked.output and "lcr" in checked.output and "kamailio.cfg:" in checked.output
