"""A desk with its people and a few cases, and the verbs that tests do on it in one line."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from app.actions.attempts import Publishers
from app.actions.send_reply import ReplyForm, send_reply
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Case, Reply
from app.cases.tables import CASE
from app.channels.by_hand import ByHandPublisher
from app.channels.echo import Echo
from app.channels.port import Found, Outcome, Outgoing, Sent, Sureness
from app.core.asker import Asker
from app.core.clock import SetClock, rfc3339
from app.core.events import Event
from app.engine import log
from app.engine.ports import Ports
from app.escalation import store as escalation
from app.escalation.model import Matter
from app.jobs.deadlines import fire_due
from app.jobs.deliver import deliver_due
from app.judgement.desk import desk_of
from app.policy.gate import missing
from app.sla import store as sla
from app.sla.model import RESPONSE_METRICS, Clock
from tests.support.desk import mention, take_in
from tests.support.people import hire

ORDER: Final = "@acme my order 4471 has not arrived and nobody answers. I am furious!"
THREAT: Final = "@acme enough. I will sue you, my lawyer will write to you tomorrow."
ANSWER: Final = "I am sorry that you are still waiting. I have looked into it and will write to you again this afternoon."


@dataclass
class Network:
    """A publisher that answers what the test says, and remembers what left. ``found`` is what it knows when it is asked again."""

    outcome: Callable[[Outgoing], Outcome]
    found: Sent | Found = "unsure"
    sure: Sureness = "asked"
    longest_seconds: float = 10.0
    settle_seconds: float = 60.0
    posts: list[Outgoing] = field(default_factory=list)

    def publish(self, out: Outgoing) -> Outcome:
        """One attempt."""
        self.posts.append(out)
        return self.outcome(out)

    def reconcile(self, out: Outgoing) -> Sent | Found:
        """What became of it."""
        return self.found


@dataclass
class Scene:
    """The desk of a test. Ana and Ben are agents, Tim is a trainee, Sue supervises, Leo is legal."""

    ports: Ports
    clock: SetClock
    ana: Asker = field(init=False)
    ben: Asker = field(init=False)
    tim: Asker = field(init=False)
    sue: Asker = field(init=False)
    leo: Asker = field(init=False)
    posts: int = 0

    def __post_init__(self) -> None:
        self.ana, self.ben = hire(self.ports, "Ana"), hire(self.ports, "Ben")
        self.tim, self.sue, self.leo = (
            hire(self.ports, "Tim", "trainee"),
            hire(self.ports, "Sue", "supervisor"),
            hire(self.ports, "Leo", "legal"),
        )

    def hear(self, text: str = ORDER, *, id: str = "", handle: str = "jo_harker", at: datetime | None = None, **more: Any) -> Case:
        """A post arrives now and is worked through; the case it went to."""
        self.posts += 1
        id = id or f"post{self.posts}"
        take_in(self.ports, mention(id, text, handle=handle, **({"created_at": rfc3339(at or self.clock.now())} | more)))
        with self.ports.db.read() as conn:
            row = conn.execute(
                CASE.select().where(CASE.c.author_handle == handle).order_by(CASE.c.updated_at.desc(), CASE.c.id.desc())
            ).first()
        assert row is not None
        return cases.case_of(row)

    def case(self, id: str) -> Case:
        """The case as it stands."""
        with self.ports.db.read() as conn:
            return cases.get(conn, id)

    def reply(self, id: str) -> Reply:
        """The reply as it stands."""
        with self.ports.db.read() as conn:
            return outbox.reply(conn, id)

    def replies(self, case: str) -> tuple[Reply, ...]:
        """Every reply of the case."""
        with self.ports.db.read() as conn:
            return outbox.replies(conn, cases.get(conn, case).id)

    def draft(self, case: str, asker: Asker) -> str | None:
        """What the person has written on the case."""
        with self.ports.db.read() as conn:
            kept = outbox.draft(conn, cases.get(conn, case).id, asker.person())
        return kept.text if kept else None

    def answer_clocks(self, case: str) -> tuple[Clock, ...]:
        """The clocks of its answers, oldest first, stopped or not."""
        with self.ports.db.read() as conn:
            (found,) = sla.for_cases(conn, [cases.get(conn, case).id]).values()
        return tuple(c for c in found if c.metric in RESPONSE_METRICS)

    def matter(self, case: str) -> Matter:
        """The open matter of the case."""
        with self.ports.db.read() as conn:
            return escalation.open_for_cases(conn, [cases.get(conn, case).id])[cases.get(conn, case).id]

    def events(self, case: str | None = None, *, kind: str = "") -> list[Event]:
        """What the log says, of one case and kind if they are named."""
        with self.ports.db.read() as conn:
            every = log.read_since(conn, 0, 100_000)
        return [e for e in every if case in (None, e.case) and kind in ("", e.kind)]

    def form(self, case: str, text: str = ANSWER, *, ticks: bool = True, **more: Any) -> ReplyForm:
        """An answer to the case as it stands, with every needed item ticked."""
        now = self.case(case)
        with self.ports.db.read() as conn:
            policy = next((p for p in desk_of(self.ports, conn).policies if p.id == now.policy), None)
        needed = {item.id: True for item in missing(policy, ())} if ticks else {}
        return ReplyForm(**({"text": text, "seen_version": now.version, "checklist": needed} | more))

    def send(self, asker: Asker, case: str, text: str = ANSWER, **more: Any) -> Reply:
        """Send an answer through the gate."""
        return send_reply(self.ports, asker, case, self.form(case, text, **more))

    def publishers(self, network: Network | None = None) -> Publishers:
        """The desk's own publishers, or one played network in the place of the demo's."""
        return {"echo": network or Echo(self.ports.db), "by_hand": ByHandPublisher()}

    def deliver(self, network: Network | ByHandPublisher | None = None) -> int:
        """Let the undo windows pass, then let out what may leave."""
        self.clock.move(seconds=self.ports.settings.earshot_undo_seconds + 1)
        ways = self.publishers() | ({"echo": network} if network else {})
        return deliver_due(self.ports, ways)

    def pass_time(self, **by: float) -> int:
        """Move the clock and fire what is due; how many timers fired."""
        self.clock.move(**by)
        return fire_due(self.ports)
