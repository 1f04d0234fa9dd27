"""Four at once on a few cases: whatever the order, the laws hold and nothing that was written is lost."""

from contextlib import ExitStack
from dataclasses import replace

from sqlalchemy import select

from app.actions.seal_log import seal_log
from app.cases.tables import CASE
from app.core.clock import rfc3339
from app.engine.database import Database
from tests.histories import laws
from tests.histories.crowd import AUTHORS, Crowd
from tests.histories.desks import Desks
from tests.histories.played import TEXTS
from tests.support.desk import mention, take_in

AT_ONCE = 4
DEEDS = 60


def test_after_any_order_of_deeds_the_laws_hold(desks: Desks) -> None:
    with desks.open() as desk, ExitStack() as stack:
        now = rfc3339(desk.clock.now())
        take_in(desk.ports, *(mention(f"{a}-first", TEXTS["order"], handle=a, thread=f"{a}-thread", created_at=now) for a in AUTHORS))
        crowd = Crowd(desk)
        each = [replace(desk.ports, db=Database(desk.ports.db.url, desk.clock)) for _ in range(AT_ONCE)]
        for ports in each:
            stack.callback(ports.db.close)
        crowd.go(each, DEEDS)
        seal_log(desk.ports)
        with desk.ports.db.read() as conn:
            told = laws.Log()
            wrong = [
                *laws.of_rows(conn), *told.read_on(conn), *told.against(conn), *laws.of_counts(conn),
                *laws.of_ledger(conn, desk.ports.keys), *crowd.versions,
            ]  # fmt: skip
            tagged = {row.id: set(row.tags) for row in conn.execute(select(CASE.c.id, CASE.c.tags))}
        assert not [why for why in crowd.away if "deadlock" in why], "two met head on"
        assert not wrong, "\n".join(wrong)
        assert not (lost := [(case, tag) for case, tag in crowd.tags if tag not in tagged[case]]), f"lost tags: {lost}"
        assert not (doubled := [r for r, n in crowd.network.posts.items() if n > 1 + crowd.retried.get(r, 0)]), f"posted twice: {doubled}"
