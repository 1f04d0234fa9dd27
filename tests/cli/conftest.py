"""A terminal for tests: commands run on the database of the ``ports`` fixture, their two streams kept apart."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.app import app
from app.engine.ports import Ports


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


Earshot = Callable[..., Ran]


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Earshot:
    """``earshot`` in an empty folder, with no database yet and the default settings but for the folders."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EARSHOT_RULES_DIR", str(Path(__file__).resolve().parents[2] / "routing_rules"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*words: object, typed: str = "") -> Ran:
        done = CliRunner().invoke(app, [str(word) for word in words], input=typed, prog_name="earshot")
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Ran(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def earshot(bare: Earshot, ports: Ports, monkeypatch: pytest.MonkeyPatch) -> Earshot:
    """``earshot`` on the migrated database that ``ports`` has open, with the same key."""
    monkeypatch.setenv("DATABASE_URL", ports.db.url)
    monkeypatch.setenv("SECRET_KEY", "tests")
    return bare
