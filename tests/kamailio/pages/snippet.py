# SPDX-License-Identifier: GPL-2.0-or-later
"""A piece of a configuration, as pages show it, made whole: what the reader's own file has around it."""

import re
from pathlib import Path

from harness.config import BASE_MODULES, GLOBALS
from harness.paths import module_directory
from harness.programs import write_program

from .place import MODULE

_BLOCK = re.compile(r"^\w*route(\[[\w:-]+\])? \{$.*?^\}$", re.M | re.S)
_PARAMETER = re.compile(r"^modparam\(.*?\)(?=\s*(#.*)?$)", re.M | re.S)
_LOAD = re.compile(r'^loadmodule "([^"]+)"$', re.M)
_PROGRAM = re.compile(r"/usr/local/bin/[\w.-]+")
_ROUTE_NAMED = re.compile(r'_async\([^;]*"(\w+)"\);|\broute\((\w+)\)|t_on_\w+\("(\w+)"\)')
_PROGRAMS_DIRECTORY = re.compile(r'"/etc/kamexec(?=[/"])')
# Accounts and control groups that this machine may not have.
_ACCOUNT = re.compile(
    r"^(user|group|directory|allow|socket_group|cgroup|(memory|processes|cpu)_total) *=.*\n", re.M
)
_USER = re.compile(r"\s*(user|group|directory)=\S+?;")  # may not be here, and need root


def whole(text: str, module: Path, directory: Path) -> str:
    """A configuration with all of `text` in it. Programs that it names are made in `directory`."""
    parameters, text = _taken(_PARAMETER, _LOAD.sub("", text))
    blocks, statements = _taken(_BLOCK, text)
    routes = "\n".join(blocks)
    if re.sub(r"#.*", "", statements).strip():
        routes += "\nroute[THE_PAGE] {\n" + statements + "\n}\n"
    for names in _ROUTE_NAMED.findall(routes):
        (name,) = filter(None, names)
        if not re.search(r"\broute\[%s\]" % name, routes):
            routes += f"\nroute[{name}] {{ exit; }}\nfailure_route[{name}] {{ exit; }}\n"
    if "request_route {" not in routes:
        routes += "\nrequest_route { exit; }\n"
    made = GLOBALS.format(debug=2, children=1, port=5060, mpath=module_directory())
    made += "".join(f'loadmodule "{name}.so"\n' for name in BASE_MODULES)
    made += f'loadmodule "{module}"\n' + "\n".join(parameters) + _undefined(parameters, routes)
    made = _with_files_of_programs(made, directory)
    return _with_programs(_USER.sub("", made) + routes, directory)


def programs_file(text: str, directory: Path) -> str:
    """A file of programs, which are made in `directory`, for the users that there are here."""
    return _with_programs(_ACCOUNT.sub("", text), directory)


def loads_our_module(text: str) -> bool:
    """Where a piece loads modules: that ours is among them, under the name that pages have for it."""
    names = _LOAD.findall(text)
    return not names or MODULE in names


def _taken(pattern, text):
    found = [match[0] for match in pattern.finditer(text)]
    return found, pattern.sub("", text)


def _undefined(parameters, routes) -> str:
    defined = set(re.findall(r"name=([\w-]+)", "".join(parameters)))
    named = set(re.findall(r'exec_\w+\("@([\w-]+)', routes))
    one = 'modparam("exec", "program", "name=%s; run=/bin/true")\n'
    return "\n" + "".join(one % name for name in sorted(named - defined))


def _with_programs(text, directory):
    def made(match):
        return str(write_program(directory / Path(match[0]).name, "exit 0"))

    return _PROGRAM.sub(made, text)


def _with_files_of_programs(text, directory):
    """There, with nothing in them: what a page calls is defined beside."""
    if _PROGRAMS_DIRECTORY.search(text):
        (directory / "etc").mkdir(exist_ok=True)
        (directory / "etc" / "programs.conf").touch()
    return _PROGRAMS_DIRECTORY.sub(f'"{directory}/etc', text)
