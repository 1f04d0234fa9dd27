"""Several at once do random deeds on a few cases, each by connections of their own, as that many processes would.

Nobody can say what each deed must come to; what must hold is what holds after any order: see ``laws``. A refusal is an answer,
any other error is a fault.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from app.actions.accept_mentions import Delivery, accept_mentions
from app.actions.add_note import add_note
from app.actions.cancel_reply import cancel_reply
from app.actions.claim_case import claim_case, next_case
from app.actions.close_case import close_case, reopen_case
from app.actions.decide_matter import decide_matter
from app.actions.decide_reply import Word, decide_reply
from app.actions.escalate_case import escalate_case
from app.actions.release_case import assign_case, release_case
from app.actions.send_reply import ReplyForm, send_reply
from app.actions.set_score import set_score
from app.actions.settle_reply import drop_reply, retry_reply, settle_reply
from app.actions.snooze_case import snooze_case, wake_case
from app.actions.tag_case import tag_case
from app.cases import store as cases
from app.cases.tables import CASE, REPLY
from app.channels.by_hand import ByHandPublisher
from app.channels.port import Outcome, Outgoing
from app.core.clock import rfc3339
from app.core.errors import DeskError
from app.engine.outage import DatabaseAway
from app.engine.ports import Ports
from app.escalation import store as escalation
from app.jobs.deadlines import fire_due
from app.jobs.deliver import deliver_due, settle_due
from app.jobs.intake import one_batch
from app.judgement.desk import desk_of
from app.policy.gate import missing
from tests.histories.desks import OpenDesk
from tests.histories.network import Mood, Outside
from tests.histories.played import ANSWER, TEXTS
from tests.support.desk import mention

AUTHORS: Final = ("jo", "max", "kim")
MOODS: Final[tuple[Mood, ...]] = ("ok", "ok", "ok", "refuses", "silent", "lost")
KINDS: Final = (*["order"] * 6, *TEXTS)
PEOPLE: Final = ("ana", "ben", "tim", "sue", "leo")


class Busy(Outside):
    """A network that several call at once, each finding it in a mood of its own."""

    def __init__(self) -> None:
        super().__init__("never")
        self._one = threading.Lock()
        self._drawn = random.Random(1)

    def publish(self, out: Outgoing) -> Outcome:
        """One call."""
        with self._one:
            self.mood = self._drawn.choice(MOODS)
            return super().publish(out)


@dataclass
class Crowd:
    """``retried`` counts how often a person said "try again" about a reply, ``tags`` what was added and never removed, by case."""

    desk: OpenDesk
    network: Busy = field(default_factory=Busy)
    retried: dict[str, int] = field(default_factory=dict)
    tags: list[tuple[str, str]] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    away: list[str] = field(default_factory=list)

    def go(self, ports: Sequence[Ports], deeds: int) -> None:
        """Each of the ports does so many deeds, all at the same time; what one raises that is no refusal is raised here."""
        with ThreadPoolExecutor(len(ports)) as pool:
            for done in [pool.submit(_Person(self, own, seed).work, deeds) for seed, own in enumerate(ports)]:
                done.result()


class _Person:
    """One of the crowd."""

    def __init__(self, crowd: Crowd, ports: Ports, seed: int) -> None:
        self.crowd, self.ports, self.drawn, self.seed = crowd, ports, random.Random(seed), seed
        self.publishers: dict[str, Any] = {"echo": crowd.network, "by_hand": ByHandPublisher()}
        self.seen: dict[str, int] = {}

    def work(self, deeds: int) -> None:
        """Deed after deed."""
        verbs: list[Callable[[int], object]] = [
            self._hear, self._hear, self._on_case, self._on_case, self._on_case, self._send, self._send, self._on_reply, self._on_reply,
            self._matter, self._jobs, self._tag,
        ]  # fmt: skip
        for number in range(deeds):
            try:
                self.drawn.choice(verbs)(number)
            except DatabaseAway as error:
                self.crowd.away.append(error.why)
            except DeskError as refusal:
                self.crowd.refusals[type(refusal).__name__] += 1  # an answer like any other
            self._look()

    def _look(self) -> None:
        """Versions only grow."""
        with self.ports.db.read() as conn:
            for row in conn.execute(select(CASE.c.id, CASE.c.version)):
                if row.version < self.seen.get(row.id, 0):
                    self.crowd.versions.append(f"case {row.id} went from version {self.seen[row.id]} to {row.version}")
                self.seen[row.id] = row.version

    def _hear(self, number: int) -> None:
        author, kind = self.drawn.choice(AUTHORS), self.drawn.choice(KINDS)
        now = rfc3339(self.ports.clock.now())
        post = mention(f"{author}-{self.seed}-{number}", TEXTS[kind], handle=author, thread=f"{author}-thread", created_at=now)
        accept_mentions(self.ports, [Delivery("crowd", [post])])
        one_batch(self.ports)

    def _on_case(self, _number: int) -> None:
        case, who = self._case(), self._who()
        until = self.ports.clock.now() + timedelta(minutes=self.drawn.choice([1, 60]))
        verbs: list[Callable[[], object]] = [
            lambda: claim_case(self.ports, who, case), lambda: next_case(self.ports, who), lambda: release_case(self.ports, who, case),
            lambda: assign_case(self.ports, who, case, self._who().person()), lambda: snooze_case(self.ports, who, case, until),
            lambda: wake_case(self.ports, who, case), lambda: close_case(self.ports, who, case, "spam"),
            lambda: reopen_case(self.ports, who, case), lambda: add_note(self.ports, who, case, "seen"),
            lambda: escalate_case(self.ports, who, case, to="legal", reason="court"),
            lambda: set_score(self.ports, who, case, self.drawn.choice([None, 90]), reason="so"),
        ]  # fmt: skip
        self.drawn.choice(verbs)()

    def _send(self, number: int) -> None:
        case, who = self._case(), self._who()
        with self.ports.db.read() as conn:
            now = cases.get(conn, case)
            needed = missing(next((p for p in desk_of(self.ports, conn).policies if p.id == now.policy), None), ())
        ticks = {item.id: True for item in needed}
        send_reply(self.ports, who, case, ReplyForm(f"{ANSWER} ({number})", now.version, checklist=ticks, propose=now.hold))

    def _on_reply(self, _number: int) -> None:
        with self.ports.db.read() as conn:
            ids = list(conn.execute(select(REPLY.c.id).order_by(REPLY.c.id.desc()).limit(6)).scalars())
        if not ids:
            return
        reply, who, word = self.drawn.choice(ids), self._who(), self.drawn.choice([Word("approve"), Word("reject", "no")])
        verbs: list[Callable[[], object]] = [
            lambda: cancel_reply(self.ports, who, reply), lambda: settle_reply(self.ports, who, reply),
            lambda: drop_reply(self.ports, who, reply), lambda: self._retry(who, reply),
            lambda: decide_reply(self.ports, who, reply, word),
        ]  # fmt: skip
        self.drawn.choice(verbs)()

    def _retry(self, who: Any, reply: str) -> None:
        self.crowd.retried[reply] = self.crowd.retried.get(reply, 0) + 1  # before, for the post may be out before this returns
        retry_reply(self.ports, who, reply)

    def _matter(self, _number: int) -> None:
        with self.ports.db.read() as conn:
            open_now = escalation.open_matters(conn).items
        if open_now:
            who = self.crowd.desk.people["leo"]
            decide_matter(self.ports, who, self.drawn.choice(open_now).id, self.drawn.choice(["released", "kept"]), "as we read it")

    def _jobs(self, _number: int) -> None:
        self.crowd.desk.clock.move(seconds=self.drawn.choice([1, 11, 61, 1_000]))
        verbs: list[Callable[[], object]] = [
            lambda: deliver_due(self.ports, self.publishers), lambda: settle_due(self.ports, self.publishers), lambda: fire_due(self.ports),
            lambda: one_batch(self.ports),
        ]  # fmt: skip
        for verb in verbs:
            verb()

    def _tag(self, number: int) -> None:
        case, tag = self._case(), f"t{self.seed}-{number}"
        tag_case(self.ports, self._who(), case, add=(tag,))
        self.crowd.tags.append((case, tag))

    def _who(self) -> Any:
        return self.crowd.desk.people[self.drawn.choice(PEOPLE)]

    def _case(self) -> str:
        with self.ports.db.read() as conn:
            ids = list(conn.execute(select(CASE.c.id).order_by(CASE.c.id)).scalars())
        return str(self.drawn.choice(ids))
