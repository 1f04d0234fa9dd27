"""What holds of the rows and the log after any history, whoever did what: clocks, timers, places, the order of events, the ledger."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import Connection, func, select

from app.cases.tables import CASE, REPLY
from app.core.events import Event
from app.engine import ledger, log
from app.engine.keys import Keys
from app.engine.timers import TIMER
from app.escalation.tables import MATTER
from app.mentions.tables import MENTION
from app.sla.model import RESPONSE_METRICS
from app.sla.nearest import Shown, shown
from app.sla.rests import RESTED_BY
from app.sla.tables import CLOCK

ON_ITS_WAY: Final = ("queued", "sending", "by_hand")
OUTGOING: Final = ("pending_approval", "unknown", *ON_ITS_WAY)
# One reply as the log tells it, a letter an event: S submitted, A approved, Q queued, R rejected, C cancelled, T sent, F failed, U unknown.
LETTERS: Final = {
    "reply.submitted": "S", "reply.approved": "A", "reply.queued": "Q", "reply.rejected": "R", "reply.cancelled": "C", "reply.sent": "T",
    "reply.failed": "F", "reply.unknown": "U",
}  # fmt: skip
# Events of which each raises the version of its case.
BUMPS: Final = ("mention.received", "mention.edited", "mention.deleted", "reply.queued", "reply.submitted", "reply.sent")
LIFE: Final = re.compile(r"(S(R|C|AQ)?|Q)((F|U+)?Q|U+)*(T|C|F|FC)?|S(R|C)")


def of_rows(conn: Connection) -> Iterator[str]:
    """Every law of the present rows that does not hold."""
    out: dict[str, list[Any]] = defaultdict(list)
    for r in conn.execute(select(REPLY).where(REPLY.c.state.in_(OUTGOING))):
        out[r.case_id].append(r)
    clocks: dict[str, list[Any]] = defaultdict(list)
    for c in conn.execute(select(CLOCK).order_by(CLOCK.c.id)):
        clocks[c.case_id].append(c)
        yield from _of_clock(c)
    matters: dict[str, list[Any]] = defaultdict(list)
    for m in conn.execute(select(MATTER)):
        matters[m.case_id].append(m)
    timers = {(t.subject, t.purpose): t for t in conn.execute(select(TIMER))}
    for case in conn.execute(select(CASE)):
        yield from (
            f"case {case.id} ({case.state}): {said}" for said in _of_case(case, out[case.id], clocks[case.id], matters[case.id], timers)
        )
    twice = select(MENTION.c.external_id).group_by(MENTION.c.network, MENTION.c.instance, MENTION.c.external_id).having(func.count() > 1)
    yield from (f"mention {row.external_id} is stored twice" for row in conn.execute(twice))


def _of_clock(clock: Any) -> Iterator[str]:
    spans = clock.intervals
    if clock.elapsed_seconds < 0 or any(end is not None and end < start for start, end, _, _ in spans):
        yield f"clock {clock.id} counts backwards: {spans}"
    if any(one[1] != other[0] for one, other in pairwise(spans)) or any(span[1] is None for span in spans[:-1]):
        yield f"clock {clock.id} has a hole or an overlap: {spans}"
    if (clock.stopped_at is None) != (spans[-1][1] is None):
        yield f"clock {clock.id} is stopped at {clock.stopped_at} but its last span is {spans[-1]}"
    if (clock.state == "met" and clock.breached_at is not None) or (clock.state == "breached") != (clock.breached_at is not None):
        yield f"clock {clock.id} is {clock.state}, breached at {clock.breached_at}"


def _of_case(case: Any, out: list[Any], clocks: list[Any], matters: list[Any], timers: dict[tuple[str, str], Any]) -> Iterator[str]:
    wake = timers.get((case.id, "wake"))
    asleep = case.state == "snoozed"
    if (case.snoozed_until is not None) != asleep or (wake is not None) != asleep or (wake and wake.due_at != case.snoozed_until):
        yield f"snoozed until {case.snoozed_until}, its timer wakes it at {wake and wake.due_at}"
    if (case.state == "done") != (case.disposition is not None) or (case.state == "done") != (case.closed_at is not None):
        yield f"disposition {case.disposition}, closed at {case.closed_at}"
    if case.claim_until is not None and (case.assignee_id is None or (case.id, "claim") not in timers):
        yield f"a claim until {case.claim_until} of {case.assignee_name} that no timer ends"
    if len(out) > 1 or (case.state == "done" and out):
        yield f"its one outgoing place is held by {[r.state for r in out]}"
    if (case.state == "pending") != any(r.state == "pending_approval" for r in out) and not asleep:
        yield f"outgoing is {[r.state for r in out]}"
    yield from _of_its_clocks(case, out, clocks, matters, timers)


def _of_its_clocks(case: Any, out: list[Any], clocks: list[Any], matters: list[Any], timers: dict[tuple[str, str], Any]) -> Iterator[str]:
    lasting = [c for c in clocks if c.stopped_at is None]
    metrics = [c.metric for c in lasting]
    answers = [metric for metric in metrics if metric in RESPONSE_METRICS]
    if len(answers) > 1 or len({(c.metric, c.matter_id) for c in lasting}) < len(lasting) or (case.state == "done" and lasting):
        yield f"{metrics} last"
    if case.state in ("open", "pending") and case.waiting_since is not None and not answers:
        yield "its customer waits, but no clock runs"
    if Shown(case.due_at, case.due_metric, case.due_state) != shown(lasting):
        yield f"its row shows {case.due_metric} {case.due_state}, its clocks are {metrics}"
    standing = {
        "snoozed": case.state == "snoozed",
        "legal": case.hold and any(m.kind != "supervisor" and m.state != "closed" for m in matters),
        "community": case.state == "pending" and case.waiting_on == "community",
        "answer": any(r.state in ON_ITS_WAY or (r.state == "unknown" and r.check_at is not None) for r in out),
        "customer": case.state == "waiting",
    }
    for clock in lasting:
        rests = clock.intervals[-1][2] == "paused"
        if rests != any(standing[rest] for rest in RESTED_BY[clock.metric]):
            yield f"its {clock.metric} {'rests' if rests else 'runs'}, but {[rest for rest, holds in standing.items() if holds]} hold"
        if clock.matter_id is not None and any(m.id == clock.matter_id and m.decided_at is not None for m in matters):
            yield f"its {clock.metric} lasts, but the matter is decided"
        if clock.state == "running" and (clock.id, "breach") not in timers:
            yield "no timer tells when its clock is breached"


def of_counts(conn: Connection) -> Iterator[str]:
    """Every number on a case that is not what the rows and the log add up to: an update that was lost would show here."""
    heard = {
        row.case_id: row.posts for row in conn.execute(select(MENTION.c.case_id, func.count().label("posts")).group_by(MENTION.c.case_id))
    }
    told: dict[str, Counter[str]] = defaultdict(Counter)
    for event in conn.execute(select(log.EVENT.c.case_id, log.EVENT.c.kind).where(log.EVENT.c.case_id.is_not(None))):
        told[event.case_id][event.kind] += 1
    for case in conn.execute(select(CASE)):
        if case.mention_count != heard[case.id] or case.reply_count != told[case.id]["reply.sent"]:
            yield f"case {case.id} counts {case.mention_count} of {heard[case.id]} posts, {case.reply_count} answers of {told[case.id]}"
        least = sum(told[case.id][kind] for kind in BUMPS)
        if case.version < least:
            yield f"case {case.id} is at version {case.version}, but {least} events each raised it"


@dataclass
class Log:
    """The log as far as it was read, and what it says of each case and reply so far."""

    read: int = 0
    depths: list[int] = field(default_factory=list)
    holders: dict[str, str | None] = field(default_factory=lambda: defaultdict(lambda: None))
    lives: dict[str, str] = field(default_factory=lambda: defaultdict(str))
    clocks: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def read_on(self, conn: Connection) -> Iterator[str]:
        """Every law of the events since the last time that does not hold."""
        while events := log.read_since(conn, self.read):
            for event in events:
                yield from (f"event {event.seq} {event.kind}: {said}" for said in self._of(event))
                self.read = event.seq

    def against(self, conn: Connection) -> Iterator[str]:
        """Where the rows are not what the log tells."""
        for case in conn.execute(select(CASE.c.id, CASE.c.assignee_id)):
            if self.holders[case.id] != case.assignee_id:
                yield f"case {case.id} is held by {case.assignee_id}; by the log by {self.holders[case.id]}"
        ends = {"sent": "T", "failed": "F", "cancelled": "RC", "unknown": "U", "pending_approval": "S", "queued": "Q", "sending": "Q"}
        for reply in conn.execute(select(REPLY.c.id, REPLY.c.state)):
            life = self.lives[reply.id]
            if not LIFE.fullmatch(life) or (reply.state != "by_hand" and life[-1:] not in ends[reply.state]):
                yield f"reply {reply.id} is {reply.state}, its life in the log is {life}"

    def _of(self, event: Event) -> Iterator[str]:
        if event.seq != self.read + 1:
            yield f"follows {self.read}"
        self.depths.append(event.depth)
        if event.cause is None and event.depth != 0:
            yield f"depth {event.depth} without a cause"
        if event.cause is not None and not (0 < event.cause < event.seq and self.depths[event.cause - 1] < event.depth):
            yield f"depth {event.depth}, caused by {event.cause}"
        if event.kind in LETTERS:
            self.lives[event.data["reply"]] += LETTERS[event.kind]
        if event.kind in ("clock.met", "clock.breached"):
            self.clocks[event.kind, event.data["clock"]] += 1
            if (
                self.clocks[event.kind, event.data["clock"]] > 1
                or self.clocks["clock.met", event.data["clock"]] * self.clocks["clock.breached", event.data["clock"]]
            ):
                yield "the second of its clock"
        if event.case is not None and event.kind in ("case.claimed", "case.assigned", "case.released"):
            yield from self._held(event, event.case)

    def _held(self, event: Event, case: str) -> Iterator[str]:
        held = self.holders[case]
        if event.kind == "case.released":
            if held is None:
                yield "nobody held it"
            self.holders[case] = None
        elif event.kind == "case.claimed":
            if held not in (None, event.actor.id):
                yield f"{held} held it"
            self.holders[case] = event.actor.id
        else:
            self.holders[case] = event.data["to"]


def of_ledger(conn: Connection, keys: Keys) -> Iterator[str]:
    """Whether the sealed chain holds."""
    verdict = ledger.verify(conn, keys)
    if verdict.broken_at is not None:
        yield f"the ledger breaks at {verdict.broken_at}: {verdict.why}"
