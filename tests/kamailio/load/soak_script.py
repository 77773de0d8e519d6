# SPDX-License-Identifier: GPL-2.0-or-later
"""The server of the soak: limits that the load exceeds now and then, and a script with calls of
every kind."""

from pathlib import Path

from harness.config import Config

WORKER = Path(__file__).resolve().with_name("soak_worker.pl")

RUNNING, WAITING = 16, 32
DEADLINE_MS = 800

# Both have less places than the load wants now and then. A pool's workers end where they have been
# idle: a process that makes asynchronous calls has none left when nothing is under way.
PROGRAMS = (
    "name=spawned; run=/bin/sh -c 'sleep $1; echo a; exit $2' soak; timeout=500ms; kill_grace=50ms;"
    " max=6; queue=6; queue_time=200ms",
    f"name=pooled; run={WORKER}; via=pool; timeout=500ms; kill_grace=50ms; queue=4; breaker=20;"
    " breaker_time=200ms; workers=4; workers_least=0; workers_idle=0; idle_time=1s; requests=50",
)
_ENDS = ("yes", "no", "error", "garbage", "exit", "hang")

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
    } REFUSED""",
    "spawned": 'exec_avp_async("@spawned $hdr(X-Time) 0", "$avp(x)", "BACK");',
    "spawned no": 'exec_avp_async("@spawned $hdr(X-Time) 4", "$avp(x)", "BACK");',
    "spawned late": 'exec_avp_async("@spawned 1 0", "$avp(x)", "BACK");',
    "pooled cancelled": 'exec_avp_async("@pooled 0 hang", "$avp(x)", "BACK");',
    **{
        f"pooled {how}": f'exec_avp_async("@pooled $hdr(X-Time) {how}", "$avp(x)", "BACK");'
        for how in _ENDS
    },
}

# Kind: what the script does while its SIP worker waits, for a short time.
WAITING_CALLS = {
    "waits": 'exec_cmd("true");',
    "waits spawned": 'exec_cmd("@spawned $hdr(X-Short) 0");',
    "waits pooled yes": 'exec_avp("@pooled $hdr(X-Short) yes", "$avp(x)");',
    "waits pooled no": 'exec_avp("@pooled $hdr(X-Short) no", "$avp(x)");',
    "waits pooled exit": 'exec_avp("@pooled $hdr(X-Short) exit", "$avp(x)");',
}
# What becomes of calls by name that nobody kills; there are such of each kind.
USUAL_OUTCOMES = {
    "spawned": "ok",
    "spawned no": "no",
    "spawned late": "deadline",
    "pooled yes": "ok",
    "pooled no": "no",
    "pooled error": "unusable",
    "pooled garbage": "unusable",
    "pooled exit": "unusable",
    "pooled hang": "deadline",
    "waits spawned": "ok",
    "waits pooled yes": "ok",
    "waits pooled no": "no",
    "waits pooled exit": "unusable",
}

_WAITED = """append_to_reply("X-Outcome: $exec(outcome)\\r\\n");
send_reply("480", "Waited"); exit;"""
_REFUSED = """append_to_reply("X-Outcome: $exec(outcome)\\r\\n");
send_reply("503", "Refused"); exit;"""

_ROUTE = """
request_route {
    if ($hdr(X-Kind) == $null) { if (!is_method("ACK")) sl_send_reply("200", "Up"); exit; }
    if (is_method("CANCEL")) { if (t_check_trans()) t_relay_cancel(); exit; }
    if (is_method("ACK")) { t_check_trans(); exit; }
    # A request that is sent again is no other call, also where two processes take it at once.
    t_newtran();
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
    texts = CALLS | {kind: text + _WAITED for kind, text in WAITING_CALLS.items()}
    cases = "".join(f'case "{kind}": {text} break;\n' for kind, text in texts.items())
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
            *(("program", text) for text in PROGRAMS),
        ),
        # So long is a request that is sent again known to be the same: through a burst, when all SIP
        # workers are busy and requests wait.
        modparams='modparam("tm", "wt_timer", 2500)\n',
        rpc=True,
        children=4,
        debug=1,
    )
