"""An act on many cases: what it would do, case by case and in one sentence; what it did; and the acts that can still be undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.cases import outbox
from app.cases import store as cases
from app.cases import store_bulk as acts
from app.cases.bulk import BulkAct, BulkRow, Fate, Outcome, Standing, as_asked, fate
from app.cases.model import Case, Change
from app.core.asker import Asker
from app.core.errors import Forbidden
from app.core.ids import CaseId, PersonId
from app.engine.ports import Ports
from app.engine.viewers import viewers_of
from app.judgement.desk import desk_of, queues_of
from app.judgement.roster import roster, weight_of
from app.people import store as people
from app.queries.bulk_words import ahead_of, sentence
from app.routing.model import Queue

_GONE = Fate("stays", "it was erased with its customer")


@dataclass(frozen=True, slots=True)
class PersonChoice:
    """Somebody a case can be given to. ``load`` counts cases as the queues weigh them; ``full`` is at or over ``capacity``.

    ``most`` is their hard capacity, None without one.
    """

    id: PersonId
    name: str
    presence: str
    load: float
    capacity: int
    full: bool
    most: int | None = None


@dataclass(frozen=True, slots=True)
class QueueChoice:
    """A queue of the desk."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class BulkLine:
    """One case of an act; of one that was erased only the id. ``outcome`` and ``why`` are what is to become, or became, of it.

    ``undone`` is None unless the act was taken back.
    """

    id: CaseId
    handle: str
    excerpt: str
    band: str
    score: int
    outcome: Outcome
    why: str
    undone: bool | None = None
    undone_why: str = ""
    viewers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """What an act would do now. ``ask`` is what has still to be said, "" when it can be done; ``taken`` counts those others work on."""

    change: Change
    lines: tuple[BulkLine, ...]
    moves: int
    taken: int
    sentence: str
    ask: str
    people: tuple[PersonChoice, ...]
    queues: tuple[QueueChoice, ...]
    may_assign: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What an act did. ``waits`` counts cases it has not come to; ``kept`` what an undo could not give back."""

    act: BulkAct
    person: str
    sentence: str
    lines: tuple[BulkLine, ...]
    moved: int
    waits: int
    done: int
    kept: tuple[BulkLine, ...]
    given_back: int
    may_undo: bool


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The fates of some cases under one change."""

    found: tuple[tuple[CaseId, Case | None, Fate], ...]

    def of(self, outcome: str) -> list[tuple[Case, Fate]]:
        """Those with this outcome that are there."""
        return [(case, fate) for _, case, fate in self.found if case is not None and fate.outcome == outcome]


def plan_bulk(ports: Ports, conn: Connection, asker: Asker, change: Change, ids: Sequence[str]) -> BulkPlan:
    """The plan as it stands this moment. What is still to be said is asked for in words, not refused."""
    asker.need("cases.work")
    change = as_asked(change)
    now, may_assign = ports.clock.now(), asker.may("cases.assign")
    choices = choices_of(ports, conn, asker)
    ask = _missing(change)
    seen = with_room(foresee(conn, asker, change, ids, now), change, choices, queues_of(ports))
    every = foresee(conn, asker, Change(change.verb, change.person, taken_too=False), ids, now) if change.taken_too else seen
    to = ahead_of(change, next((p.name for p in choices if p.id == change.person), "nobody"))
    return BulkPlan(
        change=change,
        lines=lines_of(seen),
        moves=len(seen.of("moved")),
        taken=sum(fate.why.endswith("is working on it") for _, fate in every.of("stays")),
        sentence="" if ask else said_of(change, seen, to),
        ask=ask,
        people=choices,
        queues=tuple(QueueChoice(q.id, q.title) for q in queues_of(ports)),
        may_assign=may_assign,
        now=now,
    )


def foresee(conn: Connection, asker: Asker, change: Change, ids: Sequence[str], now: datetime) -> Foreseen:
    """What would become of each case, in the order given."""
    wanted = [CaseId(id) for id in dict.fromkeys(ids)]
    found, replies = cases.get_all(conn, wanted), outbox.outgoing_of(conn, wanted)
    drafts = acts.drafts_on(conn, wanted, asker.person_id)
    made = list[tuple[CaseId, Case | None, Fate]]()
    for id in wanted:
        case, reply = found.get(id), replies.get(id)
        if case is None:
            made.append((id, None, _GONE))
            continue
        standing = Standing(now, asker.person_id, asker.may("cases.assign"), reply.state if reply else None, drafts.get(id, 0))
        made.append((id, case, fate(change, case, standing)))
    return Foreseen(tuple(made))


def with_room(seen: Foreseen, change: Change, choices: Sequence[PersonChoice], queues: Sequence[Queue]) -> Foreseen:
    """The same, but for those that would be more than the person may hold at the very most: they stay."""
    to = next((p for p in choices if change.verb == "assign" and p.id == change.person), None)
    if to is None or to.most is None:
        return seen
    made, load = list[tuple[CaseId, Case | None, Fate]](), to.load
    for id, case, foreseen in seen.found:
        becomes = foreseen
        if case is not None and becomes.outcome == "moved":
            weight = weight_of(case, queues) if case.state == "open" else 0.0
            if load + weight > to.most:
                becomes = Fate("stays", f"{to.name} may hold {to.most} at most")
            else:
                load += weight
        made.append((id, case, becomes))
    return Foreseen(tuple(made))


def lines_of(seen: Foreseen) -> tuple[BulkLine, ...]:
    """One line a case."""
    return tuple(_line(id, case, fate) for id, case, fate in seen.found)


def said_of(change: Change, seen: Foreseen, to: str) -> str:
    """The plan in a sentence."""
    moved = seen.of("moved")
    stays = [fate.why for _, _, fate in seen.found if fate.outcome == "stays"]
    return sentence(change, [c.queue for c, _ in moved], [f.note for _, f in moved], stays, len(seen.of("same")), to, done=False)


def choices_of(ports: Ports, conn: Connection, asker: Asker) -> tuple[PersonChoice, ...]:
    """Whom this asker may give cases to: available people with the most room first."""
    workers = [w for w in roster(conn, desk_of(ports, conn), ports.clock.now()) if asker.may("cases.assign") or w.id == asker.person_id]
    order = {"available": 0, "busy": 1, "away": 2}
    workers.sort(key=lambda w: (order[w.presence] + w.silent, w.load / max(1, w.capacity), w.name))
    return tuple(
        PersonChoice(w.id, w.name, "silent" if w.silent else w.presence, w.load, w.capacity, w.load >= w.capacity, w.hard_capacity)
        for w in workers
    )


def bulk_result(ports: Ports, conn: Connection, asker: Asker, id: str) -> BulkResult:
    """What became of an act. Its maker and supervisors see it; NotFound after a week."""
    asker.need("cases.read")
    act = acts.get(conn, id)
    if act.by != asker.actor.id and not asker.may("cases.assign"):
        raise Forbidden(f"This is an act of {act.by_name}: only they and supervisors see what became of it.")
    rows = acts.rows(conn, id)
    found = cases.get_all(conn, [row.case for row in rows])
    lines = tuple(_done_line(row, found.get(row.case)) for row in rows)
    names = {p.id: p.name for p in people.everyone(conn)}
    said = _did(act, rows, found, names)
    return BulkResult(
        act=act, person=names.get(act.person, "") if act.person else "", sentence=said, lines=lines,
        moved=sum(row.outcome == "moved" for row in rows), waits=sum(row.outcome == "waits" for row in rows),
        done=sum(row.outcome != "waits" for row in rows), kept=tuple(line for line in lines if line.undone is False),
        given_back=sum(line.undone is True for line in lines),
        may_undo=act.undone_at is None and act.expires_at > ports.clock.now() and asker.may("cases.work"),
    )  # fmt: skip


def recent_acts(ports: Ports, conn: Connection, asker: Asker) -> tuple[BulkResult, ...]:
    """The newest acts that this asker may still undo."""
    now = ports.clock.now()
    mine = acts.recent(conn, None if asker.may("cases.assign") else asker.actor.id)
    return tuple(bulk_result(ports, conn, asker, act.id) for act in mine if act.undone_at is None and act.expires_at > now)[:5]


def _did(act: BulkAct, rows: Sequence[BulkRow], found: dict[CaseId, Case], names: dict[PersonId, str]) -> str:
    parts = []
    if act.person is not None:
        who, before, after = names.get(act.person, "Somebody"), act.person_before, act.person_after
        if act.signed_out:
            parts.append(f"{who} is signed out of {act.signed_out} browser{'' if act.signed_out == 1 else 's'}.")
        elif before != after:
            parts.append(f"{who} is {after['presence']}{' (' + after['reason'] + ')' if after['reason'] else ''}.")
    if act.change is not None:
        moved = [row for row in rows if row.outcome == "moved"]
        queues = [found[row.case].queue if row.case in found else "their queue" for row in moved]
        stays, same = [row.why for row in rows if row.outcome == "stays"], sum(row.outcome == "same" for row in rows)
        to = ahead_of(act.change, names.get(act.change.person, "") if act.change.person else "")
        parts.append(sentence(act.change, queues, [row.why for row in moved], stays, same, to, done=True))
    return " ".join(parts) or "Nothing changed."


def _missing(change: Change) -> str:
    wanted = {
        "assign": (change.person, "Choose whom to give them to."), "queue": (change.queue, "Choose a queue."),
        "tag": (change.tags, "Write a tag."), "untag": (change.tags, "Write the tag to take off."),
        "snooze": (change.until, "Choose until when."),
    }  # fmt: skip
    value, ask = wanted.get(change.verb, (True, ""))
    return "" if value else ask


def _line(id: CaseId, case: Case | None, fate: Fate) -> BulkLine:
    if case is None:
        return BulkLine(id, "", "", "low", 0, fate.outcome, fate.why)
    return BulkLine(
        id, case.author_handle, case.excerpt, case.band, case.score, fate.outcome, fate.why or fate.note, viewers=viewers_of(id)
    )


def _done_line(row: BulkRow, case: Case | None) -> BulkLine:
    if case is None:
        return BulkLine(row.case, "", "", "low", 0, row.outcome, row.why, row.undone, row.undone_why)
    return BulkLine(row.case, case.author_handle, case.excerpt, case.band, case.score, row.outcome, row.why, row.undone, row.undone_why)
