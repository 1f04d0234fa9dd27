"""F5: two agents press Send on the same case at the same moment, each through a web process of its own, a thousand times.

Both had a draft. One answer goes out; the other agent is told whose it was and finds the draft as it was.
"""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from sqlalchemy import func, select

from app.cases import outbox
from app.cases.tables import REPLY
from app.channels.tables import ECHO_POST
from app.core.ids import CaseId, PersonId
from faults.answering import Answerable, open_cases
from faults.model import Count, Fault, Place, Row, Scale
from rig.desk import Agent, Site
from rig.waiting import until
from rig.wire import Answer, Wire

NAMES: Final = ("Ana", "Ben")
GOAL: Final = "1 post a case; every loser is told who answered and keeps the draft; 0 errors"
_FORM: Final = "application/x-www-form-urlencoded"
_POSTED_WITHIN_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Race:
    """What both got, in the order of NAMES."""

    case: Answerable
    answers: tuple[Answer, Answer]

    @property
    def winner(self) -> int | None:
        """Whose answer was taken; None when it was not exactly one."""
        won = [n for n, answer in enumerate(self.answers) if answer.status == 303]
        return won[0] if len(won) == 1 else None


def run(place: Place, scale: Scale) -> Row:
    """Race, wait until all is posted, look."""
    rounds = scale.of(1_000, 30)
    with place.site() as site, ExitStack() as stack:
        people = tuple(site.person(name) for name in NAMES)
        cases = open_cases(site, rounds)
        _draft(site, cases, people)
        parts = ("serve", "web") if site.ports.db.embedded else ("web", "web", "worker")
        first, second, *_ = stack.enter_context(site.processes(*parts, EARSHOT_UNDO_SECONDS="0"))
        agents = [stack.enter_context(site.signed_in(p, r.url)) for p, r in zip(people, (first, second), strict=True)]
        races = asyncio.run(_race(cases, agents))
        place.say(f"{rounds:,} races, won by {NAMES[0]} {sum(r.winner == 0 for r in races):,}")
        try:
            until(lambda: _posts(site)[0] >= rounds, "the posts", seconds=_POSTED_WITHIN_SECONDS)
        except TimeoutError as late:
            place.say(str(late))
        posts, most = _posts(site)
        kept, told = _losers(site, races, people)
    decided = sum(race.winner is not None for race in races)
    odd = [a for race in races for a in race.answers if a.status not in (303, 409)]
    for answer in odd[:3]:
        place.say(f"{answer.status} {answer.body[:300]!r}")
    counted: dict[str, Count] = {
        "races": rounds, "posts": posts, "most a case": most, "undecided": rounds - decided, "losers told": told, "drafts kept": kept,
        "errors": len(odd),
    }  # fmt: skip
    return Row("F5", place.database, counted, GOAL, posts == decided == told == kept == rounds and most == 1 and not odd)


def _draft(site: Site, cases: list[Answerable], people: tuple[PersonId, ...]) -> None:
    with site.ports.db.write() as tx:
        for case in cases:
            for name, person in zip(NAMES, people, strict=True):
                outbox.save_draft(tx, CaseId(case.id), person, _text(name), "public")


def _text(name: str) -> str:
    return f"I am sorry that you are still waiting. I will write to you again this afternoon. {name}"


async def _race(cases: list[Answerable], agents: list[Agent]) -> list[Race]:
    wires = [Wire(agent.url, {"Cookie": agent.cookie, "Origin": agent.url, "Accept": "text/html"}, 30.0) for agent in agents]
    races = []
    for case in cases:
        bodies = [urlencode(case.form(agent.csrf, _text(name))).encode() for agent, name in zip(agents, NAMES, strict=True)]
        for wire in wires:
            await wire.open()
        calls = [wire.post(f"/cases/{case.id}/replies", body, _FORM) for wire, body in zip(wires, bodies, strict=True)]
        answers = list(await asyncio.gather(*calls))
        for n, wire in enumerate(wires):
            while answers[n].status == 503 and "retry-after" in answers[n].headers:  # "try again", and so the agent does
                answers[n] = await wire.post(f"/cases/{case.id}/replies", bodies[n], _FORM)
        races.append(Race(case, (answers[0], answers[1])))
    for wire in wires:
        wire.close()
    return races


def _posts(site: Site) -> tuple[int, int]:
    """How many posts stand on the network, and the most that one case has."""
    of_case = (
        select(func.count().label("n")).select_from(ECHO_POST.join(REPLY, REPLY.c.id == ECHO_POST.c.reply_id)).group_by(REPLY.c.case_id)
    )
    with site.ports.db.read() as conn:
        counts = list(conn.execute(of_case).scalars())
    return sum(counts), max(counts, default=0)


def _losers(site: Site, races: list[Race], people: tuple[PersonId, ...]) -> tuple[int, int]:
    """How many losers have their draft still, and how many were told the winner's name."""
    kept = told = 0
    with site.ports.db.read() as conn:
        for race in races:
            if race.winner is None:
                continue
            loser = 1 - race.winner
            draft = outbox.draft(conn, CaseId(race.case.id), people[loser])
            kept += draft is not None and draft.text == _text(NAMES[loser])
            told += f"{NAMES[race.winner]}" in race.answers[loser].body.decode()
    return kept, told


FAULT = Fault("F5", "two agents press Send", run)
