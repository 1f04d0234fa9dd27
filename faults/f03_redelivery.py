"""F3: every mention is delivered one to five times, shuffled over eight connections; all of it again, a day later once more; then edited.

The day later is the desk's own: its processes run under libfaketime, 25 hours ahead. Without that library the rows are made 25 hours
older instead, and the row says so.
"""

import json
import random
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text, update

from app.core.clock import rfc3339
from app.mentions.tables import MENTION
from faults import checker
from faults.model import Count, Fault, Place, Row, Scale
from rig.desk import Part, Running, Site
from rig.load import Load
from rig.sender import TEXTS
from rig.sending import sending

CONNECTIONS: Final = 8
LATER: Final = timedelta(hours=25)
_EFFECTS: Final = ("mention", "event", "decision", "case")
GOAL: Final = "1 mention, event, decision and set of timers per id; an edit is 1 revision"


def run(place: Place, scale: Scale) -> Row:
    """Deliver, deliver again, deliver a day later, deliver changed."""
    ids = [f"r{n}" for n in range(scale.of(2_000, 100))]
    chance = random.Random(3)
    moved = faketime()
    with place.site() as site:
        said, token = rfc3339(site.ports.clock.now()), site.token()
        first = {id: _mention(id, n, said) for n, id in enumerate(ids)}
        with ExitStack() as stack:
            url = _start(site, stack, scale, {})
            _deliver(place, token, url, [first[id] for id in ids for _ in range(chance.randint(1, 5))], chance)
            checker.drained(site)
            at_first, noticed = _effects(site), _notices(site)
            _deliver(place, token, url, [first[id] for id in ids for _ in range(chance.randint(1, 5))], chance)
            checker.drained(site)
            noticed_again = _notices(site)
        if moved is None:
            _age(site)
        with ExitStack() as stack:
            later = {} if moved is None else {"LD_PRELOAD": str(moved), "FAKETIME": "+25h", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
            url = _start(site, stack, scale, later)
            _deliver(place, token, url, [first[id] for id in ids for _ in range(chance.randint(1, 3))], chance)
            checker.drained(site)
            a_day_later = _effects(site)
            edits = [_edited(first[id]) for id in ids[: len(ids) // 10]]
            _deliver(place, token, url, [edit for edit in edits for _ in range(chance.randint(1, 5))], chance)
            checker.drained(site)
        found = checker.damage(site, ids)
        at_last = _effects(site)
        if found.doubled:
            place.say(f"doubled: {checker.doubles(site)}")
    counted: dict[str, Count] = {
        "ids": len(ids), "mentions": at_last["mention"], "doubled": found.doubled, "lost": found.lost,
        "notices doubled": noticed_again - noticed, "changed a day later": sum(at_first[k] != a_day_later[k] for k in _EFFECTS),
        "edits": len(edits), "revisions": at_last["revision"], "mentions edited": at_last["edited"], "integrity": found.integrity,
        "a day later by": "libfaketime" if moved else "ageing the rows",
    }  # fmt: skip
    once = at_last["mention"] == len(ids) and at_last["revision"] == at_last["edited"] == len(edits)
    return Row(
        "F3", place.database, counted, GOAL, found.none and once and counted["notices doubled"] == counted["changed a day later"] == 0
    )


def faketime() -> Path | None:
    """Where libfaketime lies on this machine, if it is there."""
    return next(iter(sorted(Path("/usr/lib").glob("**/faketime/libfaketime.so.1"))), None)


def _start(site: Site, stack: ExitStack, scale: Scale, environment: dict[str, str]) -> list[str]:
    started: tuple[Running, ...]
    if site.ports.db.embedded:
        started = (stack.enter_context(site.serve(**environment)),)
    else:
        parts: tuple[Part, ...] = scale.of(("web", "web", "worker", "worker"), ("web", "worker"))
        started = stack.enter_context(site.processes(*parts, **environment))
    return [running.url for running in started if running.part != "worker"]


def _deliver(place: Place, token: dict[str, str], urls: list[str], mentions: list[dict[str, Any]], chance: random.Random) -> None:
    chance.shuffle(mentions)
    bodies = place.folder / "bodies"
    bodies.write_text("".join(json.dumps(m) + "\n" for m in mentions), encoding="utf-8")
    with sending(Load(urls, token, connections=CONNECTIONS, bodies=str(bodies)), place.folder) as sender:
        summary = sender.wait()
    place.say(f"{len(mentions):,} deliveries: {dict(summary.statuses)} {summary.details or ''}")


def _mention(id: str, number: int, at: str) -> dict[str, Any]:
    return {
        "network": "x", "account": "@acme", "external_id": id, "text": f"{TEXTS[number % len(TEXTS)]} {id}", "created_at": at,
        "author": {"handle": f"writer_{number % 40}", "followers": 7},
    }  # fmt: skip


def _edited(mention: dict[str, Any]) -> dict[str, Any]:
    return mention | {"text": mention["text"] + " (edited)", "edited_at": mention["created_at"]}


def _effects(site: Site) -> dict[str, int]:
    kinds = "'mention.received', 'mention.edited', 'case.opened'"
    counts = {
        "mention": "SELECT count(*) FROM mention",
        "event": f"SELECT count(*) FROM event WHERE kind IN ({kinds})",
        "decision": "SELECT count(*) FROM decision WHERE trigger = 'mention.received'",
        "case": 'SELECT count(*) FROM "case"',
        "revision": "SELECT count(*) FROM mention_revision",
        "edited": "SELECT count(*) FROM mention WHERE text LIKE '%(edited)'",
    }
    with site.ports.db.read() as conn:
        return {name: conn.execute(text(query)).scalar_one() for name, query in counts.items()}


def _notices(site: Site) -> int:
    """What people were told, and timers that stand; a day later the timers have fired and say things of their own."""
    query = "SELECT (SELECT count(*) FROM event WHERE kind IN ('notice.sent', 'matter.opened')) + (SELECT count(*) FROM timer)"
    with site.ports.db.read() as conn:
        return int(conn.execute(text(query)).scalar_one())


def _age(site: Site) -> None:
    """Every mention came, and was written, 25 hours earlier than it says."""
    with site.ports.db.write() as tx:
        for row in tx.conn.execute(MENTION.select()).all():
            values = {"created_at": row.created_at - LATER, "received_at": row.received_at - LATER}
            tx.conn.execute(update(MENTION).where(MENTION.c.id == row.id).values(values))


FAULT = Fault("F3", "redelivery, shuffled, a day later, changed", run)
