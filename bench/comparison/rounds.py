# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures in turns, so that a change of the machine's speed meets every subject alike."""

import time
from dataclasses import dataclass

LEAST_ROUNDS = 7


@dataclass(frozen=True)
class Plan:
    rounds: int = 60  # many short ones: other work on the machine comes and goes
    calls: int = 25  # in each round
    seconds: float = 120.0  # no round begins after that, but for the least number of them


def measure(subjects, cases, plan: Plan, progress=lambda done: None) -> dict:
    """{case name: {subject name: [microseconds for a call, one of each round]}}.

    Each round goes through all cases, and in each case through all subjects: forwards and backwards
    by turns (A B C, C B A, ...). One short round before them warms caches up and is not counted.
    """
    times = {case.name: {subject.name: [] for subject in subjects} for case in cases}
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
                times[case.name][subject.name].append(subject.measure(case, plan.calls))
        progress(number + 1)
    return times
