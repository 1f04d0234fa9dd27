"""One run of news as frames: what happened since the last run, read in one snapshot, rendered once for each audience.

This is the part that works in a thread; it sends nothing. Start at ``Editor.edition``.
"""

import time
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.cases.model import Case
from app.core.errors import DeskError
from app.core.events import Event
from app.core.ids import CaseId, PersonId
from app.door.identity import RIGHTS_CHANGED, Visitor, rights_of_sessions
from app.engine.cursor import Cursor, at_event, newest, read_after
from app.engine.database import Snapshot
from app.engine.ports import Ports
from app.queries.notices import bell, came_to_show, told_by
from app.queries.own_count import own_counts
from app.queries.own_presence import own_presences, presence_changed
from app.queries.touched import touched_cases
from app.web.live.audience import Audience, Subscriber, audience_of, key_of
from app.web.live.frames import Frame, Patches, reset_frame
from app.web.live.notices import notices
from app.web.live.providers import COUNTED, bell_region, own_region, presence_regions, regions
from app.web.live.watch import Watch

PAGE: Final = 500
CATCH_UP_BOUND: Final = 5_000  # events; a browser that was away for more fetches its page afresh
TICKED: Final = frozenset({"wallboard", "people"})
"""Kinds of page whose figures move with time too, and with nearly every event: made once a tick instead of at each event."""
_NEW_TARGETS: Final = frozenset({"levels.changed"})
AFRESH: Final = {
    "case": _NEW_TARGETS | {"policy.activated", "queue.added", "queue.changed"}, "inbox": _NEW_TARGETS, "customer": _NEW_TARGETS,
    "legal": _NEW_TARGETS, "approvals": _NEW_TARGETS,
}  # fmt: skip
"""What changes every open page of a kind at once: each is told to fetch itself in its own time, which costs less than to push them all."""
_HANDED_OVER: Final = frozenset({"case.released", "case.assigned"})
"""After one of these a case may be missing from the count of somebody whom no row names any more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is asked for. ``people`` are those connected who see cases, ``unticked`` the events since the last tick if one is due."""

    cursor: Cursor
    audiences: Sequence[Audience] = ()
    joining: Sequence[Subscriber] = ()
    people: frozenset[PersonId] = frozenset()
    nudged: frozenset[CaseId] = frozenset()
    unticked: tuple[Event, ...] | None = None
    time_passed: bool = False
    check_rights: bool = False


@dataclass(slots=True)
class Edition:
    """What a run has, and for whom. ``restored`` says that the log is another one than before: everyone starts afresh.

    ``ended`` are the sessions that are no more; ``changed`` those whose rights are others now. ``cpu_seconds`` is what making it took.
    """

    cursor: Cursor
    events: tuple[Event, ...] = ()
    full: bool = False
    restored: bool = False
    patches: list[tuple[Audience, Frame]] = field(default_factory=list)
    own: list[tuple[PersonId, Frame]] = field(default_factory=list)
    joined: list[tuple[Subscriber, list[Frame]]] = field(default_factory=list)
    ended: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    cpu_seconds: float = 0.0


class Editor:
    """Makes editions. It remembers what each person's own count was sent as last; bounded by the people of the desk."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._own_sent: dict[PersonId, str] = {}
        self._looked_at = ports.clock.now()

    def edition(self, wanted: Wanted) -> Edition:
        """The next run after the cursor that is wanted. Marks of the audiences are moved on as if all of it were sent."""
        began = time.thread_time()
        with self._ports.db.read() as conn:
            events = read_after(conn, wanted.cursor, PAGE)
            if events is None:
                return Edition(newest(conn), restored=True)
            made = Edition(at_event(events[-1]) if events else wanted.cursor, tuple(events), len(events) == PAGE)
            if wanted.check_rights or any(e.kind in RIGHTS_CHANGED for e in events):
                self._check_rights(conn, wanted, made)
            self._print(conn, wanted, made)
            self._admit(conn, wanted.joining, made)
        made.cpu_seconds = time.thread_time() - began
        return made

    def forget(self, audiences: Iterable[Audience]) -> None:
        """An edition was lost on its way: nothing of it counts as sent."""
        self._own_sent.clear()
        for audience in audiences:
            audience.forget()

    def _print(self, conn: Snapshot, wanted: Wanted, made: Edition) -> None:
        """Patches for the audiences there are, each made once."""
        patches, memo = Patches(made.cursor), dict[Hashable, Any]()
        cases = touched_cases(conn, made.events, wanted.nudged)
        open_cases = frozenset(CaseId(a.args) for a in wanted.audiences if a.kind == "case")
        if made.events or wanted.nudged or wanted.time_passed:
            for audience in (a for a in wanted.audiences if a.kind not in TICKED):
                watch = self._watch(conn, audience, made.events, cases, memo, open_cases, time_passed=wanted.time_passed)
                self._patch(made, audience, watch, patches)
            self._count(conn, wanted, made, cases, patches)
        if wanted.unticked is not None:
            for audience in (a for a in wanted.audiences if a.kind in TICKED):
                seen = (*wanted.unticked, *made.events)
                self._patch(made, audience, self._watch(conn, audience, seen, cases, memo, open_cases), patches)

    def _patch(self, made: Edition, audience: Audience, watch: Watch, patches: Patches) -> None:
        if audience.over:
            return
        if audience.kind in AFRESH and any(e.kind in AFRESH[audience.kind] for e in made.events):
            made.patches.append((audience, reset_frame(made.cursor, spread=True)))
            return
        try:
            changed = audience.news(regions(audience.kind, watch))
        except DeskError:
            audience.over = True
            made.patches.append((audience, reset_frame(made.cursor)))
            return
        said = _notices(audience.kind, audience.args, audience.visitor, made.events)
        if changed or said:
            made.patches.append((audience, patches.frame(changed, said)))

    def _count(self, conn: Snapshot, wanted: Wanted, made: Edition, cases: Mapping[CaseId, Case], patches: Patches) -> None:
        """The own counts of those for whom they may have changed, each in a small frame of its own."""
        opened = {e.case for e in made.events if e.kind == "case.opened"}
        everyone = wanted.time_passed or any(e.kind in _HANDED_OVER and e.case not in opened for e in made.events)
        concerned = wanted.people if everyone else wanted.people & {c.assignee_id for c in cases.values() if c.assignee_id is not None}
        for person, mine in own_counts(conn, concerned).items() if concerned else ():
            if self._own_sent.get(person) != mine:
                self._own_sent[person] = mine
                made.own.append((person, patches.frame([own_region(mine)])))
        self._ring(conn, wanted, made, patches)
        self._say(conn, wanted, made, patches)

    def _ring(self, conn: Snapshot, wanted: Wanted, made: Edition, patches: Patches) -> None:
        """The bells of those who were told something, or to whom something is shown by now that could wait for their shift."""
        now = self._ports.clock.now()
        told = told_by(made.events) | (came_to_show(conn, self._looked_at, now) if wanted.time_passed else frozenset())
        concerned = wanted.people & told
        self._looked_at = now if wanted.time_passed else self._looked_at
        for person in sorted(concerned):
            made.own.append((person, patches.frame([bell_region(bell(conn, person, now))])))

    def _say(self, conn: Snapshot, wanted: Wanted, made: Edition, patches: Patches) -> None:
        """The presence of those of whom it was said anew, by themselves on another page or by a supervisor."""
        concerned = wanted.people & presence_changed(made.events)
        for person, own in own_presences(conn, concerned).items() if concerned else ():
            made.own.append((person, patches.frame(presence_regions(own))))

    def _admit(self, conn: Snapshot, joining: Iterable[Subscriber], made: Edition) -> None:
        """Bring those who come up to date; for many who come back at once from the same event to the same page it is made once."""
        read: dict[Cursor, list[Event] | None] = {}
        made_for: dict[Hashable, list[Frame]] = {}
        for subscriber in joining:
            if (since := subscriber.cursor) not in read:
                read[since] = read_after(conn, since, CATCH_UP_BOUND + 1)
            person = subscriber.visitor.asker.person_id
            key = (key_of(subscriber), person, since)
            if key not in made_for:
                made_for[key] = self._caught_up(conn, subscriber, read[since], made.cursor)
            if person is not None:
                self._own_sent.pop(person, None)
            made.joined.append((subscriber, made_for[key]))

    def _caught_up(self, conn: Snapshot, subscriber: Subscriber, events: list[Event] | None, upto: Cursor) -> list[Frame]:
        if events is None or len(events) > CATCH_UP_BOUND:
            return [reset_frame(upto)]
        missed = tuple(e for e in events if e.seq <= upto.seq)
        if not missed:
            return []
        alone = audience_of(subscriber)
        open_cases = frozenset({CaseId(alone.args)}) if alone.kind == "case" else frozenset[CaseId]()
        if any(e.kind in AFRESH.get(alone.kind, ()) for e in missed):
            return [reset_frame(upto, spread=True)]
        watch = self._watch(conn, alone, missed, touched_cases(conn, missed), {}, open_cases)
        try:
            found = regions(alone.kind, watch)
        except DeskError:
            return [reset_frame(upto)]
        asker = subscriber.visitor.asker
        if asker.person_id is not None and asker.may("cases.read") and any(e.kind.startswith(COUNTED) for e in missed):
            found = [*found, *(own_region(mine) for mine in own_counts(conn, [asker.person_id]).values())]
        if asker.person_id is not None and asker.may("cases.read") and asker.person_id in told_by(missed):
            found = [*found, bell_region(bell(conn, asker.person_id, self._ports.clock.now()))]
        if asker.person_id is not None and asker.person_id in presence_changed(missed):
            found = [*found, *(r for own in own_presences(conn, [asker.person_id]).values() for r in presence_regions(own))]
        said = _notices(alone.kind, alone.args, subscriber.visitor, missed)
        return [Patches(upto).frame(found, said)] if found or said else []

    def _watch(
        self, conn: Snapshot, audience: Audience, events: tuple[Event, ...], cases: Mapping[CaseId, Case], memo: dict[Hashable, Any],
        open_cases: frozenset[CaseId], *, time_passed: bool = False,
    ) -> Watch:  # fmt: skip
        return Watch(self._ports, conn, audience.visitor, audience.args, events, cases, memo, open_cases, time_passed)

    def _check_rights(self, conn: Snapshot, wanted: Wanted, made: Edition) -> None:
        """Which sessions have ended, and whose rights are others than when they connected."""
        members = [s.visitor for a in wanted.audiences for s in tuple(a.members)] + [s.visitor for s in wanted.joining]
        had = {v.session: v.asker.permissions for v in members if v.session is not None}
        have = rights_of_sessions(conn, had, self._ports.clock.now())
        made.ended = frozenset(had.keys() - have.keys())
        made.changed = frozenset(session for session, rights in have.items() if rights != had[session])


def _notices(kind: str, args: str, visitor: Visitor, events: tuple[Event, ...]) -> list[dict[str, Any]]:
    return notices(events, args, visitor.asker.person_id) if kind == "case" else []
