# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures in turns, so that a change of the machine's speed meets every subject alike."""

import time
from dataclasses import dataclass, field

from . import cpu

LEAST_ROUNDS = 7


@dataclass(frozen=True)
class Plan:
    rounds: int = 60  # many short ones: other work on the machine comes and goes
    calls: int = 25  # in each round
    seconds: float = 120.0  # no round begins after that, but for the least number of them


@dataclass
class Series:
    """One subject's measurements of one case."""

    times_us: list = field(default_factory=list)  # wall clock for a call, one of each round
    cpu_us: float = 0.0  # of all rounds together
    calls: int = 0

    def add(self, subject, case, calls: int) -> None:
        calls *= subject.repeats
        before = cpu.used_us(subject.pid(case))
        self.times_us.append(subject.measure(case, calls))
        self.cpu_us += cpu.used_us(subject.pid(case)) - before
        self.calls += calls


def measure(subjects, cases, plan: Plan, progress=lambda done: None) -> dict:
    """{case name: {subject name: Series}}.

    Each round goes through all cases, and in each case through all subjects: forwards and backwards
    by turns (A B C, C B A, ...). One short round before them warms caches up and is not counted.
    """
    series = {case.name: {subject.name: Series() for subject in subjects} for case in cases}
    for case in cases:
        for subject in subjects:
            subject.measure(case, max(1, plan.calls // 10))
    end = time.monotonic() + plan.seconds
    for number in range(max(plan.rounds, LEAST_ROUNDS)):
        if number >= LEAST_ROUNDS and time.monotonic() > end:
            break
        order = subjects if number % 2 == 0 else subjects[::-1]
        for case in cases:
            for subject in order:
                series[case.name][subject.name].add(subject, case, plan.calls)
        progress(number + 1)
    return series
