"""What every test shares: a clean environment, asyncio as the loop, steady random cases, and where recorded data lies."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers

from app.actions.open_workspace import open_workspace
from app.core.clock import SetClock
from app.core.settings import Settings
from app.engine.data_folder import DataFolder
from app.engine.keys import Keys
from app.engine.ports import Ports, open_ports
from app.engine.schema import migrate
from rig.cluster import NoPostgres, cluster
from tests.support.databases import DATABASES, Shelf

ROOT = Path(__file__).resolve().parent.parent

# The machine is shared with browsers and databases: time limits per example would fail for want of a processor, not for a
# fault. The same cases each run, so that a red test stays red until it is mended.
settings.register_profile("desk", deadline=None, derandomize=True, database=None)
settings.load_profile("desk")
# Hypothesis also draws constants of ours, from whatever modules the process has read so far: by the files that ran before, that is.
providers._get_local_constants = lambda: providers._local_constants


def pytest_configure(config: pytest.Config) -> None:
    """Take the developer's own settings out of the way: a test names what it needs."""
    for name in ("DATABASE_URL", "PORT", "SECRET_KEY", *(name for name in os.environ if name.startswith("EARSHOT_"))):
        if name != "EARSHOT_DATA":
            os.environ.pop(name, None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a test marked ``only_on`` one database would do on the other."""
    left_out = [item for item in items if not _belongs(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _belongs(item)]


def _belongs(item: pytest.Item) -> bool:
    only = item.get_closest_marker("only_on")
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    runs_on = params.get("database_url") or params.get("blank_url")
    return only is None or runs_on is None or runs_on == only.args[0]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The desk runs on asyncio, so its tests do."""
    return "asyncio"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of recorded mentions and customers, named by EARSHOT_DATA or beside the repository; skips without it."""
    folder = Path(os.environ.get("EARSHOT_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no recorded data at {folder}: set EARSHOT_DATA to its folder")
    return folder


MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def _settings(folder: Path, url: str) -> Settings:
    return Settings(
        _env_file=None, database_url=url, earshot_data_dir=folder, earshot_rules_dir=ROOT / "routing_rules",
        earshot_default_publisher="echo", secret_key="tests",
    )  # fmt: skip


def _fill(folder: Path, url: str) -> None:
    """The schema, the default rules and policies."""
    ports = open_ports(_settings(folder, url), SetClock(MONDAY_NOON), Keys(b"tests"))
    migrate(ports.db)
    open_workspace(ports)
    ports.db.close()  # the last connection to close a SQLite file writes the log back into it


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the schema, the default rules and policies, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("migrated")
    _fill(folder, f"sqlite:///{folder / 'desk.db'}")
    return folder / "desk.db"


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """The tests' own PostgreSQL, one for the whole session; skips where the machine has none."""
    folder = tmp_path_factory.mktemp("postgresql")
    try:
        with cluster(folder, durable=False) as server:
            yield Shelf(server, partial(_fill, folder))
    except NoPostgres as none:
        pytest.skip(str(none))


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh copy of the migrated database: every test that asks for it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated"), tmp_path / "desk.db")
        yield f"sqlite:///{tmp_path / 'desk.db'}"
    else:
        shelf: Shelf = request.getfixturevalue("shelf")
        url = shelf.copy()
        yield url
        shelf.put_back(url)


@pytest.fixture(params=DATABASES)
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.db'}"
    else:
        shelf: Shelf = request.getfixturevalue("shelf")
        url = shelf.blank()
        yield url
        shelf.put_back(url)


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands at Monday noon until the test moves it."""
    return SetClock(MONDAY_NOON)


@pytest.fixture(scope="session")
def data_folder() -> DataFolder:
    """The default rules, words and levels, parsed once for all tests: it takes a second."""
    return DataFolder(ROOT / "routing_rules")


@pytest.fixture
def ports(tmp_path: Path, database_url: str, clock: SetClock, data_folder: DataFolder) -> Iterator[Ports]:
    """Ports around a fresh copy of the migrated database, with the default rules, on a clock the test moves."""
    made = replace(open_ports(_settings(tmp_path, database_url), clock, Keys(b"tests")), data=data_folder)
    yield made
    made.db.close()
