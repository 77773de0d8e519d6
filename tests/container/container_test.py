#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The container of container/Containerfile: built, and run as docs/containers.md says. As root, with
podman. The image that it is made from is a system of debootstrap's, so no registry is asked."""

import argparse
import shutil
import sys
import time
from pathlib import Path

from container import Container
from podman import Podman

REPOSITORY = Path(__file__).resolve().parents[2]
HOSTILE = "`touch${IFS}/tmp/run`"
IMAGE = "kamailio-kamexec"
# As the Kamailio project makes its images: the server is there, and its configuration is on a volume.
LIKE_THE_PROJECTS = """
FROM {origin}
RUN apt-get update -q && apt-get install -y -q --no-install-recommends kamailio
ENV SHM_MEMORY=64
VOLUME /etc/kamailio
ENTRYPOINT kamailio -DD -E -m ${{SHM_MEMORY}}
"""


def expect(fact, what):
    if not fact:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}", flush=True)


def settled(container, reached, seconds=5.0):
    """Whether the container's processes come to be what `reached` wants."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if reached(container.processes()):
            return True
        time.sleep(0.1)
    return False


def sleeping(processes):
    return [one for one in processes if one[3] == "sleep"]


def dead(processes):
    return [one for one in processes if one[1] == "Z"]


def try_hardened(podman, config):
    with Container(podman, IMAGE, config) as container:
        reply = container.call("alice")
        expect(reply and reply.get("X-Said") == "alice", "an unprivileged server on a read-only root")
        processes = container.processes()
        expect(processes[0][0] == 1 and processes[0][3] == "tini", "process 1 is tini")
        expect("0" not in {user for _, _, user, _ in processes}, "no process is root's")
        expect(container.call(HOSTILE)["X-Said"] == HOSTILE, f"a call to {HOSTILE}: data")
        container.call("orphan")
        expect(settled(container, lambda now: not sleeping(now) and not dead(now)),
               "a job in the background ends, and nothing is left of it")
        expect(container.call("alice", 2) is not None, "and the server goes on")
        begin = time.monotonic()
        reply = container.call("hang")
        expect(reply["X-RC"] == "-2" and time.monotonic() - begin < 5, "a hung program ends at its deadline")
        expect(settled(container, lambda now: not sleeping(now)), "with what it moved to another session")
        reply = container.call("many")
        expect(0 < int(reply["X-Failed"]) < 90, f"the limit of processes holds: {reply['X-Failed']} of 90 failed")
        expect(settled(container, lambda now: not sleeping(now) and not dead(now), 10),
               "nothing is left of the others")
        expect(container.call("alice", 2)["X-Said"] == "alice", "and the server goes on")
        begin = time.monotonic()
        podman("stop", "--time", "10", container.id)
        state = container.state()
        expect(state["ExitCode"] == 0 and time.monotonic() - begin < 8,
               f"stopped by SIGTERM, status {state['ExitCode']}: {time.monotonic() - begin:.1f} s")


def try_without_init(podman, config):
    """Why there is a tini: this test can tell."""
    with Container(podman, IMAGE, config, "--entrypoint",
                   '["/usr/sbin/kamailio","-DD","-E","-Y","/run/kamailio"]') as container:  # fmt: skip
        expect(container.call("alice") is not None, "the server as process 1")
        container.call("orphan")
        end = time.monotonic() + 5
        while container.state()["Running"] and time.monotonic() < end:
            time.sleep(0.1)
        expect(not container.state()["Running"], "ends when a job in the background does: it needs an init")


def build(podman, sources, base):
    podman("build", "--network", "host", "--pull=never", "--build-arg", f"BASE={base}",
           "--file", sources / "container" / "Containerfile", "--tag", IMAGE, sources)  # fmt: skip
    expect(True, f"built on {base}")
    checked = podman("run", "--rm", "--network", "none", "--ulimit", "nofile=4096:4096",
                     "--ulimit", "nproc=4096:4096", IMAGE,
                     "-c", "-f", "/etc/kamailio/kamailio.cfg")  # fmt: skip
    expect("config file ok" in checked, "the server accepts the image's own configuration")


def like_the_projects(podman, directory, origin):
    """Builds such an image; its name."""
    name = "localhost/like-kamailios-own"
    recipe = directory / "LikeTheProjects"
    recipe.write_text(LIKE_THE_PROJECTS.format(origin=origin))
    podman("build", "--network", "host", "--pull=never", "--file", recipe, "--tag", name, directory)
    return name


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", required=True)
    parser.add_argument("--base", type=Path, required=True, help="debootstrap's system of that suite")
    parser.add_argument("--sources", type=Path, default=REPOSITORY, help="what the image is built of")
    parser.add_argument("--directory", type=Path, required=True, help="for podman's images; kept")
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    podman = Podman(arguments.directory.resolve())

    origin = f"localhost/debian:{arguments.suite}"
    if not podman.has(origin):
        podman.import_tree(arguments.base, origin)
    build(podman, arguments.sources, origin)
    config = arguments.directory.resolve() / "kamailio.cfg"
    shutil.copy(Path(__file__).with_name("test.cfg"), config)
    try_hardened(podman, config)
    try_without_init(podman, config)
    empty = arguments.directory.resolve() / "empty"
    empty.mkdir(exist_ok=True)
    build(podman, arguments.sources, like_the_projects(podman, empty, origin))
    with Container(podman, IMAGE, config) as container:
        reply = container.call("alice")
        expect(reply and reply.get("X-Said") == "alice", "a call")
    print("all as it should be")


if __name__ == "__main__":
    main()
