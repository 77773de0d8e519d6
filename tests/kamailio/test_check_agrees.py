# SPDX-License-Identifier: GPL-2.0-or-later
"""`kamexec check` against real servers: what it says of the stock module happens there, with values
that a SIP message carried, and what it says of this one is what this one does when it loads."""

import json
import re
import subprocess

import pytest

from harness.client import Client
from harness.config import Config
from harness.errors import HarnessError
from harness.paths import OURS, STOCK
from harness.server import ENVIRONMENT, Server

TOOL = OURS.with_name("kamexec")


def checked(path, *options):
    """The report on a configuration, and the exit status."""
    if not TOOL.exists():
        raise HarnessError(f"no tool at {TOOL}: build it beside the module")
    done = subprocess.run(
        [TOOL, "check", "--json", *options, path],
        capture_output=True,
        env=ENVIRONMENT,
        timeout=60,
        check=False,
    )
    return json.loads(done.stdout)["configurations"][0], done.returncode


# How a request is made to carry a value in the variable.
CARRIERS = {
    "$ru": lambda value: {"uri": value},
    "$rU": lambda value: {"uri": f"sip:{value}@127.0.0.1"},
    "$rd": lambda value: {"uri": f"sip:bob@{value}"},
    "$rP": lambda value: {"uri": f"sip:bob@127.0.0.1;transport={value}"},
    "$rm": lambda value: {"method": value},
    "$fu": lambda value: {"headers": [("From", f"<{value}>;tag=a")]},
    "$fU": lambda value: {"headers": [("From", f"<sip:{value}@example.com>;tag=a")]},
    "$fd": lambda value: {"headers": [("From", f"<sip:alice@{value}>;tag=a")]},
    "$fn": lambda value: {"headers": [("From", f"{value} <sip:alice@example.com>;tag=a")]},
    "$ft": lambda value: {"headers": [("From", f"<sip:alice@example.com>;tag={value}")]},
    "$tu": lambda value: {"headers": [("To", f"<{value}>")]},
    "$tU": lambda value: {"headers": [("To", f"<sip:{value}@example.com>")]},
    "$tn": lambda value: {"headers": [("To", f"{value} <sip:bob@example.com>")]},
    "$ci": lambda value: {"call_id": value},
    "$ct": lambda value: {"headers": [("Contact", value)]},
    "$cT": lambda value: {"headers": [("Content-Type", value)], "body": b"x"},
    "$ua": lambda value: {"headers": [("User-Agent", value)]},
    "$ai": lambda value: {"headers": [("P-Asserted-Identity", f"<{value}>")]},
    "$pu": lambda value: {"headers": [("P-Preferred-Identity", f"<{value}>")]},
    "$pU": lambda value: {
        "headers": [("P-Preferred-Identity", f"<sip:{value}@example.com>")]
    },
    "$di": lambda value: {"headers": [("Diversion", f"<{value}>")]},
    "$re": lambda value: {"headers": [("Remote-Party-ID", f"<{value}>")]},
    "$rt": lambda value: {"headers": [("Refer-To", f"<{value}>")]},
    "$rb": lambda value: {"body": value.encode()},
    "$hdr(X-Any)": lambda value: {"headers": [("X-Any", value)]},
}
CONTEXTS = {
    "plain": "true {}",
    "double": r"true \"{}\"",
    "single": "true '{}'",
    "comment": "true # {}",
}


def route_name(variable, context):
    return re.sub(r"\W", "", variable) + "_" + context


def routes():
    pieces = {
        route_name(variable, context): f'exec_cmd("{text.format(variable)}");'
        for variable in CARRIERS
        for context, text in CONTEXTS.items()
    }
    pieces["dset"] = 'exec_dset("echo sip:127.0.0.1:9; true");'
    return pieces


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    """A server with the stock module, whose programs find an `id` of ours first."""
    programs = tmp_path_factory.mktemp("programs")
    directory = tmp_path_factory.mktemp("stock")
    (programs / "id").write_text(f"#!/bin/sh\n: > {directory}/ran\n")
    (programs / "id").chmod(0o755)
    server = Server(
        Config(routes()),
        STOCK,
        directory,
        strict=False,
        environment={"PATH": f"{programs}:{ENVIRONMENT['PATH']}"},
    )
    yield server
    server.stop()


@pytest.fixture(scope="module")
def stock_report(stock):
    report, status = checked(stock.config_path)
    assert status == 1
    assert report["complete"] and report["verified"], report["notes"]
    return {call["route"]: call for call in report["calls"]}


@pytest.fixture
def caller(stock):
    made = Client(stock)
    yield made
    made.close()


def runs_id(stock, caller, route, request):
    mark = stock.directory / "ran"
    mark.unlink(missing_ok=True)
    caller.call(route, **request)
    return mark.exists()


@pytest.mark.parametrize("variable", CARRIERS)
def test_a_sip_message_carries_the_values_that_break_out(stock, stock_report, caller, variable):
    tried = 0
    for context in CONTEXTS:
        route = route_name(variable, context)
        (use,) = stock_report[f"route[{route}]"]["uses"]
        assert use["variable"] == variable and use["control"] == "caller"
        if use["breaks_out"] is None:
            assert context == "comment"
            continue
        request = CARRIERS[variable](use["breaks_out"])
        assert runs_id(stock, caller, route, request), (route, use["breaks_out"])
        tried += 1
    assert tried >= 3


def test_the_uri_that_the_stock_module_adds_breaks_out(stock, stock_report, caller):
    (use,) = stock_report["route[dset]"]["uses"]
    assert stock_report["route[dset]"]["level"] == "danger"
    assert runs_id(stock, caller, "dset", {"uri": use["breaks_out"]})


def test_nothing_runs_by_itself(stock, caller):
    assert not runs_id(stock, caller, route_name("$rU", "plain"), {})


# Each on a line of its own, as it stands in a route.
ACCEPTED = [
    'exec_cmd("true");',
    'exec_cmd("true $rU \'$fU\' \\"$ua\\" $$HOME");',
    'exec_cmd("echo $si >> /tmp/$(rU).txt");',
    'exec_dset("true $si");',
    'exec_avp("true" + " " + "$rU", "$avp(a)");',
    'exec_msg(\'true "$rU" `true $fU`\');',
    'exec_run("true $rU", "$rb", "$var(o)");',
    'exec_cmd("true # $rU");',
    'exec_cmd("@lcr $rU");',
    'exec_cmd("eval $rU");',
    'exec_cmd("true $avp(x) $(hdr(Via)[0]{s.len})");',
    'exec_cmd("true \\x41\\101");',
]
REFUSED = [
    'exec_cmd("$var(c)");',
    "exec_cmd($var(c));",
    'exec_avp("true " + $rU);',
    'exec_cmd("true $$((1 + $rU))");',
    'exec_cmd("let $rU");',
    'exec_cmd("true \'");',
    'exec_cmd("true )");',
    'exec_cmd("true \\\\$rU");',
    'exec_cmd("$$$rU");',
    'exec_cmd("@none $rU");',
    'exec_cmd("@lcr $rU | cat");',
    'exec_cmd("true $NO_SUCH");',
    'exec_cmd("true $(rU");',
    'exec_cmd("true $sht(a=>b)");',
    'exec_dset("read $rU");',
]


def test_it_refuses_what_the_module_refuses(check):
    config = check(
        "\n".join(ACCEPTED + REFUSED), params=[("program", "name=lcr; run=/bin/true")]
    )
    assert not config.accepted
    report, status = checked(config.config)
    assert status == 1
    assert report["verified"], report["notes"]
    by_place = {call["place"]["line"]: call for call in report["calls"]}
    assert len(by_place) == len(ACCEPTED) + len(REFUSED)
    refused = {
        int(line)
        for line in re.findall(rf"ERROR.*{re.escape(config.config)}:(\d+)", config.output)
    }
    ours = {line for line, call in by_place.items() if call["must_change"]}
    assert ours == refused
    assert len(refused) == len(REFUSED)


def test_it_accepts_what_the_module_accepts(check):
    config = check("\n".join(ACCEPTED), params=[("program", "name=lcr; run=/bin/true")])
    assert config.accepted, config.output
    report, _ = checked(config.config, "--fail-on", "change")
    assert not any(call["must_change"] for call in report["calls"])
