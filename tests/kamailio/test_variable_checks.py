# SPDX-License-Identifier: GPL-2.0-or-later
"""What `kamexec check` takes for checked, and what not, in real servers.

The scripts of tests/unit/tool_check/variable_checks_test.cpp, with the body in place of the R-URI's user:
a body may hold line breaks. In those that count as checked no hostile body runs anything, with either
module; many of the others run it.
"""

import re

from harness import both
from harness.client import Client
from harness.config import Config
from harness.paths import OURS, REPOSITORY

SOURCE = REPOSITORY / "tests/unit/tool_check/variable_checks_test.cpp"
STRING = r'"(?:[^"\\]|\\.)*"'
CHECK = '$rb =~ "^[0-9]+$"'

# The reply comes first: many of the scripts end with "exit". One worker, so that the next reply tells
# that the script has run.
REQUEST_ROUTE = """
request_route {
    sl_send_reply("200", "OK");
    if ($hdr(X-Test) == $null) exit;
    $var(test) = $hdr(X-Test);
    $var(i) = 0;
    route($var(test));
}
route[A] { $var(i) = $var(i) + 1; }
route[REJECT] { return; }
"""


def scripts(suite):
    source = SOURCE.read_text().partition(f"All, {suite},")[2].partition("));")[0]
    source = re.sub(r"^ *//.*$", "", source, flags=re.M)
    for literals in re.findall(rf"{STRING}(?:\s+{STRING})*", source):
        text = "".join(one[1:-1] for one in re.findall(STRING, literals))
        yield re.sub(r"\\(.)", r"\1", text)


def as_route(text, here):
    text = text.replace("CHECK", CHECK).replace("$rU", "$rb").replace("$(rU)", "$(rb)")
    text = text.replace("CALL", f'exec_cmd("sh -c \\"touch {here}/$rb\\"");')
    text = text.replace("lookup $rb", f"touch {here}/$rb")
    return re.sub(r'\$si == "(a|192\.0\.2\.1)"', '$si == "127.0.0.1"', text)


# Not for a server: with a route of its own, functions of other modules, or against its grammar.
OTHER = (
    r"!\$rU|not CHECK|\bor 1|\| 1|\+ \$var|=~ \$var|s\.substr|\$ru|\$rU = "
    r"|route\[|lookup\(|exec_run|rewriteuser"
)


def run(start, module, texts, here, bodies):
    """The number of each text that ran MARK, and of each that ran the call for the body 12."""
    routes = {f"T{number}": as_route(text, here / str(number)) for number, text in enumerate(texts)}
    for number in range(len(texts)):
        (here / str(number)).mkdir()
    params = (("interpreted_values", "warn"),) if module == OURS else ()
    server = start(Config(routes, children=1, params=params, request_route=REQUEST_ROUTE))
    client = Client(server)
    for number in range(len(texts)):
        mark = bytes(here / str(number) / "MARK")
        for body in [b"12", *(one.replace(b"MARK", mark) for one in bodies)]:
            client.call(f"T{number}", body=body, method="INVITE")
            client.ping()
    client.close()
    numbers = range(len(texts))
    return (
        {texts[number] for number in numbers if (here / str(number) / "MARK").exists()},
        {texts[number] for number in numbers if (here / str(number) / "12").exists()},
    )


HOSTILE = [
    b"1; touch MARK",
    b"12\n; touch MARK",
    b"\n12\ntouch MARK\n12",
    b"12\r\n touch MARK",
    b"12\0; touch MARK",
]


@both
def test_what_counts_as_checked_runs_nothing(start, module, tmp_path):
    texts = list(scripts("CheckedCalls"))
    assert len(texts) > 25
    fired, called = run(start, module, texts, tmp_path, HOSTILE)
    assert not fired
    assert len(called) > 15


@both
def test_what_does_not_count_can_run(start, module, tmp_path):
    texts = [one for one in scripts("UncheckedCalls") if not re.search(OTHER, one)]
    fired, _ = run(start, module, texts, tmp_path, HOSTILE)
    print(*(one for one in texts if one not in fired), sep="\n")
    assert len(fired) > 10
