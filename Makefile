# SPDX-License-Identifier: GPL-2.0-or-later
# The front of the build. CMake does the work in $(BUILD); scripts/ installs what is missing.
#   make build | run | test | bench | install | deb | format | fuzz | clean
BUILD ?= build
SHELL := /bin/sh
JOBS ?= $(shell nproc)
CMAKE_ARGS ?=
PYTHON ?= /usr/bin/python3
# Test files of the integration tests at once, each with a server of its own: they wait more than work.
SERVERS ?= 3
DESTDIR ?=
PREFIX ?= /usr/local
# The server to build for, where it is not the first in PATH: /path/to/sbin/kamailio.
KAMAILIO ?=
# Where make install puts the module: a directory of its own beside the distribution's modules.
MODULE_DIR ?= $(shell PATH=$$PATH:/usr/local/sbin:/usr/sbin; dirname "$$($(or $(KAMAILIO),kamailio) -I 2>/dev/null | sed -n 's/.*Default paths to modules: //p')")/kamexec

export KAMAILIO KAMAILIO_SOURCE KAMAILIO_TREES KAMAILIO_GIT KAMEXEC_NO_SETUP

.PHONY: all other-kamailios build module engine configure run test unit-test integration-test bench bench-docs install format \
        format-check tidy fuzz sanitize load escape-test service-load fleet-load fleet-demo scaling stored-crash soak deb rpm chroot-test systemd-test vm-test tutorial-test \
        kamailio-6-test kamailio-matrix nats-matrix container-test check-corpus clean

all: build

build: configure
	@cmake --build $(BUILD) -j $(JOBS)
	@if [ -f $(BUILD)/exec.so ]; then echo "built $(BUILD)/exec.so"; scripts/kamailio-loads $(BUILD); \
	 else echo "built the engine alone: there is no Kamailio here"; fi

# All parts of the project, and their packages.
configure:
	@scripts/setup build tool daemon engine-test bench
	@scripts/setup kamailio || echo "no Kamailio to be had: building the engine alone"
	@$(call configure_with,-DKAMEXEC_TOOL=ON -DKAMEXEC_DAEMON=ON -DKAMEXEC_TESTS=ON -DKAMEXEC_BENCH=ON)

# The module alone. A build directory that is configured for more stays so.
module:
	@scripts/setup build kamailio
	@$(call configure_with,$(if $(wildcard $(BUILD)/CMakeCache.txt),,-DKAMEXEC_TOOL=OFF -DKAMEXEC_DAEMON=OFF -DKAMEXEC_TESTS=OFF -DKAMEXEC_BENCH=OFF))
	@scripts/build-module $(BUILD) $(JOBS)

configure_with = flags=$$(scripts/kamailio-headers $(BUILD)) && others=$$(scripts/kamailio-others $(BUILD)) && \
	 cmake -S . -B $(BUILD) -G Ninja -DKAMEXEC_KAMAILIO_FLAGS="$$flags" -DKAMEXEC_OTHER_KAMAILIOS="$$others" \
	   -DKAMEXEC_MODULE_DIR=$(MODULE_DIR) $(1) $(CMAKE_ARGS) >$(BUILD)/cmake.log \
	 || { cat $(BUILD)/cmake.log; exit 1; }

test: build unit-test other-kamailios integration-test

# The C files against the headers of every other Kamailio at hand: the servers of kamailio-matrix, and
# the source trees in KAMAILIO_TREES.
other-kamailios: build
	@cmake --build $(BUILD) -j $(JOBS) -t other-kamailios

unit-test: build
	@cd $(BUILD) && ctest --output-on-failure -j $(JOBS) --no-tests=error

integration-test: build
	@if [ -f $(BUILD)/exec.so ]; then scripts/setup test && cd tests/kamailio && \
	 KAMEXEC_MODULE=$(abspath $(BUILD))/exec.so $(PYTHON) -m pytest -q -p no:cacheprovider -n $(SERVERS) --dist loadfile; \
	 else echo "integration tests left out: there is no Kamailio here"; fi

run: module
	@scripts/setup run
	@$(PYTHON) examples/demo/run.py --module $(abspath $(BUILD))/exec.so

# nats-server, three worker hosts and Kamailio, all on 127.0.0.1, under calls that don't stop, while hosts die, freeze
# and change: about a minute.
fleet-demo: build
	@scripts/setup run test
	@$(PYTHON) examples/fleet-demo/run.py --module $(abspath $(BUILD))/exec.so

# Prints; bench-docs writes docs/benchmarks.md and docs/scaling.md too, if the machine is idle.
bench: build
	@$(PYTHON) bench/compare.py --module $(abspath $(BUILD))/exec.so --build $(abspath $(BUILD))

bench-docs: build
	@$(PYTHON) bench/compare.py --module $(BUILD)/exec.so --build $(BUILD) --check --write-docs
	@$(PYTHON) bench/scaling.py --results $(BUILD)/bench/results.json --write-docs

# What a fleet carries as it grows: docs/scaling.md, with the figures of this machine's last `make bench`.
scaling:
	@$(PYTHON) bench/scaling.py --results $(BUILD)/bench/results.json

install: build
	@test -f $(BUILD)/exec.so || { echo "there is no module to install: no Kamailio here"; exit 1; }
	@DESTDIR=$(abspath $(DESTDIR)) cmake --install $(BUILD) --prefix $(PREFIX)
	@echo 'in kamailio.cfg, instead of loadmodule "exec.so":'
	@echo '  loadmodule "$(MODULE_DIR)/exec.so"'

# Debian's packages of the module, the tool and the daemon, for the Kamailio that is installed, or of whose version
# the source tree in KAMAILIO_SOURCE is: build/deb.
deb:
	@scripts/setup build tool daemon kamailio deb
	@scripts/deb $(BUILD)

# RPMs of them, for Fedora, RHEL and their like: build/rpm. There KAMAILIO_SOURCE names the source tree
# of their Kamailio, and rpmbuild says which packages are missing. RPMBUILD="--without tool --without daemon":
# the module alone.
RPMBUILD ?=
rpm:
	@! command -v apt-get >/dev/null || scripts/setup build tool daemon kamailio rpm
	@scripts/rpm $(BUILD) $(RPMBUILD)

# The packages in a clean system of SUITE (this system's release), as root: installed, used, removed.
RELEASE := $(shell . /etc/os-release && echo $$VERSION_CODENAME)
SUITE ?= $(RELEASE)
chroot-test:
	@tests/chroot/base $(SUITE) $(BUILD)/chroot/$(SUITE)
	@tests/chroot/packages $(BUILD)/chroot/$(SUITE)

# The packages in a booted system of this machine's release, with systemd as its process 1, as root: Kamailio
# and kamexecd as services, reloaded, restarted and upgraded under load, killed, removed.
systemd-test: deb
	@tests/chroot/base $(RELEASE) $(BUILD)/chroot/$(RELEASE)
	@tests/systemd/test $(BUILD)/chroot/$(RELEASE) $(BUILD)/deb

# The packages in a virtual machine with Debian's own kernel and systemd, as root: limits of control groups, and
# what a sandbox does on that kernel. Its processors are emulated: it takes some 15 minutes.
vm-test: deb
	@scripts/setup vm
	@tests/chroot/base bookworm $(BUILD)/chroot/bookworm vm
	@tests/vm/test $(BUILD)/chroot/bookworm $(BUILD)/deb

# The tutorial in a clean system, from its first line to its last, as root.
tutorial-test:
	@tests/chroot/base bookworm $(BUILD)/chroot/bookworm
	@tests/chroot/run_tutorial $(BUILD)/chroot/bookworm/base

# The container of container/Containerfile, built and run, as root.
container-test:
	@scripts/setup container
	@tests/chroot/base $(SUITE) $(BUILD)/chroot/$(SUITE)
	@tests/chroot/make $(BUILD)/chroot/$(SUITE) deb
	@$(PYTHON) tests/container/container_test.py --sources $(BUILD)/chroot/$(SUITE)/source --suite $(SUITE) --base $(BUILD)/chroot/$(SUITE)/base \
	  --directory $(BUILD)/container

# The whole of make test with Kamailio 6.0, in a system of the Debian release that has it, as root.
kamailio-6-test:
	@tests/chroot/base trixie $(BUILD)/chroot/trixie
	@tests/chroot/make $(BUILD)/chroot/trixie test

# The module with each of these servers, built from KAMAILIO_GIT, a clone of Kamailio's repository;
# "installed" is the one that the module is built for. Writes the table of docs/install.md.
# MATRIX="--keep": versions that were tried with these sources already are not tried again.
VERSIONS ?= installed 5.7.7 5.8.8 6.0 6.1.4 master
MATRIX ?=
kamailio-matrix: build
	@scripts/setup test kamailio-source
	@$(PYTHON) tests/kamailio/versions/matrix.py --build $(BUILD) --versions "$(VERSIONS)" --jobs $(JOBS) \
	  --servers $(SERVERS) --write-docs $(MATRIX)

format:
	@scripts/setup check
	@scripts/sources | xargs clang-format -i

format-check:
	@scripts/setup check
	@scripts/sources | xargs clang-format --dry-run --Werror

# clang-tidy over every C++ source; what it finds is an error.
tidy:
	@scripts/setup build tool daemon engine-test bench check
	@scripts/setup kamailio || echo "no Kamailio to be had: leaving the module out"
	@mkdir -p $(BUILD)-tidy
	@flags=$$(scripts/kamailio-headers $(BUILD)) && cmake -S . -B $(BUILD)-tidy -G Ninja \
	  -DKAMEXEC_KAMAILIO_FLAGS="$$flags" -DKAMEXEC_FUZZ=ON -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON \
	  -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ >$(BUILD)-tidy/cmake.log
	@run-clang-tidy -quiet -p $(BUILD)-tidy -j $(JOBS) '\.cpp$$' 2>$(BUILD)-tidy/tidy.log

# The unit tests under AddressSanitizer and UndefinedBehaviorSanitizer.
sanitize:
	@scripts/setup build tool daemon engine-test
	@mkdir -p $(BUILD)-asan
	@cmake -S . -B $(BUILD)-asan -G Ninja -DKAMEXEC_SANITIZE=ON -DKAMEXEC_PRECOMPILED=OFF -DKAMEXEC_BENCH=OFF \
	  -DCMAKE_BUILD_TYPE=RelWithDebInfo >$(BUILD)-asan/cmake.log
	@cmake --build $(BUILD)-asan -j $(JOBS)
	@cd $(BUILD)-asan && ctest --output-on-failure -j $(JOBS) --no-tests=error

# Every fuzz target for FUZZ_SECONDS each.
FUZZ_SECONDS ?= 30
fuzz:
	@scripts/setup build tool daemon check
	@mkdir -p $(BUILD)-fuzz
	@cmake -S . -B $(BUILD)-fuzz -G Ninja -DKAMEXEC_FUZZ=ON -DKAMEXEC_TESTS=OFF -DKAMEXEC_BENCH=OFF \
	  -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ >$(BUILD)-fuzz/cmake.log
	@cmake --build $(BUILD)-fuzz -j $(JOBS)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz $(BUILD)-fuzz

# Asynchronous calls under load, beside the distribution's module: 200 calls a second for 30 s.
load: build
	@scripts/setup test
	@$(PYTHON) tests/kamailio/load/async_load.py --module $(abspath $(BUILD))/exec.so

# kamexecd under load: shared by 16 SIP workers; 500 calls a second while it is reloaded each second and
# restarted or replaced every ten; killed again and again. SERVICE_SECONDS for each of the six.
SERVICE_SECONDS ?= 60
service-load: build
	@scripts/setup test
	@$(PYTHON) tests/kamailio/load/service_load.py --module $(abspath $(BUILD))/exec.so --seconds $(SERVICE_SECONDS)

# A fleet under load: 300 calls a second while all workers are replaced; nats-server killed and started again, alone and
# in a cluster of three; one of three worker hosts frozen. FLEET_SECONDS for each of the six.
FLEET_SECONDS ?= 60
fleet-load: build
	@scripts/setup test
	@KAMEXEC_MODULE=$(abspath $(BUILD))/exec.so $(PYTHON) tests/kamailio/load/fleet_load.py --seconds $(FLEET_SECONDS)

# Calls that kamexecd has stored, through ROUNDS of kills, full disks and restarts, and as many power cuts on a
# file system that loses what was not synced: all that was answered runs, with one id, in order.
ROUNDS ?= 200
stored-crash: build
	@scripts/setup test
	@$(PYTHON) tests/kamailio/stored/stored_crash.py --module $(abspath $(BUILD))/exec.so --rounds $(ROUNDS)

# NATS with the nats-server of each of these Debian releases: the unit tests that start one, and the integration tests
# of a fleet. NATS_SERVER=/path/to/nats-server make test: all tests with that one.
NATS_SUITES ?= bookworm trixie
nats-matrix: build
	@scripts/setup test
	@for suite in $(NATS_SUITES); do \
	   NATS_SERVER=$$(scripts/nats-server $$suite $(BUILD)/nats/$$suite) && export NATS_SERVER && \
	   echo "nats-matrix: $$suite, $$($$NATS_SERVER --version)" && \
	   (cd $(BUILD) && ctest --output-on-failure -j $(JOBS) --no-tests=error -R '^(nats|fleet)[.]') && \
	   (cd tests/kamailio && KAMEXEC_MODULE=$(abspath $(BUILD))/exec.so $(PYTHON) -m pytest -q -p no:cacheprovider \
	     -n $(SERVERS) --dist loadfile $(sort $(notdir $(wildcard tests/kamailio/test_fleet*.py)))) || exit 1; \
	 done

# Every attack of docs/security.md, by the module and by kamexecd, against programs and workers; make test tries
# two of these four. As root.
escape-test: build
	@scripts/setup test
	@cd tests/kamailio && KAMEXEC_ESCAPE=all KAMEXEC_MODULE=$(abspath $(BUILD))/exec.so \
	  $(PYTHON) -m pytest -q -rs -p no:cacheprovider test_escape.py

# Mixed load at the edge of the limits, with commands killed at random, for SOAK_MINUTES.
SOAK_MINUTES ?= 10
soak: build
	@scripts/setup test
	@$(PYTHON) tests/kamailio/load/soak.py --module $(abspath $(BUILD))/exec.so --minutes $(SOAK_MINUTES)

# kamexec check over the configurations below CORPUS, and what it says put to the proof in a server.
check-corpus: build
	@test -n "$(CORPUS)" || { echo "name a directory of configurations: make check-corpus CORPUS=/etc/kamailio"; exit 1; }
	@$(PYTHON) tests/corpus/check_corpus.py --module $(abspath $(BUILD))/exec.so $(CORPUS)

clean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-fuzz $(BUILD)-tidy
