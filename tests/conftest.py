"""What every test shares: a clean environment, asyncio as the loop, steady random cases, and where recorded data lies."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

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
