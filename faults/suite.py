"""Finds the faults and runs one: a module ``fNN_what_it_is.py`` exports ``FAULT``; each run gets a fresh folder and a fresh database."""

import re
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Final

from faults.model import CannotRun, DatabaseName, Fault, Place, Row, Scale
from rig.cluster import Cluster

_MODULE: Final = re.compile(r"f(\d\d)_\w+")
_LAST_WORDS: Final = 1_500  # characters of each log shown when a fault breaks off


def modules() -> dict[str, str]:
    """The name of each fault's module by the fault's id, in the order of their numbers."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("f??_*.py"))
    return {f"F{int(found[1])}": name for name in names if (found := _MODULE.fullmatch(name))}


def fault(id: str) -> Fault:
    """The fault with this id; KeyError when there is none."""
    found: Fault = import_module(f"faults.{modules()[id]}").FAULT
    if found.id != id:
        raise ValueError(f"faults/{modules()[id]}.py exports {found.id}")
    return found


def run(fault: Fault, place: Place, scale: Scale) -> Row:
    """The fault's row; what breaks it off is a goal not met, said on stderr with the ends of the desk's logs."""
    try:
        return fault.run(place, scale)
    except CannotRun as why:
        return Row(fault.id, place.database, {}, f"cannot run here: {why}", None)
    except Exception as error:
        traceback.print_exc()
        for log in sorted(place.folder.rglob("*.log")):
            sys.stderr.write(f"--- {log.name}\n{log.read_text(errors='replace')[-_LAST_WORDS:]}\n")
        return Row(
            fault.id, place.database, {"broke off": " ".join(f"{type(error).__name__}: {error}".split())[:160]}, "it runs to its end", False
        )


@contextmanager
def fresh_place(id: str, database: DatabaseName, cluster: Cluster | None) -> Iterator[Place]:
    """A new folder, removed at the end, and a new database in it or in the cluster."""
    with tempfile.TemporaryDirectory(prefix=f"earshot-{id}-") as name:
        folder = Path(name)
        if database == "sqlite":
            yield Place(folder, database, f"sqlite:///{folder / 'desk.db'}")
            return
        if cluster is None:
            raise ValueError("a place on PostgreSQL needs a cluster")
        if not cluster.pids():  # the fault before may have left it dead
            cluster.start()
        called = folder.name.replace("-", "_").lower()
        yield Place(folder, database, cluster.database(called), cluster)
        if cluster.pids():
            cluster.drop(called)
