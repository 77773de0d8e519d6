# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures: which module a test runs with, its server, its client."""

import contextlib
import itertools
import shutil
import tempfile
from pathlib import Path

import pytest

from harness import check as checking
from harness import record, rpc
from harness.client import Client
from harness.config import Config
from harness.errors import HarnessError
from harness.fleet import Fleet
from harness.kamexecd import Kamexecd
from harness.marks import Script
from harness.nats import NatsServer, cluster
from harness.paths import KAMAILIO, OURS, STOCK
from harness.server import Server
from harness.uas import Uas
from harness.wait import PATIENCE, Gate


def pytest_configure(config):
    config.addinivalue_line("markers", "both: must pass with the distribution's module as well")
    config.addinivalue_line("markers", "mended(why, always): must fail with the distribution's module")


def pytest_collection_modifyitems(items):
    if KAMAILIO is None:
        reason = pytest.mark.skip(reason="no kamailio binary is installed")
        for item in items:
            item.add_marker(reason)


def _mark(definition, name):
    return definition.get_closest_marker(name)


def pytest_generate_tests(metafunc):
    if "module" not in metafunc.fixturenames:
        return
    modules = [pytest.param(OURS, id="ours")]
    defect = _mark(metafunc.definition, "mended")
    if defect:
        why, always = defect.args
        must_fail = pytest.mark.xfail(strict=always, raises=AssertionError, reason=why)
        modules.append(pytest.param(STOCK, id="stock", marks=must_fail))
    elif _mark(metafunc.definition, "both"):
        modules.append(pytest.param(STOCK, id="stock"))
    metafunc.parametrize("module", modules, indirect=True)


@pytest.fixture
def module(request) -> Path:
    """The exec.so that this run of the test is about."""
    if not request.param.exists():
        raise HarnessError(f"no module at {request.param}: build it, or set KAMEXEC_MODULE")
    return request.param


@pytest.fixture(scope="session")
def words(tmp_path_factory) -> dict:
    """What @name@ in a script stands for, beside @dir@ and @port@."""
    return {"record": record.build(tmp_path_factory.mktemp("programs"))}


def _stop_all(servers):
    """Every one of them, also where one did not end as it should: the last such is raised."""
    with contextlib.ExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)


class _Servers:
    """The servers of one test file: one for each module, and those of single tests."""

    def __init__(self, tests, factory, words):
        self._tests, self._factory, self._words = tests, factory, words
        self._shared = {}

    def shared(self, module: Path) -> Server:
        if module not in self._shared:
            self._shared[module] = self.start(module, self._config(module))
        return self._shared[module]

    def start(self, module: Path, config: Config, directory=None, **options) -> Server:
        directory = directory or self._factory.mktemp("server")
        options.setdefault("strict", module == OURS)
        return Server(config, module, directory, self._words, **options)

    def stop(self):
        _stop_all(self._shared.values())

    def _config(self, module) -> Config:
        config = getattr(self._tests, "CONFIG", dict)()
        config = Config(**config)
        for name, test in vars(self._tests).items():
            piece = getattr(test, "script", None)
            if not isinstance(piece, Script) or piece.needs_own_server:
                continue
            if module == STOCK and not {m.name for m in getattr(test, "pytestmark", [])} & {
                "both",
                "mended",
            }:
                continue
            config.routes[name] = piece.text
            config.more += piece.more
        return config


@pytest.fixture(scope="module")
def _servers(request, tmp_path_factory, words):
    servers = _Servers(request.module, tmp_path_factory, words)
    yield servers
    servers.stop()


@pytest.fixture
def start(module, _servers):
    """start(config, **options): a server for this test alone; stopped and judged at its end.
    Options: directory, environment, user, and module (a copy of the one under test)."""
    started = []

    def begin(config: Config, **options) -> Server:
        options.setdefault("strict", module == OURS)
        started.append(_servers.start(options.pop("module", module), config, **options))
        return started[-1]

    yield begin
    _stop_all(started)


@pytest.fixture
def open_directory():
    """A directory that other users reach too, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="kamexec-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def kamexecd(tmp_path):
    """kamexecd(programs, **options): a daemon for this test (Kamexecd); stopped and judged at its
    end. Options: directory, and those of Kamexecd."""
    started = []

    def begin(programs, **options) -> Kamexecd:
        directory = options.pop("directory", tmp_path / f"kamexecd{len(started)}")
        started.append(Kamexecd(directory, programs, **options))
        return started[-1]

    yield begin
    _stop_all(started)


@pytest.fixture
def nats(tmp_path):
    """nats(config="", **options): a nats-server for this test (NatsServer); ended with it. nats(size=3):
    a cluster of so many, as a list."""
    started = []

    def begin(config="", size=1, **options):
        directory = tmp_path / f"nats{len(started)}"
        new = cluster(directory, size, config, **options) if size > 1 else [NatsServer(directory, config, **options)]
        started.extend(new)
        return new if size > 1 else new[0]

    yield begin
    _stop_all(started)


@pytest.fixture
def fleet(nats, kamexecd):
    """fleet(config="", **options): a Fleet on nats-servers that are started so (see the fixture nats)."""

    def begin(config="", **options) -> Fleet:
        servers = nats(config, **options)
        return Fleet(kamexecd, servers if isinstance(servers, list) else [servers])

    return begin


@pytest.fixture
def server(request, module, _servers, start) -> Server:
    """The server with the test's @script: the file's, or one of its own."""
    piece = request.function.script
    if not piece.needs_own_server:
        return _servers.shared(module)
    params = piece.params + (piece.ours if module == OURS else ())
    routes = {request.function.__name__: piece.text}
    return start(Config(routes, piece.more, params, **piece.options))


@pytest.fixture
def client(server):
    made = Client(server)
    yield made
    made.close()


@pytest.fixture
def call(request, client):
    """call(**): sends a request to the test's script, returns the reply (see Client.call)."""

    def send(**fields):
        return client.call(request.function.__name__, **fields)

    return send


@pytest.fixture
def recorded(server):
    """recorded(name): what @record@ @dir@/name wrote down (record.read)."""
    return lambda name, seconds=PATIENCE: record.read(server.directory / name, seconds)


@pytest.fixture
def gate(server):
    """gate(): @dir@/gate, where a shell's `: < @dir@/gate` waits until its open() (see Gate)."""
    made = []

    def make() -> Gate:
        made.append(Gate(server.directory / "gate"))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def uas():
    """uas(status): a user agent server that answers so."""
    made = []

    def make(status=200, **options) -> Uas:
        made.append(Uas(status, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def check(module, tmp_path, words):
    """check(script, params=..., **): what `kamailio -c` says of a configuration, with more `arguments`
    for it."""
    numbers = itertools.count()

    def run(text="", arguments=(), **options):
        directory = tmp_path / f"check{next(numbers)}"
        directory.mkdir()
        routes = {"checked": text} if text else {}
        return checking.check(Config(routes, **options), module, directory, words, arguments)

    return run


@pytest.fixture
def ask(server):
    """ask(method, *params): Kamailio's RPC (a server with rpc=True)."""
    return lambda method, *params: rpc.call(server.directory, method, *params)
