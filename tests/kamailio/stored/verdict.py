# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether what was answered has run: calls as they were answered, against what their programs saw."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field


@dataclass
class Verdict:
    """Counts, and what is wrong, in words."""

    answered: int = 0  # with 1
    refused: int = 0
    lost: int = 0  # the connection ended before the answer
    ran_unasked: int = 0  # of those that were refused or lost: they may run, they need not
    attempts: int = 0
    ran_again: int = 0  # successes beyond the first
    keys: int = 0
    wrong: list = field(default_factory=list)

    def __str__(self):
        return (
            f"{self.answered} calls answered 1, {self.refused} refused, {self.lost} lost their connection; "
            f"{self.ran_unasked} of these two ran; {self.attempts} attempts, {self.ran_again} successes beyond "
            f"the first; {self.keys} keys"
        )


def judge(calls, seen) -> Verdict:
    """`calls`: callers.Made, of each key in the order of the answers; `seen`: programs.Seen."""
    words = Counter(call.word for call in calls)
    verdict = Verdict(
        answered=words["yes"],
        lost=words["lost"],
        refused=len(calls) - words["yes"] - words["lost"],
        ran_unasked=sum(
            (call.key, call.sequence) in seen.successes for call in calls if call.word != "yes"
        ),
        attempts=seen.attempts,
        ran_again=sum(times - 1 for times in seen.successes.values()),
        keys=len({call.key for call in calls}),
    )
    verdict.wrong += seen.wrong + [f"two ran at the same time: {one}" for one in seen.overlapping]
    made = {(call.key, call.sequence): call for call in calls}
    verdict.wrong += [f"nobody has made {call}" for call in seen.ids if call not in made]
    verdict.wrong += _never_ran(calls, seen) + _ids(made, seen) + _order(calls, seen)
    return verdict


def _never_ran(calls, seen) -> list:
    return [
        f"{call.key} {call.sequence} was answered 1 and never ran" + _tried(call, seen)
        for call in calls
        if call.word == "yes" and (call.key, call.sequence) not in seen.successes
    ]


def _tried(call, seen) -> str:
    return " to its end" if (call.key, call.sequence) in seen.ids else ""


def _ids(made, seen) -> list:
    wrong, calls_of = [], defaultdict(set)
    for call, ids in seen.ids.items():
        told = made[call].id if call in made else ""
        if len(ids | ({told} if told else set())) > 1:
            wrong.append(f"{call} ran with the ids {sorted(ids)}" + (f", answered {told}" if told else ""))
        for id in ids:
            calls_of[id].add(call)
    wrong += [f"one id, {id}, for {sorted(calls)}" for id, calls in calls_of.items() if len(calls) > 1]
    return wrong


def _order(calls, seen) -> list:
    """Of a key, the answered calls have succeeded in the order of their answers."""
    wrong, answered = [], defaultdict(list)
    for call in calls:
        if call.word == "yes" and (call.key, call.sequence) in seen.successes:
            answered[call.key].append(call.sequence)
    for key, sequences in answered.items():
        wanted = set(sequences)
        ran = [one for one in seen.order[key] if one in wanted]
        for before, after in zip(sequences, ran):
            if before != after:
                wrong.append(f"of {key} ran {after} where {before} was next")
                break
    return wrong
