"""F24: among a hundred good mentions one that is made to hurt, of twelve kinds; and one that the pipeline cannot take at all.

Each kind must be refused with a word that says where, or stored; the mention right after it must not wait. The thirteenth is written
into the intake by hand, as a damaged row would stand there: it is tried three times, set aside with all it held, and run again when mended.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import ExitStack, closing
from typing import Any, Final

from sqlalchemy import insert, select, update

from app.actions.repair_intake import repair_intake
from app.core.asker import asker_of
from app.core.clock import rfc3339
from app.engine.intake_queue import INTAKE, MAX_ATTEMPTS
from app.engine.log import EVENT
from app.mentions.tables import MENTION
from faults import checker
from faults.model import Count, Fault, Place, Row, Scale
from rig.desk import Part, Running, Site
from rig.waiting import until
from rig.wire import Answer, Wire

GOAL_DELAY_SECONDS: Final = 1.0
PARKED_WITHIN_SECONDS: Final = 60.0
PATH: Final = "/api/v1/mentions"
DAMAGED: Final = "damaged"
_REST_SECONDS: Final = 0.25  # between two hundreds, so that a mention waits for what is poisonous and not for a queue of good ones
_SHORT_GOAL_SECONDS: Final = 5.0  # a test may share its machine


def poison(id: str, at: str) -> dict[str, bytes]:
    """The twelve kinds as request bodies."""

    def saying(text: object, **more: Any) -> bytes:
        return json.dumps(_mention(id, at) | {"text": text} | more).encode()

    plain = saying("@acme hello")
    return {
        "10 MB": saying("x" * 10_000_000),
        "NUL": saying("@acme a\x00b", author={"handle": "nul_author", "name": "N\x00ul"}),
        "lone surrogate": plain.replace(b"hello", b"\\ud800 half"),
        "10k combining marks": saying("@acme z" + "\u0301" * 10_000),
        "10k deep": b'{"text":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        "wrong types": saying(5, followers="many", author=[], created_at=12),
        "regex bomb": saying("@acme " + "a" * 40_000 + "!" + "(" * 5_000 + "a@" * 5_000),
        "bidi": saying("@acme \u202e\u2066evil\u2069\u202c \u200f" * 50),
        "2,000 ZWJ": saying("@acme " + "\u200d".join(["\U0001f468"] * 2_000)),
        "100k hashtags": saying("#a " * 33_000),
        "bad UTF-8": plain.replace(b"hello", b"\xff\xfe\xc3\x28"),
        "key twice": plain[:-1] + b', "text": "another"}',
    }


def run(place: Place, scale: Scale) -> Row:
    """Send, wait, look where each went."""
    rounds, between = scale.of(5, 1), scale.of(99, 20)
    with place.site() as site, ExitStack() as stack:
        parts: tuple[Part, ...] = ("serve",) if site.ports.db.embedded else ("web", "worker")
        started = stack.enter_context(site.processes(*parts))
        damaged = _damage(site)
        asyncio.run(_first(site, started[0]))
        until(lambda: checker.stored(site) == 1, "the first mention")
        sent = asyncio.run(_send(site, started[0], rounds, between, scale.of(_REST_SECONDS, 0.0)))
        checker.drained(site)
        unclear = [f"{kind}: {answer.status} {answer.body[:200]!r}" for kind, _, answer in sent if not _clear(answer)]
        gone = [kind for kind, id, answer in sent if _taken(answer) and not _stored(site, id)]
        delays = _delays(site, "next-")
        attempts, replayed = _quarantine(site, damaged)
        deaths = sum(not running.alive for running in started) + site.logs().count("a job stopped")
        found = checker.damage(site, [f"good-{n}" for n in range(rounds * 12 * between)])
    for words in [*unclear, *gone][:5]:
        place.say(words)
    stored = sum(_taken(a) for _, _, a in sent) - len(gone)
    counted: dict[str, Count] = {
        "poison": len(sent), "stored": stored, "refused unclearly": len(unclear), "vanished": len(gone),
        "deaths": deaths, "next waits at most s": max(delays), "attempts": attempts, "replayed": replayed, "good ones lost": found.lost,
        "integrity": found.integrity,
    }  # fmt: skip
    bound = scale.of(GOAL_DELAY_SECONDS, _SHORT_GOAL_SECONDS)
    met = found.none and not unclear and not gone and deaths == 0 and max(delays) <= bound and attempts == MAX_ATTEMPTS and replayed == 1
    goal = f"0 deaths, next within {bound:g} s, each refused clearly or stored, set aside after {MAX_ATTEMPTS} attempts and replayable"
    return Row("F24", place.database, counted, goal, met)


def _mention(id: str, at: str) -> dict[str, Any]:
    return {
        "network": "x", "account": "@acme", "external_id": id, "text": f"@acme where is my order? {id}", "created_at": at,
        "author": {"handle": f"of_{id}"},
    }  # fmt: skip


async def _first(site: Site, running: Running) -> None:
    """One good mention in no clear language, so that what follows meets a desk that has read all its lists."""
    first = _mention("first", rfc3339(site.ports.clock.now())) | {"text": "@acme ona wyi tarna, sel ito mende"}
    with closing(Wire(running.url, site.token(), 30.0)) as wire:
        await wire.post(PATH, json.dumps(first).encode())


async def _send(site: Site, running: Running, rounds: int, between: int, rest: float) -> list[tuple[str, str, Answer]]:
    wire = Wire(running.url, site.token(), 30.0)
    sent: list[tuple[str, str, Answer]] = []
    good = 0
    for number in range(rounds):
        for kind, id in [(kind, f"bad-{number}-{n}") for n, kind in enumerate(poison("", ""))]:
            at = rfc3339(site.ports.clock.now())
            batch = [_mention(f"good-{good + n}", at) for n in range(between)]
            good += between
            await wire.post(PATH, json.dumps(batch).encode())
            try:
                answer = await wire.post(PATH, poison(id, at)[kind])
            except ConnectionError as error:  # refused before it was read to the end
                answer = Answer(0, {}, str(error).encode())
            sent.append((kind, id, answer))
            await wire.post(PATH, json.dumps(_mention(f"next-{len(sent)}", at)).encode())
            await asyncio.sleep(rest)
    wire.close()
    return sent


def _taken(answer: Answer) -> bool:
    return answer.status == 202 and json.loads(answer.body)["results"][0]["status"] == "accepted"


def _clear(answer: Answer) -> bool:
    """Taken, or refused with a sentence and, where an item is at fault, the place in it."""
    if _taken(answer):
        return True
    if answer.status == 202:
        result = json.loads(answer.body)["results"][0]
        return result["status"] == "rejected" and bool(result["error"]["detail"]) and bool(result["error"]["errors"][0]["loc"])
    return answer.status in (400, 413, 422) and bool(json.loads(answer.body).get("detail"))


def _stored(site: Site, id: str) -> bool:
    with site.ports.db.read() as conn:
        return conn.execute(select(MENTION.c.id).where(MENTION.c.external_id == id)).first() is not None


def _delays(site: Site, prefix: str) -> Sequence[float]:
    """Seconds from the acknowledgement of each of these mentions to its event."""
    query = select(EVENT.c.at, MENTION.c.received_at).join(MENTION, MENTION.c.id == EVENT.c.mention_id)
    with site.ports.db.read() as conn:
        rows = conn.execute(query.where(EVENT.c.kind == checker.RECEIVED, MENTION.c.external_id.startswith(prefix))).all()
    return [(row.at - row.received_at).total_seconds() for row in rows]


def _damage(site: Site) -> int:
    """A row in the intake that no parser of ours would have let in; its id."""
    with site.ports.db.write() as tx:
        row = {"key": f"x\x1f\x1f{DAMAGED}\x1f", "received_at": tx.now, "source": "rig", "body": {"network": "x", "text": 5}}
        return int(tx.conn.execute(insert(INTAKE).values(**row, state="waiting", attempts=0).returning(INTAKE.c.id)).scalar_one())


def _quarantine(site: Site, id: int) -> tuple[int, int]:
    """How often the damaged row was tried before it was set aside, with its body; and whether it runs when mended."""

    def parked() -> Any:
        with site.ports.db.read() as conn:
            return conn.execute(select(INTAKE).where(INTAKE.c.id == id, INTAKE.c.state == "parked")).first()

    row = until(parked, "the quarantine of the damaged row", seconds=PARKED_WITHIN_SECONDS)
    if row.body != {"network": "x", "text": 5} or not row.error:
        return 0, 0
    with site.ports.db.write() as tx:
        mended = _mention(DAMAGED, rfc3339(tx.now))
        tx.conn.execute(update(INTAKE).where(INTAKE.c.id == id).values(body=mended))
    repair_intake(site.ports, asker_of("admin", site.person("Ada", "admin"), "Ada"), id)
    until(lambda: _stored(site, DAMAGED), "the mended mention")
    return row.attempts, 1


FAULT = Fault("F24", "poison mentions of twelve kinds", run)
