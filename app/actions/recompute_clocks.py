"""Bring open clocks under the service levels that hold now: after the file changed, a page of cases at a time, and each change once."""

from typing import Final

from app.actions import clocks
from app.cases import store as cases
from app.core.events import SYSTEM, NewEvent
from app.core.records import with_values
from app.engine import workspace
from app.engine.ports import Ports
from app.judgement.desk import desk_of, levels_of
from app.sla import store as sla

_AT_ONCE: Final = 250  # cases in a transaction; more would keep mentions that are being delivered waiting for too long
_KEPT: Final = "service_levels"


def recompute_clocks(ports: Ports) -> bool:
    """Work out one page of open clocks anew, from what they have counted; False when all are under the present version.

    What is breached stays so, and a deadline that has passed by the new target is missed when the tick next looks. Where a process or the
    file fails midway, the next call goes on: the workspace keeps how far it came.
    """
    levels = levels_of(ports)
    with ports.db.read() as conn:
        kept = workspace.get(conn, _KEPT) or {}
        if kept.get("version") == levels.version and "after" not in kept:
            return False
        after = kept.get("after", "") if kept.get("version") == levels.version else ""
        ids = sla.of_other_levels(conn, levels.version, after, _AT_ONCE)
    with ports.db.write() as tx:
        found = cases.held_all(tx, ids)
        moved = clocks.adjust_all(tx, list(found.values()), desk_of(ports, tx.conn))
        changed = [case for case in moved if case != found[case.id]]
        cases.save_changed(tx, [(found[case.id], with_values(case, updated_at=tx.now)) for case in changed])
        before = kept.get("before" if after else "version")
        count = len(moved) + (kept.get("cases", 0) if after else 0)
        if ids:
            workspace.put(tx, _KEPT, {"version": levels.version, "after": ids[-1], "cases": count, "before": before})
            return True
        workspace.put(tx, _KEPT, {"version": levels.version})
        if before is not None:
            tx.append(NewEvent("levels.changed", SYSTEM, {"version": levels.version, "before": before, "cases": count}))
        return False
