"""F2: the power fails. By hand, as root: ``python -m faults.power_loss [--runs 10] [--database sqlite|postgresql]``.

The database stands on a disk that forgets what was not flushed (``rig.volatile_disk``); senders outside note what was acknowledged.
Then the power is cut, the processes die, and what reached the disk is mounted and started again. It is no part of ``make faults``,
because it takes root, loop devices and three packages.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from faults import checker
from rig.cluster import Cluster
from rig.desk import Site
from rig.load import Load
from rig.sending import sending
from rig.volatile_disk import NoVolatileDisk, VolatileDisk, volatile_disk
from rig.waiting import until

_MEGABYTES: Final = {"sqlite": 128, "postgresql": 768}
_SETTINGS: Final = {"max_wal_size": "128MB"}


def main(arguments: Sequence[str]) -> int:
    """The exit code: 1 when anything acknowledged was lost."""
    parser = argparse.ArgumentParser(prog="python -m faults.power_loss", description="Cut the power of a real desk, over and over.")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    given = parser.parse_args(arguments)
    acked = lost = doubled = 0
    well = True
    for number in range(given.runs):
        try:
            found = _run(given.database, random.Random().uniform(1.0, 3.0))
        except NoVolatileDisk as why:
            sys.stderr.write(f"The power cannot be cut here: {why}\n")
            return 1
        acked, lost, doubled = acked + found.acknowledged, lost + found.lost, doubled + found.doubled
        well = well and found.none
        sys.stdout.write(
            f"cut {number + 1}: acknowledged {found.acknowledged:,}, lost {found.lost}, doubled {found.doubled}, "
            f"undecided {found.undecided}, integrity {found.integrity}\n"
        )
        sys.stdout.flush()
    sys.stdout.write(f"{given.runs} cuts on {given.database}: acknowledged {acked:,}, lost {lost}, doubled {doubled}\n")
    return 0 if well else 1


def _run(database: str, seconds: float) -> checker.Damage:
    folder = Path(tempfile.mkdtemp(prefix="earshot-power-loss-"))
    try:
        with volatile_disk(_MEGABYTES[database]) as disk:
            return _cut(database, folder, disk, seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _cut(database: str, folder: Path, disk: VolatileDisk, seconds: float) -> checker.Damage:
    disk.on()
    with _server(database, folder, disk) as server:
        url = f"sqlite:///{disk.folder / 'desk.db'}" if server is None else server.database("desk")
        with Site(folder / "site", url) as site:
            desk = site.start("serve")
            desk.wait_until_ready()
            load = Load([desk.url], site.token(), connections=8, batch=2, retry=False, timeout_seconds=2, patience_seconds=2)
            with sending(load, folder) as sender:
                until(lambda: len(sender.acknowledged()) > 0, "a stream")
                time.sleep(seconds)
                disk.cut()
                desk.kill()
                if server is not None:
                    server.kill()
                sender.process.kill()  # its ledger is flushed at each line
                acknowledged = sender.acknowledged()
            site.ports.db.close()
            disk.detach()
            disk.on_again()
            if server is not None:
                server.start()
            with site.serve():
                checker.drained(site)
            return checker.damage(site, acknowledged)


@contextmanager
def _server(database: str, folder: Path, disk: VolatileDisk) -> Iterator[Cluster | None]:
    if database == "sqlite":
        yield None
        return
    disk.folder.chmod(0o755)
    server = Cluster(folder, place=disk.folder, settings=_SETTINGS)
    try:
        server.initialise()
        server.start()
        disk.flush()  # what initdb makes for tests is not flushed by itself
        yield server
    finally:
        server.remove()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
