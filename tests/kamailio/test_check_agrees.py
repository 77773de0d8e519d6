# SPDX-License-Identifier: GPL-2.0-or-later
"""`kamexec check` against real servers: what it says of the stock module happens there, with values
that a SIP message carried, and what it says of this one is what this one does when it loads."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from harness.client import Client
from harness.config import Config
from harness.errors import HarnessError
from harness.paths import OURS, STOCK
from harness.server import ENVIRONMENT, Server
from harness.version import VERSION

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
    'exec_cmd("true $avp(x) $(hdr(Via)[0]{s.len})");',
    'exec_cmd("true \\x41\\101");',
]
REFUSED = [
    'exec_cmd("eval $rU");',
    'exec_msg("cat | sh");',
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


@pytest.mark.parametrize("way", ["program", "programs_file"])
def test_it_accepts_what_the_module_accepts(check, tmp_path, way):
    (tmp_path / "p.conf").write_text("[lcr]\nrun = /bin/true\n")
    value = {"program": "name=lcr; run=/bin/true", "programs_file": tmp_path / "p.conf"}[way]
    config = check("\n".join(ACCEPTED), params=[(way, value)])
    assert config.accepted, config.output
    report, _ = checked(config.config, "--fail-on", "change")
    assert not any(call["must_change"] for call in report["calls"])


# Variables as people write them, each taken by every version.
VARIABLES = """
    $rU $(rU) $var(x) $(var(x)) $avp(s:x) $(avp(x)[0]) $(avp(x)[-1]) $(avp(x)[*]) $(avp(x)[$var(i)])
    $avp($var(n)) $hdr(X-A) $(hdr(X-A)[1]) $hdr($var(n)) $hdrc(Via) $sel(via[1].host) $cnt($avp(x))
    $T_req($rU) $T_rpl($(hdr(X)[0])) $T(id_index) $time(hour) $TV(s) $timef(%H:%M) $nh(u) $via0(host)
    $version(num) $K(UDP) $af(name) $snd(ip) $branch(uri) $(branch(uri)[0]) $expires(min) $msg(len)
    $ksr(ver) $rpl(dhost) $sndto(port) $xavp(a=>b) $xavp(a[0]=>b) $sht(a=>b) $sht(a=>$rU::x)
    $(rU{s.len}) $(rU{s.substr,0,3}) $(rU{s.substr,$var(a),$(var(b){s.int})}) $(rU{s.select,1,;})
    $(rU{s.select,-1,\\n}) $(rU{s.select,0,,}) $(rU{s.strip,2}) $(rU{s.striptail,$var(n)})
    $(rU{s.stripto,x}) $(rU{s.ftime,%Y-%m}) $(rU{s.replace,a,b}) $(rU{s.prefixes}) $(rU{s.prefixes,4})
    $(rU{s.corehash}) $(rU{s.corehash,8}) $(rU{s.rm,x}) $(rU{s.count,,}) $(rU{s.before,@}) $(rU{s.LEN})
    $(rU{s.Len}) $(rU{s.fmtlines,8,2}) $(rU{s.trim}{s.len}) $(rU{uri.user}) $(rU{uri.param,tag})
    $(rU{param.value,a}) $(rU{param.value,a,;}) $(rU{param.valueat,1}) $(rU{param.count})
    $(rU{param.count,,}) $(rU{param.name,-1}) $(rU{nameaddr.uri}) $(rU{tobody.tag})
    $(rU{line.at,1}) $(rU{line.sw,a}) $(rU{line.count}) $(rU{urialias.encode}) $(rU{re.subst,/a/b/g})
    $(rU{re.subst,$var(r)}) $(hdr(X)[0]{s.select,1,|}{s.len}) $$ $($)
""".split()

# Whole words that no version takes.
MALFORMED = """
    $(rU{s.nope}) $(rU{s.substr}) $(rU{s.substr,1}) $(rU{s.substr,a,b}) $(rU{s.substr,1,-2})
    $(rU{s.select,1}) $(avp(x)[a]) $(avp(x)[1a]) $(avp(x)[$nope]) $(rU{s.len,1}) $(rU{s.strip})
    $(rU{s.replace,a}) $(rU{s.fmtlines,-1,2}) $(rU{param.value}) $(rU{param.value,a,bc})
    $(rU{line.at,x}) $(rU{uri.nope}) $(rU{uri.param}) $(rU{re.nope,/a/b/}) $(rU{re.subst,}) $time(noon)
    $TV(x) $version(9) $snd(x) $nh(q) $via0(x) $branch(x) $hdr($nope) $T_req(rU) $T_req($nope)
    $sht(a) $sht(a=>$nope) $cnt(x) $(rU{s.substr,$nope,1}) $(rU{s.substr,$(rU{s.nope}),1})
    $(rU{nope.len}) $(rU{s.}) $(rU{len})
""".split()


# What fits into the memory that the harness gives it.
SERVER_TAKES = 900


def mutations(words):
    """Each word with one byte left out, doubled, or changed to one that parsers look at."""
    seen = set(words)
    for number, word in enumerate(words):
        for at in range(1, len(word)):
            signs = ",{}[]$x-" if at % 4 == number % 4 else ","
            made = [word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]]
            made += [word[:at] + sign + word[at + 1 :] for sign in signs]
            for text in made:
                # A text that a shell would be needed for takes the module a process.
                if text not in seen and text.count("(") == text.count(")"):
                    seen.add(text)
                    yield text


def verdicts(check, texts):
    """(texts that the module refuses, texts that the tool refuses)"""
    lines = [f"exec_cmd('true \"{text}\"');" for text in texts]
    config = check("\n".join(lines), modules=["htable"])
    first = 1 + Path(config.config).read_text().split(lines[0])[0].count("\n")
    report, _ = checked(config.config, "--no-server")
    assert "config file" in config.output, config.output[-3000:]
    by_server = {
        texts[int(line) - first]
        for line in re.findall(rf"ERROR.*{re.escape(config.config)}:(\d+)", config.output)
    }
    by_tool = {
        texts[call["place"]["line"] - first] for call in report["calls"] if call["must_change"]
    }
    assert len(report["calls"]) == len(texts)
    return by_server, by_tool


def test_it_reads_variables_as_the_server_does(check):
    by_server, by_tool = verdicts(check, VARIABLES + MALFORMED)
    assert by_tool == by_server
    assert by_server == set(MALFORMED)


@pytest.mark.skipif(VERSION >= (5, 7), reason="newer servers know more names")
def test_it_reads_mutated_variables_as_the_server_does(check):
    # {re.subst,$$} has 5.6 free twice; a select's grammar is not the tool's.
    words = [word for word in VARIABLES if "re.subst" not in word and "$sel" not in word]
    texts = list(mutations(words))
    refused = 0
    for begin in range(0, len(texts), SERVER_TAKES):
        by_server, by_tool = verdicts(check, texts[begin : begin + SERVER_TAKES])
        assert by_tool == by_server
        refused += len(by_server)
    assert len(texts) > 3000 and 1000 < refused < len(texts) - 200
