"""``python -m faults [F1 F3 …] [--database sqlite|postgresql|both] [--short] [--json FILE]``: break the desk and say what it did.

Ends with 0 when every goal was met, 1 when one was not, 2 for a name that is no fault. A fault that cannot run on this machine says
why and does not count. Progress goes to stderr, the table to stdout.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NoReturn

from faults import suite
from faults.model import BOTH, Row, Scale
from faults.table import line, table
from rig.cluster import NoPostgres, cluster

WRONG_USAGE: Final = 2


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m faults", description="Break a real desk, one way after the other, and count the damage."
    )
    parser.add_argument("ids", nargs="*", metavar="FAULT", help=f"of {' '.join(suite.modules())}; all when none is given")
    parser.add_argument("--database", choices=(*BOTH, "both"), default="both")
    parser.add_argument("--short", action="store_true", help="seconds instead of minutes: shows that the fault works, proves little")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there too")
    given = parser.parse_args(arguments)
    ids = [id.upper() for id in given.ids] or list(suite.modules())
    if unknown := [id for id in ids if id not in suite.modules()]:
        sys.stderr.write(f"There is no fault {unknown[0]}: choose from {' '.join(suite.modules())}.\n")
        return WRONG_USAGE
    databases = BOTH if given.database == "both" else (given.database,)
    rows: list[tuple[str, Row]] = []
    try:
        _run_all(ids, databases, Scale(given.short), rows)
    finally:  # Ctrl+C after ten minutes must not cost the ten minutes
        if rows:
            sys.stdout.write(f"\n{table(rows)}\n")
        if given.json is not None:
            given.json.write_text(json.dumps([row.as_json(title) for title, row in rows], indent=1) + "\n", encoding="utf-8")
    return 1 if any(row.met is False for _, row in rows) else 0


def _run_all(ids: Sequence[str], databases: Sequence[str], scale: Scale, rows: list[tuple[str, Row]]) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="earshot-faults-")))
        server = None
        if "postgresql" in databases:
            try:
                server = stack.enter_context(cluster(folder, durable=True))
            except NoPostgres as why:
                sys.stderr.write(f"Faults on PostgreSQL are left out: {why}\n")
        for id in ids:
            fault = suite.fault(id)
            for database in (d for d in fault.databases if d in databases):
                if database == "postgresql" and server is None:
                    rows.append((fault.title, Row(id, database, {}, "cannot run here: no PostgreSQL server", None)))
                    continue
                sys.stderr.write(f"{id} {fault.title} on {database} …\n")
                began = time.monotonic()
                with suite.fresh_place(id, database, server) as place:
                    row = suite.run(fault, place, scale)
                rows.append((fault.title, row))
                sys.stderr.write(f"{line(fault.title, row)} ({time.monotonic() - began:.0f} s)\n")


def _end(*_: object) -> NoReturn:
    """SIGTERM unwinds as Ctrl+C does, so that every process started here is ended by the block that started it."""
    sys.exit(1)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
