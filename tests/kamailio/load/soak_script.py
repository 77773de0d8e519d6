# SPDX-License-Identifier: GPL-2.0-or-later
"""The server of the soak: limits that the load exceeds now and then, and a script with calls of
every kind."""

from harness.config import Config

RUNNING, WAITING = 16, 32
DEADLINE_MS = 800

_FOR_A_WHILE = "sh -c 'sleep $$1; echo a; echo b' soak $hdr(X-Time)"

# Kind: what the script does. Each asynchronous call goes on in BACK, which answers.
CALLS = {
    "avp": f'exec_avp_async("{_FOR_A_WHILE}", "$avp(x)", "BACK");',
    "dset": 'exec_dset_async("sleep $hdr(X-Time); cat @dir@/uris; true", "BACK");',
    "msg": 'exec_msg_async("sleep $hdr(X-Time); cat >/dev/null", "BACK");',
    "run": f'exec_run_async("cat; {_FOR_A_WHILE}", "$rb", "$avp(o)", "$var(e)", "BACK");',
    "children": 'exec_avp_async("sleep $hdr(X-Time) & sleep $hdr(X-Time); wait", "BACK");',
    "no": 'exec_avp_async("sleep $hdr(X-Time); echo why; exit 3", "$avp(x)", "BACK");',
    "late": 'exec_avp_async("sleep 30", "BACK");',
    "stubborn": "exec_avp_async(\"trap '' TERM; exec sleep 30\", \"BACK\");",
    "flood": 'exec_avp_async("yes", "BACK");',
    "missing": 'exec_avp_async("/nonexistent/program", "BACK");',
    "nested": f'exec_avp_async("{_FOR_A_WHILE}", "$avp(x)", "NEXT");',
    "failure": '$ru = $hdr(X-Target); t_on_failure("AGAIN"); t_relay(); exit;',
    "cancelled": 'exec_avp_async("sleep 30", "BACK");',
    "command": """if (exec_cmd_async("sleep $hdr(X-Time)")) {
        send_reply("200", "Started"); exit;
    }""",
    "waits": 'exec_cmd("true"); append_to_reply("X-Outcome: $exec(outcome)\\r\\n");'
    'send_reply("480", "Waited"); exit;',
}
_REFUSED = """append_to_reply("X-Outcome: $exec(outcome)\\r\\n");
send_reply("503", "Refused"); exit;"""

_ROUTE = """
request_route {
    if ($hdr(X-Kind) == $null) { if (!is_method("ACK")) sl_send_reply("200", "Up"); exit; }
    if (is_method("CANCEL")) { if (t_check_trans()) t_relay_cancel(); exit; }
    if (is_method("ACK")) { t_check_trans(); exit; }
    if (t_lookup_request()) exit;
    $avp(calls) = 1;
    switch ($hdr(X-Kind)) { CASES }
    REFUSED
}
"""
_MORE = f"""
route[BACK] {{
    append_to_reply("X-Outcome: $exec(outcome)\\r\\nX-Calls: $avp(calls)\\r\\n");
    t_reply("480", "Done");
}}
route[NEXT] {{
    $avp(calls) = 2;
    {CALLS["dset"]}
    append_to_reply("X-Calls: $avp(calls)\\r\\n");
    {_REFUSED}
}}
failure_route[AGAIN] {{ {CALLS["dset"]} {_REFUSED} }}
"""


def config() -> Config:
    cases = "".join(f'case "{kind}": {text} break;\n' for kind, text in CALLS.items())
    return Config(
        request_route=_ROUTE.replace("CASES", cases).replace("REFUSED", _REFUSED),
        more=_MORE,
        params=(
            ("workers", 2),
            ("async_running", RUNNING),
            ("async_waiting", WAITING),
            ("deadline_ms", DEADLINE_MS),
            ("output_limit", 65536),
            ("failures_logged", 1),
        ),
        modparams='modparam("tm", "wt_timer", 1000)\n',
        rpc=True,
        children=2,
        debug=1,
    )
