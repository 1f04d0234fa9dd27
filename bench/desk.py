"""A desk to measure: a fresh embedded database (WAL, synchronous=FULL) in a temporary folder, migrated, with the default rules."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from app.actions.open_workspace import open_workspace
from app.core.clock import SystemClock
from app.core.settings import Settings
from app.engine.keys import load_keys
from app.engine.ports import Ports, open_ports
from app.engine.schema import migrate

ROOT: Final = Path(__file__).resolve().parent.parent


def environment_of(folder: Path) -> dict[str, str]:
    """The settings of a desk in this folder, for a process of its own."""
    return {
        "DATABASE_URL": f"sqlite:///{folder / 'desk.db'}", "EARSHOT_DATA_DIR": str(folder),
        "EARSHOT_RULES_DIR": str(ROOT / "routing_rules"), "EARSHOT_DEFAULT_PUBLISHER": "echo", "EARSHOT_BASE_URL": "",
    }  # fmt: skip


@contextmanager
def desk_in(folder: Path, url: str | None = None) -> Iterator[Ports]:
    """Ports of the desk in this folder, or in the database that ``url`` names; made if it is not there."""
    values: dict[str, Any] = {
        "_env_file": None, "database_url": url or f"sqlite:///{folder / 'desk.db'}", "earshot_data_dir": folder,
        "earshot_rules_dir": ROOT / "routing_rules", "earshot_default_publisher": "echo",
        "secret_key": "b" * 64,
    }  # fmt: skip
    settings = Settings(**values)
    ports = open_ports(settings, SystemClock(), load_keys(settings))
    migrate(ports.db)
    open_workspace(ports)
    try:
        yield ports
    finally:
        ports.db.close()


@contextmanager
def open_bench_desk() -> Iterator[Ports]:
    """Ports of an empty desk; its folder is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as name, desk_in(Path(name)) as ports:
        yield ports
