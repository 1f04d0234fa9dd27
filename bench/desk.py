"""A desk to measure: a fresh embedded database (WAL, synchronous=FULL) in a temporary folder, migrated, with the default rules."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from app.actions.open_workspace import open_workspace
from app.core.clock import SystemClock
from app.core.settings import Settings
from app.engine.keys import Keys
from app.engine.ports import Ports, open_ports
from app.engine.schema import migrate

ROOT: Final = Path(__file__).resolve().parent.parent


@contextmanager
def open_bench_desk() -> Iterator[Ports]:
    """Ports of an empty desk; its folder is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as name:
        folder = Path(name)
        settings = Settings(
            _env_file=None, database_url=f"sqlite:///{folder / 'desk.db'}", earshot_data_dir=folder, earshot_rules_dir=ROOT / "routing_rules",
            earshot_default_publisher="echo",
        )  # fmt: skip
        ports = open_ports(settings, SystemClock(), Keys(b"bench"))
        migrate(ports.db)
        open_workspace(ports)
        try:
            yield ports
        finally:
            ports.db.close()
