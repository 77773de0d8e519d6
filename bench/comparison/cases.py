# SPDX-License-Identifier: GPL-2.0-or-later
"""The calls that are measured, and what is demanded of them."""

from dataclasses import dataclass

# Calls a second, ours / stock, at least.
SPEEDUP_WITHOUT_SHELL = 2.0
SPEEDUP_WITH_SHELL = 0.95
# Time of a call above that of a bare spawn of the same program, at most.
OVERHEAD_WITHOUT_SHELL = 0.15


@dataclass(frozen=True)
class Case:
    """`call` is one expression of the script, true where the call did what it should.

    `before` is what the script does ahead of each call. `bare` is the same program as the call
    runs, as an argument vector; `captures`, `reads`: it needs a pipe from, to the program.
    `variables`: the function gives the program the SIP environment. `stock_may_fail`: the
    distribution's exec_msg fails where the program has ended before the message is written, which
    chance decides; the whole work is done by then, so the time counts. `stock_call`: what is asked
    of the distribution's module instead, where that has no such call.
    """

    name: str
    call: str
    bare: tuple
    before: str = ""
    check: str = ""
    shell: bool = False
    captures: bool = False
    reads: bool = False
    variables: bool = True
    stock_may_fail: bool = False
    stock_call: str = ""

    @property
    def least_speedup(self) -> float:
        return SPEEDUP_WITH_SHELL if self.shell else SPEEDUP_WITHOUT_SHELL

    @property
    def most_overhead(self):
        """None: not demanded of it."""
        return None if self.shell else OVERHEAD_WITHOUT_SHELL


def _sh(text: str) -> tuple:
    return ("/bin/sh", "-c", text)


# The INVITE of these calls is for sip:bob@example.com (invite.py).
_NO_ANSWER = "$(avp(answer)[*]) = $null;"

CASES = (
    Case("true", 'exec_cmd("/bin/true")', ("/bin/true",), variables=False),
    Case(
        "echo",
        'exec_avp("/bin/echo hello $rU", "$avp(answer)")',
        ("/bin/echo", "hello", "bob"),
        before=_NO_ANSWER,
        check='$avp(answer) == "hello bob"',
        captures=True,
    ),
    Case("message", 'exec_msg("/bin/true")', ("/bin/true",), reads=True, stock_may_fail=True),
    Case(
        "pipeline",
        'exec_avp("echo $rU | cat", "$avp(answer)")',
        _sh("echo bob | cat"),
        before=_NO_ANSWER,
        check='$avp(answer) == "bob"',
        shell=True,
        captures=True,
    ),
    Case(
        "condition",
        "exec_cmd(\"test -n '$rU' && true\")",
        _sh("test -n 'bob' && true"),
        shell=True,
        variables=False,
    ),
    Case(
        "uri",
        "exec_dset(\"printf '%s\\n' 'sip:$rU@127.0.0.1'; true\")",
        _sh("printf '%s\\n' 'sip:bob@127.0.0.1'; true 'sip:bob@example.com'"),
        before='$ru = "sip:bob@example.com";',
        check='$ru == "sip:bob@127.0.0.1"',
        shell=True,
        captures=True,
    ),
)
