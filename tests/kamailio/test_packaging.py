# SPDX-License-Identifier: GPL-2.0-or-later
"""What the build needs stands in the packages' own lists: only a build of packages reads those."""

import re
import subprocess

from harness.paths import REPOSITORY

CONTROL = (REPOSITORY / "packaging" / "debian" / "control").read_text()
SPEC = (REPOSITORY / "packaging" / "rpm" / "kamexec.spec").read_text()


def test_debians_packages_are_built_with_what_setup_installs():
    listed = re.search(r"^Build-Depends:\n((?: .*\n)+)", CONTROL, re.M)[1].replace(",", " ").split()
    setup = [REPOSITORY / "scripts" / "setup", "--list", "build", "tool", "daemon"]
    needed = subprocess.run(setup, capture_output=True, text=True, check=True).stdout.split()
    assert len(needed) > 10
    assert set(needed) - {"g++"} <= set(listed)  # g++ is of build-essential


def test_rpms_are_built_with_what_cmake_looks_for():
    needed = set()
    for file in (REPOSITORY / "src").rglob("CMakeLists.txt"):
        text = file.read_text()
        needed |= {f"cmake({name})" for name in re.findall(r"^ *find_package\(([\w-]+)", text, re.M)}
        needed |= {f"pkgconfig({name})" for name in re.findall(r"pkg_check_modules\(.*?([\w-]+)\)", text)}
    assert {"pkgconfig(libre)", "cmake(CLI11)"} <= needed
    elsewhere = {"cmake(PkgConfig)": "pkgconfig", "cmake(SQLite3)": "pkgconfig(sqlite3)",
                 "cmake(OpenSSL)": "pkgconfig(openssl)", "cmake(Threads)": None}
    needed = {elsewhere.get(name, name) for name in needed} - {None}
    assert needed <= set(re.findall(r"^BuildRequires: +(\S+)", SPEC, re.M))
