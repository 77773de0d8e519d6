# SPDX-License-Identifier: GPL-2.0-or-later
"""Values that an interpreter behind the shell would run.

The texts of tests/unit/command/interpreted_texts.cpp are each refused when a configuration with them
loads. Some of them are let load (interpreted_values is "warn") and fire, here as with the
distribution's module: that is what is refused for. Texts in which the value is data run with the same
hostile values, and nothing fires.
"""

import re

import pytest

from harness import both, script
from harness.interpreted_texts import in_configuration, refused_texts

def test_each_text_is_refused(check):
    texts = refused_texts()
    assert len(texts) > 400
    calls = [
        f'{"exec_msg" if one.sends else "exec_avp"}("{in_configuration(one.text)}");' for one in texts
    ]
    checked = check("\n".join(calls))
    assert not checked.accepted
    with open(checked.config) as file:
        first = file.read().partition(calls[0])[0].count("\n") + 1
    refused = {
        int(line)
        for line in re.findall(
            rf"{re.escape(str(checked.config))}:(\d+): line \d+, column \d+ of the command: "
            r".*can't be used here",
            checked.output,
        )
    }
    left = [one.text for number, one in enumerate(texts) if first + number not in refused]
    assert not left


# Shell text that runs the value: "; touch CANARY;" fires in each.
SHELLS = {
    "variable": 'n=\\"$hdr(X-Value)\\"; sh -c \\"true $$n\\"',
    "eval": 'eval \\"true $$SIP_HF_X_VALUE\\"',
    "environment": 'sh -c \\"true $$SIP_HF_X_VALUE\\"',
    "loop": 'for n in \\"$hdr(X-Value)\\"; do sh -c \\"true $$n\\"; done',
    "positional": 'set -- \\"$hdr(X-Value)\\"; sh -c \\"true $$1\\"',
    "read": "printf '%s\\n' \\\"$hdr(X-Value)\\\" | while read n; do sh -c \\\"true $$n\\\"; done",
    "input": '{ printf \\"true %s\\\\n\\" \\"$hdr(X-Value)\\"; } | sh',
    "end of options": "sh -c -- 'true $hdr(X-Value)'",
    "option between": 'sh -c -e \\"true $hdr(X-Value)\\"',
    "wrapper": 'nice sh -c \\"true $hdr(X-Value)\\"',
    "find": 'find /etc/passwd -exec sh -c \\"true $hdr(X-Value)\\" \\\\;',
    "xargs": "printf '%s\\n' \\\"$hdr(X-Value)\\\" | xargs -I{} sh -c 'true {}'",
    "file": 'echo \\"true $hdr(X-Value)\\" >@dir@/run; sh @dir@/run',
    "function": 'f() { sh -c \\"true $$1\\"; }; f \\"$hdr(X-Value)\\"',
    "text in a text": "sh -c 'sh -c \\\"true $$1\\\"' sh \\\"$hdr(X-Value)\\\"",
}


def cases(texts):
    return "".join(f'case "{name}": exec_avp("{text}"); break;\n' for name, text in texts.items())


@both
@pytest.mark.parametrize("kind", SHELLS)
@script(f"switch ($hdr(X-Kind)) {{ {cases(SHELLS)} }}", ours=[("interpreted_values", "warn")])
def test_what_is_refused_would_fire(call, server, kind):
    canary = server.directory / "canary"
    canary.unlink(missing_ok=True)
    call(headers=[("X-Kind", kind), ("X-Value", f"; touch {canary};")])
    assert canary.exists()


DATA = {
    "after the text": "sh -c 'echo \\\"$$1\\\"' sh $hdr(X-Value)",
    "variable": 'n=$hdr(X-Value); sh -c \'echo \\"$$1\\"\' sh \\"$$n\\"',
    "awk": "awk -v u=$hdr(X-Value) 'BEGIN { print u }'",
    "input": "printf '%s\\n' $hdr(X-Value) | sh -c cat",
    "python": "python3 -c 'import sys; print(sys.argv[1])' $hdr(X-Value)",
    "xargs": "printf '%s' $hdr(X-Value) | xargs -0 sh -c 'echo \\\"$$1\\\"' sh",
    "loop": 'for n in $hdr(X-Value); do echo \\"$$n\\"; done',
    "read": "printf '%s\\n' $hdr(X-Value) | while read -r n; do echo \\\"$$n\\\"; done",
    "function": 'f() { echo \\"$$1\\"; }; f $hdr(X-Value)',
    "environment": "sh -c 'echo \\\"$$SIP_HF_X_VALUE\\\"'",
}


@pytest.mark.parametrize("kind", DATA)
@script(
    "switch ($hdr(X-Kind)) { "
    + cases(DATA).replace('");', '", "$avp(out)");')
    + ' }\nappend_to_reply("X-Out: $avp(out)\\r\\n");'
)
def test_data_arrives(call, server, kind):
    canary = server.directory / "canary"
    for value in (f"; touch {canary};", f"$(touch {canary})", f"'`touch {canary}`'", "a[$(id)]"):
        reply = call(headers=[("X-Kind", kind), ("X-Value", value)])
        assert reply["X-Out"] == value
    assert not canary.exists()


def test_a_place_is_let_pass_by_name(check):
    checked = check("exec_avp(\"# kamexec: allow sh\\nsh -c 'true $rU'\");")
    assert checked.accepted
    assert "allowed by # kamexec: allow sh" in checked.output


def test_a_configuration_that_is_moved(check):
    call = "exec_avp(\"sh -c 'true $rU'\");"
    assert not check(call).accepted
    warned = check(call, params=[("interpreted_values", "warn")])
    assert warned.accepted
    assert "$rU: sh -c reads it as code" in warned.output
    assert not check(call, params=[("interpreted_values", "maybe")]).accepted


def test_an_interpreter_is_added(check):
    call = 'exec_avp("lcr-sh -e $rU");'
    assert check(call).accepted
    added = [("interpreter", "name=lcr-sh; code=-e")]
    assert not check(call, params=added).accepted
    assert not check(call, params=[("interpreter", "code=-e")]).accepted


def test_what_is_no_callers_is_clean(check):
    assert check('exec_avp("echo $$(( $TS - 3600 )) $$(( $sp + $(rU{s.int}) ))");').accepted
    assert not check('exec_avp("echo $$(( $rU + 1 ))");').accepted


def test_standard_input_counts(check):
    assert not check('exec_msg("sh");').accepted
    assert not check('exec_run("sh", "$rb");').accepted
    assert check('exec_run("sh", "true");').accepted
    assert check('exec_run("cat", "$rb");').accepted


def test_setvars_counts(check):
    call = 'exec_avp("eval true $$SIP_USER");'
    assert not check(call).accepted
    assert check(call, params=[("setvars", 0)]).accepted
    assert check(call.replace("exec_avp", "exec_cmd")).accepted
