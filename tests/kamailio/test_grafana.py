# SPDX-License-Identifier: GPL-2.0-or-later
"""The dashboard of examples/grafana, against the page that a server shows as its README says."""

import json
import re
import urllib.request

import pytest

from harness.client import Client
from harness.config import Config
from harness.paths import REPOSITORY, module_directory
from harness.ports import free_port
from harness.wait import PATIENCE, wait_until

EXAMPLE = REPOSITORY / "examples" / "grafana"
DASHBOARD = json.loads((EXAMPLE / "kamexec.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
ALL_EXPRESSIONS = [target["expr"] for panel in PANELS for target in panel["targets"]]
OF_KAMEXECD = [text for text in ALL_EXPRESSIONS if "kamexecd_" in text]
OF_A_FLEET = [text for text in OF_KAMEXECD if re.search(r"_fleet_|_nats_|_offer_", text)]
OF_THE_DAEMON = [text for text in OF_KAMEXECD if text not in OF_A_FLEET]
EXPRESSIONS = [text for text in ALL_EXPRESSIONS if text not in OF_KAMEXECD]
GATEWAYS = REPOSITORY / "examples" / "workers" / "gateways.py"

pytestmark = pytest.mark.skipif(
    not (module_directory() / "xhttp_prom.so").exists(), reason="there is no xhttp_prom"
)


def _of_readme(language: str) -> str:
    (block,) = re.findall(rf"```{language}\n(.*?)```", (EXAMPLE / "README.md").read_text(), re.S)
    return block


@pytest.fixture
def page(start):
    """What a Prometheus would read: the metrics with their values, after one call of each kind."""
    port = free_port()
    text = _of_readme("kamailio").replace("127.0.0.1:9494", f"127.0.0.1:{port}")
    head, route = text[: text.index("event_route")], text[text.index("event_route") :]
    config = Config(
        {
            "calls": 'exec_cmd("true"); exec_cmd("false"); exec_cmd("@spawned"); '
            'exec_avp("@pooled 4930");'
        },
        more=route,
        params=(
            ("program", "name=spawned; run=true"),
            ("program", f"name=pooled; run={GATEWAYS}; via=pool"),
        ),
        modparams="disable_tcp=no\n" + head,
    )
    # Not strict: at the end Kamailio's own process for TCP says, as CRITICAL, that the others went.
    client = Client(start(config, strict=False))
    client.call("calls")
    client.close()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as reply:
        text = reply.read().decode()
    return {name: int(value) for name, value in re.findall(r"^(\w+) (\d+) \d+$", text, re.M)}


def _names(expression: str):
    """Names of metrics, and patterns for names, that an expression has."""
    patterns = re.findall(r'__name__=~"([^"]+)"', expression)
    bare = re.sub(r'"[^"]*"', '""', expression)
    return set(re.findall(r"\bkamailio_\w+", bare)), set(patterns)


def test_all_that_the_dashboard_asks_for_is_on_the_page(page):
    used = set()
    for expression in EXPRESSIONS:
        names, patterns = _names(expression)
        assert names or patterns, expression
        assert names <= set(page), expression
        used |= names
        for pattern in patterns:
            found = {name for name in page if re.fullmatch(pattern, name)}
            assert found, pattern
            used |= found
    assert set(page) == used  # and nothing of ours is left out
    assert page["kamailio_exec_calls"] >= 4
    assert page["kamailio_exec_program_pooled_calls"] == 1


def test_the_buckets_are_a_histogram_once_their_names_are_labels(page):
    """As Prometheus wants one: each bucket holds those before it, and the last all calls."""
    (pattern,) = {p for text in EXPRESSIONS for p in _names(text)[1] if "duration_us_le" in p}
    (label,) = set(re.findall(r'"(kamailio_exec_duration_us_le_\(.+?\))"', " ".join(EXPRESSIONS)))
    assert re.sub(r"[()]", "", label) == pattern
    buckets = {
        float(re.fullmatch(label, name)[1]): count
        for name, count in page.items()
        if re.fullmatch(pattern, name)
    }
    counts = [buckets[limit] for limit in sorted(buckets)]
    assert counts == sorted(counts) and max(buckets) == float("inf")
    assert counts[-1] == page["kamailio_exec_calls"] - page["kamailio_exec_refused"] > 0


def test_a_grafana_can_take_the_dashboard():
    """What it needs: unique ids, places on its grid of 24 columns, a data source that is chosen."""
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids) and DASHBOARD["uid"] and DASHBOARD["title"]
    variables = {one["name"]: one for one in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        fields = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert fields and not fields & taken and max(x for x, _ in fields) < 24, panel["title"]
        taken |= fields
    for panel in PANELS:
        marks = [target["refId"] for target in panel["targets"]]
        assert marks and len(set(marks)) == len(marks), panel["title"]
        for one in (panel, *panel["targets"]):
            assert one["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    for expression in ALL_EXPRESSIONS:
        variables_used = set(re.findall(r"\$(\w+)", expression)) - {"1"}
        assert variables_used <= {*variables, "__rate_interval"}, expression
        for opening, closing in ("()", "{}", "[]"):
            assert expression.count(opening) == expression.count(closing), expression


def test_prometheus_is_told_the_same_addresses():
    assert "127.0.0.1:9494" in _of_readme("yaml") and "127.0.0.1:9494" in _of_readme("kamailio")
    assert "127.0.0.1:9495" in _of_readme("yaml")
    assert "127.0.0.1:9495" in (REPOSITORY / "docs" / "reference" / "metrics.md").read_text()


def _names_on(port: int) -> set:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as reply:
        return set(re.findall(r"^(\w+)(?:\{.*\})? ", reply.read().decode(), re.M))


def _asked_for(expressions) -> set:
    return {name for text in expressions for name in re.findall(r"\bkamexecd_\w+", text)}


def test_all_that_the_dashboard_asks_kamexecd_for_is_on_its_page(kamexecd):
    port = free_port()
    daemon = kamexecd(
        {
            "spawned": "run = true",
            "cached": "run = true\ncache = 1m",
            "pooled": f"run = {GATEWAYS}\nvia = pool",
            "stored": "run = true\ndelivery = stored",
        },
        daemon=f"metrics = 127.0.0.1:{port}",
    )
    with daemon.connect() as client:
        for name in ("spawned", "cached", "pooled"):
            client.call(name, "4930")
        client.call("stored", "4930", call="cmd")

    used = _asked_for(OF_THE_DAEMON)
    assert len(used) > 10
    # The figures on the page may be a second old.
    assert wait_until(lambda: used <= _names_on(port)), used - _names_on(port)


def test_all_that_the_dashboard_asks_a_fleet_for_is_on_its_pages(fleet):
    """Of a host that passes calls on and one that runs them, after a call of each kind."""
    ports = free_port(), free_port()
    members = fleet(jetstream=True)
    told = [f"metrics = 127.0.0.1:{port}" for port in ports]
    members.worker({"say": "run = true", "noted": "run = false\ndelivery = stored\nretry = 1h\nretry_most = 1h"},
                   options={"daemon": told[0]})  # which lets the notification wait
    host = members.host(programs={"say": "via = nats", "noted": "via = nats\ndelivery = stored"},
                        options={"daemon": told[1]})
    with host.connect() as client:
        client.call("say", "4930", call="cmd")
        client.call("noted", "4930", call="cmd")
    used = _asked_for(OF_A_FLEET)
    assert len(used) > 10
    assert wait_until(lambda: used <= _names_on(ports[0]) | _names_on(ports[1])), (
        used - _names_on(ports[0]) - _names_on(ports[1])
    )
