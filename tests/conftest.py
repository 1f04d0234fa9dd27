"""What every test shares: a clean environment, asyncio as the loop, steady random cases, and where recorded data lies."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from app.actions.open_workspace import open_workspace
from app.core.clock import SetClock
from app.core.settings import Settings
from app.engine.data_folder import DataFolder
from app.engine.keys import Keys
from app.engine.ports import Ports, open_ports
from app.engine.schema import migrate

ROOT = Path(__file__).resolve().parent.parent

# The machine is shared with browsers and databases: time limits per example would fail for want of a processor, not for a
# fault. The same cases each run, so that a red test stays red until it is mended.
settings.register_profile("desk", deadline=None, derandomize=True, database=None)
settings.load_profile("desk")


def pytest_configure(config: pytest.Config) -> None:
    """Take the developer's own settings out of the way: a test names what it needs."""
    for name in ("DATABASE_URL", "PORT", "SECRET_KEY", *(name for name in os.environ if name.startswith("EARSHOT_"))):
        if name != "EARSHOT_DATA":
            os.environ.pop(name, None)


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


def _settings(folder: Path) -> Settings:
    return Settings(
        _env_file=None, database_url=f"sqlite:///{folder / 'desk.db'}", earshot_data_dir=folder, earshot_rules_dir=ROOT / "routing_rules",
        earshot_default_publisher="echo",
    )  # fmt: skip


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the schema, the default rules and policies, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("migrated")
    ports = open_ports(_settings(folder), SetClock(MONDAY_NOON), Keys(b"tests"))
    migrate(ports.db)
    open_workspace(ports)
    ports.db.close()  # the last connection to close writes the log back into the file
    return folder / "desk.db"


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands at Monday noon until the test moves it."""
    return SetClock(MONDAY_NOON)


@pytest.fixture(scope="session")
def data_folder() -> DataFolder:
    """The default rules, words and levels, parsed once for all tests: it takes a second."""
    return DataFolder(ROOT / "routing_rules")


@pytest.fixture
def ports(tmp_path: Path, migrated: Path, clock: SetClock, data_folder: DataFolder) -> Iterator[Ports]:
    """Ports around a fresh copy of the migrated database, with the default rules, on a clock the test moves."""
    shutil.copy(migrated, tmp_path / "desk.db")
    made = replace(open_ports(_settings(tmp_path), clock, Keys(b"tests")), data=data_folder)
    yield made
    made.db.close()
