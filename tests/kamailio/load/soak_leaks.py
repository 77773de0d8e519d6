# SPDX-License-Identifier: GPL-2.0-or-later
"""What the server of the soak holds when nothing is under way, but for workers of pools: a process
that makes asynchronous calls ends its idle ones; one that waits for its calls sees only at its next
one what has become of its worker."""

from harness import processes
from harness.measure import Measure
from harness.processes import children_of, wait_until_gone

from .soak_script import WORKER

# Of a process that waits for its calls: a worker, and one that is to replace it.
MOST_WORKERS = 2
DESCRIPTORS_OF_ONE = 4  # its three standard streams, and its pidfd


def _is_worker(pid) -> bool:
    return processes.state(pid) == "Z" or str(WORKER) in processes.describe(pid)


class Holding:
    """`sip_workers`, `job_processes`: pids."""

    def __init__(self, server, ask, sip_workers, job_processes):
        self._sip_workers = sip_workers
        wait_until_gone(lambda: [c for pid in job_processes for c in children_of(pid)], 15.0)
        children = {pid: children_of(pid) for pid in sip_workers}
        self.workers = {pid: [c for c in children[pid] if _is_worker(c)] for pid in sip_workers}
        known = {worker for workers in self.workers.values() for worker in workers}
        self.processes = set(server.started_processes()) - known
        self._measure = Measure(server, ask)
        self._children = set(self._measure.children) - known

    def faults_since(self, before: "Holding") -> list:
        wrong = []
        if self.processes != before.processes:
            wrong.append(f"processes: {before.processes}, now {self.processes}")
        if self._children:
            wrong.append(f"children left: {self._children}")
        for pid, workers in self.workers.items():
            if len(workers) > MOST_WORKERS:
                wrong.append(f"{len(workers)} workers of a process that waits for its calls: {pid}")
        return wrong + self._faults_of_memory(before)

    def _faults_of_memory(self, before) -> list:
        wrong = []
        then, now = before._measure, self._measure
        for pid, count in now.descriptors.items():
            allowed = MOST_WORKERS * DESCRIPTORS_OF_ONE if pid in self._sip_workers else 0
            if abs(count - then.descriptors.get(pid, 0)) > allowed:
                wrong.append(f"descriptors of {pid}: {then.descriptors.get(pid)}, now {count}")
        if now.shared > then.shared + 65536:
            wrong.append(f"shared memory: {then.shared} bytes, now {now.shared}")
        for what, most in (("private", 4096), ("resident", 4 << 20)):
            grown = now.grown(then, what, most)
            if grown:
                wrong.append(f"{what} memory grown, bytes by process: {grown}")
        return wrong
