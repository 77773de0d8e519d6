# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/scaling.md is what its script prints from the recorded constants, and the script's rules are the product's."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest

from harness.paths import REPOSITORY

SCRIPT = REPOSITORY / "bench" / "scaling.py"
sys.path.append(str(REPOSITORY / "bench"))

from growth import capacity, constants, page, queueing  # noqa: E402
from growth.queueing import Setting, erlang_b, simulate  # noqa: E402

PAGE = REPOSITORY / "docs" / "scaling.md"


def test_the_page_is_what_the_script_prints():
    printed = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=True).stdout
    assert printed == PAGE.read_text(), "write it again: bench/scaling.py --write-docs"


def test_other_constants_make_another_page():
    recorded = constants.recorded()
    slower = replace(recorded, host_loop_cpu_us=2 * recorded.host_loop_cpu_us)
    assert capacity.host_daemon(slower) == pytest.approx(capacity.host_daemon(recorded) / 2)
    assert page.text(slower) != PAGE.read_text()


def test_a_run_without_a_fleet_is_refused(tmp_path):
    results = tmp_path / "results.json"
    results.write_text('{"cases": []}')
    done = subprocess.run([sys.executable, SCRIPT, "--results", results], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "has no figures of a fleet" in done.stderr


def test_what_the_product_has_the_page_has():
    workers = (REPOSITORY / "src" / "fleet" / "workers.h").read_text()
    assert re.search(r"kMost = (\d+);", workers)[1] in PAGE.read_text()
    assert float(re.search(r"kLately\{(\d+)\};", workers)[1]) == queueing.LATELY
    programs = (REPOSITORY / "docs" / "reference" / "programs.md").read_text()
    defaults = dict(re.findall(r"^\| \[`(\w+)`\]\([^)]*\) \| count \| `(\d+)` \|", programs, re.M))
    assert int(defaults["calls_most"]) == page.CALLS_MOST
    assert (int(defaults["tries"]), int(defaults["queue"])) == (Setting.tries, Setting.queue)


def test_every_way_of_make_fleet_load_has_its_row():
    load = (REPOSITORY / "tests" / "kamailio" / "load" / "fleet_load.py").read_text()
    ways = re.findall(r'^    "([\w-]+)": \w+,$', load, re.M)
    rows = re.search(r"Its rows: (.*?)\.\n", PAGE.read_text(), re.S)[1]
    assert len(rows.split(";")) == len(ways) == 6


# The simulation, where there is a formula for what it gives.


def test_calls_that_meet_no_other_take_their_time_and_the_way():
    seen = simulate(Setting(hosts=3, workers=100, load=0.001, tail=False, round_trip=0.25, calls=2_000))
    assert seen.median == seen.p99 == pytest.approx(1.25)
    assert (seen.first_full, seen.waited, seen.refused, seen.late, seen.tries) == (0, 0, 0, 0, 1)


def test_a_host_that_loses_what_it_refuses_is_erlangs():
    """One try, no queue."""
    seen = simulate(Setting(hosts=1, workers=8, load=0.9, tries=1, queue=0, round_trip=0, calls=60_000))
    assert seen.refused == pytest.approx(erlang_b(8, 0.9), rel=0.05)


def test_a_host_with_one_worker_and_a_queue():
    """M/M/1: a call waits if the worker is busy, which it is for the share of the load."""
    seen = simulate(Setting(hosts=1, workers=1, load=0.5, tries=1, queue=10**6, round_trip=0, calls=60_000))
    assert seen.waited == pytest.approx(0.5, rel=0.05)
    assert seen.refused == 0


def test_erlangs_formula():
    assert erlang_b(1, 1.0) == pytest.approx(0.5)
    assert erlang_b(2, 1.0) == pytest.approx(0.4)  # 2 erlang: (2^2/2) / (1 + 2 + 2)


def test_second_tries_find_a_host_with_room():
    one = simulate(Setting(3, 8, 0.7, tries=1, queue=0))
    three = simulate(Setting(3, 8, 0.7, tries=3, queue=0))
    assert three.refused < one.refused / 2


def test_a_frozen_host_takes_its_share_unless_calls_may_run_twice():
    alone = simulate(Setting(3, 8, 0.3, timeout=20, frozen=1))
    hedged = simulate(Setting(3, 8, 0.3, timeout=20, frozen=1, hedge=5))
    assert alone.late == pytest.approx(1 / 3, rel=0.1)
    assert hedged.late < 0.01


def test_a_second_run_of_a_program_that_always_takes_as_long_is_work_for_nothing():
    seen = simulate(Setting(3, 8, 0.2, tail=False, hedge=0.5, timeout=20, round_trip=0))
    assert seen.hedged == 1
    assert seen.work == pytest.approx(1.5, rel=0.05)


def test_the_same_seed_gives_the_same_figures():
    assert simulate(Setting(3, 8, 0.7, calls=3_000)) == simulate(Setting(3, 8, 0.7, calls=3_000))
    assert simulate(Setting(3, 8, 0.7, calls=3_000)) != simulate(Setting(3, 8, 0.7, calls=3_000, seed=2))
