"""What an act on a person of the floor would do: to their presence, their sign-ins and each case they hold, said before it is done."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, func, select

from app.cases import store_bulk as acts
from app.cases.floor import HELD, HELD_OR_WAITING, cases_change
from app.cases.model import Change, FloorChange
from app.core.asker import Asker
from app.core.ids import CaseId
from app.engine.ports import Ports
from app.judgement.desk import queues_of, reasons_of
from app.people import store as people
from app.people.model import Person
from app.people.tables import SESSION
from app.queries.bulk import BulkLine, PersonChoice, choices_of, foresee, lines_of, said_of, with_room
from app.queries.bulk_words import ahead_of

_BOUND = 500  # cases of one person, as many as one act takes


@dataclass(frozen=True, slots=True)
class FloorPlan:
    """The plan. ``lines`` are all cases the person holds, those that wait last; ``moving`` those of them that are meant."""

    person: Person
    change: FloorChange
    sentence: str
    ask: str
    lines: tuple[BulkLine, ...]
    moving: frozenset[CaseId]
    waiting: int
    sessions: int
    people: tuple[PersonChoice, ...]
    reasons: tuple[str, ...]
    now: datetime


def plan_floor(ports: Ports, conn: Connection, asker: Asker, id: str, change: FloorChange) -> FloorPlan:
    """The plan as it stands this moment. Forbidden for a person of a role above the asker."""
    person = people.get(conn, id)
    asker.need_over(person.role)
    now = ports.clock.now()
    held, waiting = acts.of_person(conn, person.id, HELD, _BOUND), acts.of_person(conn, person.id, ("waiting", "snoozed"), _BOUND)
    every = acts.of_person(conn, person.id, HELD_OR_WAITING, _BOUND) if change.waiting_too else held
    meant = [case for case in every if not change.only or case in change.only]
    moves = cases_change(change)
    choices = tuple(p for p in choices_of(ports, conn, asker) if p.id != person.id)
    ask = "Choose whom to give them to." if moves is not None and moves.verb == "assign" and not change.to else ""
    if change.verb == "reassign" and moves is None:
        ask = "Choose where they go."
    parts = [_of_person(person, change), _of_cases(ports, conn, asker, moves, meant, choices) if moves and not ask and every else ""]
    if moves is None and change.verb != "reassign" and held:
        parts.append(f"{len(held)} case{' stays' if len(held) == 1 else 's stay'} with {person.name}, until the desk finds them gone.")
    probe = moves if moves is not None and not ask else Change("release", taken_too=True)
    seen = with_room(foresee(conn, asker, probe, every, now), probe, choices, queues_of(ports))
    sessions = select(func.count()).where(SESSION.c.person_id == person.id, SESSION.c.expires_at > now)
    return FloorPlan(
        person=person, change=replace(change, only=tuple(meant)), sentence=" ".join(p for p in parts if p), ask=ask,
        lines=lines_of(seen), moving=frozenset(CaseId(case) for case in meant) if moves else frozenset(), waiting=len(waiting),
        sessions=conn.execute(sessions).scalar_one(), people=choices, now=now,
        reasons=tuple(r.title for r in reasons_of(ports).presence),
    )  # fmt: skip


def _of_person(person: Person, change: FloorChange) -> str:
    if change.verb == "sign_out":
        return f"{person.name} is signed out everywhere and counts as away. Nothing they have written is lost."
    if change.verb == "presence" and change.presence:
        why = f" ({change.reason})" if change.reason else ""
        if (person.presence, person.presence_reason) == (change.presence, change.reason):
            return f"{person.name} is {person.presence}{why} already."
        return f"{person.name} becomes {change.presence}{why}."
    return ""


def _of_cases(ports: Ports, conn: Connection, asker: Asker, moves: Change, meant: list[CaseId], choices: tuple[PersonChoice, ...]) -> str:
    to = ahead_of(moves, next((p.name for p in choices if p.id == moves.person), "nobody"))
    seen = with_room(foresee(conn, asker, moves, meant, ports.clock.now()), moves, choices, queues_of(ports))
    said = said_of(moves, seen, to) if meant else "No case is chosen."
    return said + _too_many(moves, choices, len(seen.of("moved")))


def _too_many(moves: Change, choices: tuple[PersonChoice, ...], count: int) -> str:
    to = next((p for p in choices if p.id == moves.person), None)
    if moves.verb != "assign" or to is None:
        return ""
    away = f" {to.name} is {to.presence}." if to.presence != "available" else ""
    over = f" That is {to.load + count:g} of {to.capacity} for {to.name}." if to.load + count > to.capacity else ""
    return away + over
