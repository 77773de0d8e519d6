# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a kamailio.cfg around the pieces of script that tests bring."""

from dataclasses import dataclass, field
from pathlib import Path

from .paths import module_directory
from .version import has_change

BASE_MODULES = ("kex", "corex", "tm", "tmx", "sl", "pv", "xlog", "textops", "siputils", "sdpops")

# TELL_RC: what the call before it returned, in a header of the reply.
GLOBALS = """#!KAMAILIO
#!define TELL_RC append_to_reply("X-RC: $rc\\r\\n");
debug={debug}
log_stderror=yes
children={children}
auto_aliases=no
disable_tcp=yes
disable_core_dump=yes
dns=no
rev_dns=no
listen=udp:127.0.0.1:{port}
mpath="{mpath}"
"""
if has_change("5.7.3", "5.8.0"):  # which drop messages over 32 KiB unless they are told otherwise
    GLOBALS += "msg_recv_max_size=65536\n"

# A request without X-Test is the harness asking whether the server is up.
REQUEST_ROUTE = """
request_route {
    if ($hdr(X-Test) == $null) {
        if (!is_method("ACK")) sl_send_reply("200", "Up");
        exit;
    }
    $var(test) = $hdr(X-Test);
    route($var(test));
    if (!is_method("ACK")) sl_send_reply("200", "Done");
    exit;
}
"""


@dataclass
class Config:
    """`routes`: name -> script; `more`: other top-level blocks; `params`: of exec; `base` and
    `modules`: loaded before it; `modparams`: raw lines for other modules; `kemi`: ("lua"|"python",
    text of the program) instead of routes."""

    routes: dict = field(default_factory=dict)
    more: str = ""
    params: tuple = ()
    base: tuple = BASE_MODULES
    modules: tuple = ()
    modparams: str = ""
    rpc: bool = False
    kemi: tuple = ()
    children: int = 2
    debug: int = 2
    request_route: str = REQUEST_ROUTE
    kamailio: tuple = ("-DD",)  # arguments that say how the server runs

    def write(self, directory: Path, port: int, module: Path, words: dict) -> Path:
        text = self._head(directory, port, module)
        if self.kemi:
            text += self._kemi(directory, words)
        else:
            text += self.request_route + self.more
            for name, body in self.routes.items():
                text += f"\nroute[{name}] {{\n{body or 'return;'}\n}}\n"
        path = directory / "kamailio.cfg"
        path.write_text(fill(text, words))
        return path

    def _head(self, directory, port, module):
        text = GLOBALS.format(
            debug=self.debug, children=self.children, port=port, mpath=module_directory()
        )
        names = list(self.base) + list(self.modules)
        if self.rpc:
            names.append("jsonrpcs")
        if self.kemi:
            names.append({"lua": "app_lua", "python": "app_python3"}[self.kemi[0]])
        text += "".join(f'loadmodule "{name}.so"\n' for name in names)
        text += f'loadmodule "{module}"\n'
        if self.rpc:
            text += 'modparam("jsonrpcs", "transport", 4)\n'
            text += f'modparam("jsonrpcs", "dgram_socket", "{directory}/rpc")\n'
        for name, value in self.params:
            shown = value if isinstance(value, int) else f'"{value}"'
            text += f'modparam("exec", "{name}", {shown})\n'
        return text + self.modparams

    def _kemi(self, directory, words):
        language, program = self.kemi
        path = directory / ("route.py" if language == "python" else "route.lua")
        path.write_text(fill(program, words))
        if language == "lua":
            return f'modparam("app_lua", "load", "{path}")\ncfgengine "lua"\n'
        return f'modparam("app_python3", "load", "{path}")\ncfgengine "python"\n'


def fill(text: str, words: dict) -> str:
    for name, value in words.items():
        text = text.replace(f"@{name}@", str(value))
    return text
