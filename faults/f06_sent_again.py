"""F6: a double click, and a client that never got its answer: the same call five times with one Idempotency-Key, then another body.

Of each five the first is sent and its connection dropped before the answer; two follow at the same moment through two web processes,
two more one after the other.
"""

import asyncio
import json
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from app.cases.tables import REPLY
from faults.answering import ANSWER, Answerable, open_cases
from faults.model import Count, Fault, Place, Row, Scale
from rig.desk import Site
from rig.wire import Answer, Wire

GOAL: Final = "1 reply a key, answers equal 100 %, another body 422 100 %"
_RUNNING: Final = 409
_BUSY: Final = 503
_ASK_AGAIN_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Told:
    """What the retries of one call got, and the call with another body."""

    again: tuple[Answer, ...]
    other: Answer


def run(place: Place, scale: Scale) -> Row:
    """One case after the other."""
    rounds = scale.of(200, 15)
    with place.site() as site, ExitStack() as stack:
        token = site.token("agent", site.person("Ana"))
        cases = open_cases(site, rounds)
        parts = ("serve", "web") if site.ports.db.embedded else ("web", "web", "worker")
        one, two, *_ = stack.enter_context(site.processes(*parts, EARSHOT_UNDO_SECONDS="120"))
        told = asyncio.run(_send(cases, [one.url, two.url], token))
        replies = _replies(site)
    equal = sum(len({(a.status, a.body) for a in t.again}) == 1 and t.again[0].status == 201 for t in told)
    refused = sum(t.other.status == 422 for t in told)
    odd = [a for t in told for a in (*t.again, t.other) if a.status not in (201, 422)]
    for answer in odd[:3]:
        place.say(f"{answer.status} {answer.body[:300]!r}")
    counted: dict[str, Count] = {
        "keys": rounds, "calls": rounds * 5, "replies": sum(replies), "most a case": max(replies, default=0), "answers equal": equal,
        "other body refused": refused, "errors": len(odd),
    }  # fmt: skip
    met = sum(replies) == equal == refused == rounds and max(replies) == 1 and not odd
    return Row("F6", place.database, counted, GOAL, met)


async def _send(cases: list[Answerable], urls: list[str], token: dict[str, str]) -> list[Told]:
    wires = [Wire(url, token, 30.0) for url in urls]
    lost = Wire(urls[0], token, 30.0)
    told = []
    for number, case in enumerate(cases):
        path, key = f"/api/v1/cases/{case.id}/replies", f"Idempotency-Key: click-{number}\r\n"
        body = json.dumps(case.body()).encode()
        await lost.post_and_hang_up(path, body, more=key)
        again = list(await asyncio.gather(*(_until_done(wire, path, body, key) for wire in wires)))
        again += [await _until_done(wire, path, body, key) for wire in wires]
        other = await wires[number % 2].post(path, json.dumps(case.body(ANSWER + " Promised.")).encode(), more=key)
        told.append(Told(tuple(again), other))
    for wire in wires:
        wire.close()
    return told


async def _until_done(wire: Wire, path: str, body: bytes, key: str) -> Answer:
    """The answer; while the first call still runs, or the database is busy, the desk may ask to come back: nothing was done then."""
    while True:
        answer = await wire.post(path, body, more=key)
        if not (answer.status == _RUNNING and b"still runs" in answer.body) and not (
            answer.status == _BUSY and "retry-after" in answer.headers
        ):
            return answer
        await asyncio.sleep(_ASK_AGAIN_SECONDS)


def _replies(site: Site) -> list[int]:
    with site.ports.db.read() as conn:
        return list(conn.execute(select(func.count()).select_from(REPLY).group_by(REPLY.c.case_id)).scalars())


FAULT = Fault("F6", "double click, lost answer, retries", run)
