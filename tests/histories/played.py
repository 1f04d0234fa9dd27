"""The deeds of a history: each is done to the desk by its own actions and to the model, and both must say the same."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import SQLModel

from app.actions.cancel_reply import cancel_reply
from app.actions.claim_case import claim_case, next_case
from app.actions.close_case import close_case, reopen_case
from app.actions.decide_matter import decide_matter
from app.actions.decide_reply import Verb, Word, decide_reply
from app.actions.escalate_case import escalate_case
from app.actions.merge_customers import merge_customers
from app.actions.release_case import assign_case, release_case
from app.actions.save_draft import save_draft
from app.actions.send_reply import ReplyForm, send_reply
from app.actions.settle_reply import drop_reply, retry_reply, settle_reply
from app.actions.snooze_case import snooze_case, wake_case
from app.actions.unmerge_customer import unmerge_customer
from app.cases import outbox
from app.cases import store as cases
from app.channels import store as channels
from app.channels.by_hand import ByHandPublisher
from app.core.clock import rfc3339
from app.core.errors import DeskError
from app.engine import log
from app.engine.ports import Ports
from app.escalation import store as escalation
from app.jobs.deadlines import fire_due
from app.jobs.deliver import deliver_due, settle_due
from app.judgement.desk import desk_of
from app.mentions import store as mentions
from app.policy.gate import missing
from tests.histories.desks import OpenDesk
from tests.histories.model import Case, Model, Refusals, Reply
from tests.histories.network import BUSY_SECONDS, Died, Mood, Outside
from tests.support.desk import mention, take_in

TEXTS: Final = {
    "order": "@acme my order 4471 has not arrived and nobody answers. Where is it?",
    "threat": "@acme enough. I will sue you, my lawyer will write to you tomorrow.",
    "thanks": "@acme thank you!",
    "spam": "@acme free followers for everyone who writes to me today, and double as many for all of your friends",
    "later": "@acme there is no hurry at all with my parcel, the neighbours will take it in when I am at work all day",
}
ANSWER: Final = "I am sorry that you are still waiting. I have looked into it and will write to you again this afternoon."
BY_HAND: Final = "rita"
STUCK_SECONDS: Final = 61.0
Dump = dict[str, list[tuple[Any, ...]]]


@dataclass(eq=False)
class Played:
    """One history: the desk, the model, and the network outside."""

    desk: OpenDesk
    network: Outside
    model: Model = field(default_factory=Model)
    posts: list[tuple[str, str, str, Case]] = field(default_factory=list)
    """Posts as (id, author, text kind, case)."""
    customers: dict[str, str] = field(default_factory=dict)
    done: int = 0
    ports: Ports = field(init=False)

    def __post_init__(self) -> None:
        self.ports = self.desk.ports

    # ---- The customer --------------------------------------------------------------------------------------------------

    def hear(self, author: str, thread: int, kind: str) -> None:
        """A post arrives; the first post of a thread makes it, later ones answer that."""
        now, id = self.desk.clock.now(), f"post{len(self.posts)}"
        root = f"{author}-{thread}" if author != BY_HAND else ""
        case = self.model.hear(id, author, root or id, kind, now)
        self._take_in(id, author, TEXTS[kind], thread=root or None, created_at=rfc3339(now))
        self.posts.append((id, author, kind, case))
        with self.ports.db.read() as conn:
            found = mentions.known(conn, {(_network(author), "", id)})[_network(author), "", id]
        if case.id:
            assert found.case_id == case.id, f"{id} went to {found.case_id}, not to the case of its thread"
        else:
            assert all(found.case_id != c.id for c in self.model.cases), f"{id} went to {found.case_id}: it opens a case of its own"
            case.id = found.case_id
        with self.ports.db.read() as conn:
            self.customers.setdefault(author, cases.get(conn, case.id).customer_id)
        self._learn_matters(case)

    def redeliver(self, which: int) -> None:
        """The same post once more: nothing may change."""
        if self.posts:
            id, author, kind, _ = self.posts[which % len(self.posts)]
            before = self.dump()
            self._take_in(id, author, TEXTS.get(kind, "once more"), created_at=rfc3339(self.desk.clock.now()))
            self._same(before, "a redelivered post")

    def edit(self, which: int, kind: str) -> None:
        """A post gets another text at its source."""
        if not self.posts:
            return
        id, author, before, case = self.posts[which % len(self.posts)]
        if before in (kind, "deleted"):
            return
        self.desk.clock.move(seconds=1)
        now = rfc3339(self.desk.clock.now())
        self.model.edit(case, kind, self.desk.clock.now())
        self._take_in(id, author, TEXTS[kind], created_at=now, edited_at=now)
        self.posts[which % len(self.posts)] = (id, author, kind, case)
        self._learn_matters(case)

    def delete(self, which: int) -> None:
        """A post is deleted at its source."""
        if self.posts:
            which %= len(self.posts)
            id, author, _, case = self.posts[which]
            self.model.deleted.add(id)
            self._take_in(id, author, "", deleted=True, created_at=rfc3339(self.desk.clock.now()))
            self.posts[which] = (id, author, "deleted", case)

    def merge(self, who: str, source: str, into: str) -> None:
        """One author's customer answers for another's."""
        one, other = self._customer(source), self._customer(into)
        if one and other:
            found = self.model.merge(who, source, into)
            self._try(found, lambda: merge_customers(self.ports, self.desk.people[who], source_id=one, target_id=other))

    def unmerge(self, who: str, source: str) -> None:
        """Taken back."""
        one = self._customer(source)
        if one:
            found = self.model.unmerge(who, source)
            self._try(found, lambda: unmerge_customer(self.ports, self.desk.people[who], source_id=one))

    # ---- Who works on it -----------------------------------------------------------------------------------------------

    def claim(self, who: str, case: int) -> None:
        """Take it."""
        self._on_case(
            case, lambda c: self.model.claim(who, c, self.desk.clock.now()), lambda c: claim_case(self.ports, self._as(who), c.id)
        )

    def next(self, who: str) -> None:
        """Take the best: one that is open and free, or was given to this person."""
        if who == "leo":
            self._try({"Forbidden"}, lambda: next_case(self.ports, self._as(who)))
            return
        free = [c for c in self.model.cases if c.state == "open" and (c.holder is None or (c.holder == who and c.lease is None))]
        taken = next_case(self.ports, self._as(who))
        assert (taken is None) == (not free), f"next gave {taken and taken.id}, free are {[c.id for c in free]}"
        if taken is not None:
            (case,) = [c for c in free if c.id == taken.id]
            assert not self.model.claim(who, case, self.desk.clock.now())

    def release(self, who: str, case: int) -> None:
        """Give it back."""
        self._on_case(case, lambda c: self.model.release(who, c), lambda c: release_case(self.ports, self._as(who), c.id))

    def assign(self, who: str, case: int, to: str) -> None:
        """Give it to somebody."""
        person = self.desk.people[to].person()
        self._on_case(case, lambda c: self.model.assign(who, c, to), lambda c: assign_case(self.ports, self._as(who), c.id, person))

    def snooze(self, who: str, case: int, minutes: int) -> None:
        """Put it away."""
        until = self.desk.clock.now() + timedelta(minutes=minutes)
        self._on_case(case, lambda c: self.model.snooze(who, c, until), lambda c: snooze_case(self.ports, self._as(who), c.id, until))

    def wake(self, who: str, case: int) -> None:
        """Bring it back."""
        self._on_case(case, lambda c: self.model.wake(who, c), lambda c: wake_case(self.ports, self._as(who), c.id))

    def close(self, who: str, case: int, disposition: str) -> None:
        """Done."""
        self._on_case(
            case, lambda c: self.model.close(who, c, disposition), lambda c: close_case(self.ports, self._as(who), c.id, disposition)
        )

    def reopen(self, who: str, case: int) -> None:
        """Open again."""
        self._on_case(case, lambda c: self.model.reopen(who, c), lambda c: reopen_case(self.ports, self._as(who), c.id))

    # ---- Answers -------------------------------------------------------------------------------------------------------

    def draft(self, who: str, case: int) -> None:
        """Half-written words are kept, and are nobody's news."""
        if self.model.cases:
            id, before = self._case(case).id, self.head()
            save_draft(self.ports, self._as(who), id, f"half a sen {self.done}")
            with self.ports.db.read() as conn:
                kept = outbox.draft(conn, cases.get(conn, id).id, self._as(who).person())
            assert kept is not None
            assert kept.text == f"half a sen {self.done}"
            assert self.head() == before

    def send(self, who: str, case: int, propose: bool, fresh: bool) -> None:
        """An answer, or a proposal."""
        if not self.model.cases:
            return
        on = self._case(case)
        found = self.model.send(who, on, self.desk.clock.now(), propose=propose, fresh=fresh)
        with self.ports.db.read() as conn:
            now = cases.get(conn, on.id)
            needed = missing(next((p for p in desk_of(self.ports, conn).policies if p.id == now.policy), None), ())
        form = ReplyForm(
            f"{ANSWER} ({self.done})", now.version - (not fresh), checklist={i.id: True for i in needed},
            idempotency_key=f"key-{self.done}", propose=propose,
        )  # fmt: skip
        sent = self._try(found, lambda: send_reply(self.ports, self._as(who), on.id, form))
        if sent is not None:
            on.replies[-1].id = sent.id
            before = self.dump()
            again = send_reply(self.ports, self._as(who), on.id, form)
            assert again.id == sent.id
            self._same(before, "the same key again")

    def cancel(self, who: str, reply: int) -> None:
        """Take it back."""
        self._on_reply(
            reply, lambda r: self.model.cancel(who, r, self.desk.clock.now()), lambda r: cancel_reply(self.ports, self._as(who), r.id)
        )

    def decide(self, who: str, reply: int, verb: Verb) -> None:
        """A second person's word."""
        word = Word(verb, "kinder, please")
        self._on_reply(
            reply, lambda r: self.model.decide(who, r, verb, self.desk.clock.now()),
            lambda r: decide_reply(self.ports, self._as(who), r.id, word),
        )  # fmt: skip

    def retry(self, who: str, reply: int) -> None:
        """Once more."""
        self._on_reply(
            reply, lambda r: self.model.retry(who, r, self.desk.clock.now()), lambda r: retry_reply(self.ports, self._as(who), r.id)
        )

    def settle(self, who: str, reply: int) -> None:
        """It stands there, somebody says."""
        self._on_reply(reply, lambda r: self.model.settle(who, r), lambda r: settle_reply(self.ports, self._as(who), r.id))

    def drop(self, who: str, reply: int) -> None:
        """Not sent any more."""
        self._on_reply(reply, lambda r: self.model.drop(who, r), lambda r: drop_reply(self.ports, self._as(who), r.id))

    def deliver(self, mood: Mood) -> None:
        """The undo windows pass, and what may leave is tried once."""
        self.desk.clock.move(seconds=11)
        now, self.network.mood = self.desk.clock.now(), mood
        for reply in sorted((r for r in self.model.replies() if r.state == "queued"), key=lambda r: (r.due, r.id)):
            by_hand = reply.case.author == BY_HAND
            quiet = not by_hand and self.model.quiet_until is not None and self.model.quiet_until > now
            if reply.due is None or reply.due > now or quiet or not self.model.leaves(reply):
                continue
            if by_hand:
                reply.state = "by_hand"
            else:
                self._tried(reply, mood)
                if mood.startswith("dies"):
                    break
        try:
            deliver_due(self.ports, self._publishers())
        except Died:
            assert mood.startswith("dies")

    def recover(self, mood: Mood) -> None:
        """Time passes, and answers of doubtful outcome are looked after; what comes of each must fit what stands on the network."""
        self.desk.clock.move(seconds=STUCK_SECONDS)
        self.network.mood = mood
        doubtful = [r for r in self.model.replies() if r.state == "sending" or (r.state == "unknown" and r.checked)]
        with contextlib.suppress(Died):
            settle_due(self.ports, self._publishers())
        for reply in doubtful:
            with self.ports.db.read() as conn:
                now = outbox.reply(conn, reply.id)
            posted, checked = bool(self.network.posts[reply.id]), now.check_at is not None
            allowed = {"sent", "unknown", "sending"} if posted else {"queued", "failed", "unknown", "sending"}
            assert now.state in allowed, f"reply {reply.id} is {now.state}, it stands on the network: {posted}"
            assert now.state != "queued" or self.network.sure == "asked", "sent again without knowing that it did not leave"
            if now.state == "sent":
                self.model.sent(reply)
            elif now.state == "failed":
                self.model.failed(reply)
            elif now.state == "unknown":
                self.model.doubtful(reply, checked=checked)
            else:
                reply.state, reply.due = now.state, now.send_after
        self._learn_patience()

    # ---- Legal, time, the machine --------------------------------------------------------------------------------------

    def escalate(self, who: str, case: int) -> None:
        """To legal."""
        self._on_case(
            case,
            lambda c: self.model.escalate(who, c),
            lambda c: escalate_case(self.ports, self._as(who), c.id, to="legal", reason="court"),
        )
        if self.model.cases:
            self._learn_matters(self._case(case))

    def decide_matter(self, who: str, matter: int, decision: str) -> None:
        """Legal lifts the hold, or keeps it."""
        known = sorted(self.model.matters)
        if known:
            id = known[matter % len(known)]
            found = self.model.decide_matter(who, id, decision)
            self._try(found, lambda: decide_matter(self.ports, self._as(who), id, decision, "as we read it"))

    def wait(self, seconds: float) -> None:
        """Time passes, and what is due fires."""
        self.desk.clock.move(seconds=seconds)
        self.model.tick(self.desk.clock.now())
        fire_due(self.ports)

    def restart(self) -> None:
        """Everything that was in memory is gone."""
        self.ports = self.desk.reopen(self.ports)

    # ---- Shared --------------------------------------------------------------------------------------------------------

    def dump(self) -> Dump:
        """Every row of every table."""
        with self.ports.db.read() as conn:
            return {
                name: sorted(map(tuple, conn.execute(select(*table.columns)).all()), key=repr)
                for name, table in SQLModel.metadata.tables.items()
            }

    def head(self) -> int:
        """The newest event."""
        with self.ports.db.read() as conn:
            return log.head(conn)

    def _as(self, who: str) -> Any:
        return self.desk.people[who]

    def _case(self, number: int) -> Case:
        return self.model.cases[number % len(self.model.cases)]

    def _on_case(self, number: int, expect: Callable[[Case], Refusals], act: Callable[[Case], Any]) -> None:
        if self.model.cases:
            case = self._case(number)
            self._try(expect(case), lambda: act(case))

    def _on_reply(self, number: int, expect: Callable[[Reply], Refusals], act: Callable[[Reply], Any]) -> None:
        replies = sorted(self.model.replies(), key=lambda r: r.id, reverse=True)  # ids grow with time: 0 is the newest
        if replies:
            reply = replies[number % len(replies)]
            self._try(expect(reply), lambda: act(reply))

    def _try(self, refusals: Refusals, act: Callable[[], Any]) -> Any:
        """What the act gives; refused, it must say why in one of these words and must have changed nothing."""
        self.done += 1
        before = self.dump() if refusals else {}
        result: Any = None
        refused: DeskError | None = None
        try:
            result = act()
        except DeskError as error:
            refused = error
        if refused is not None:
            assert type(refused).__name__ in refusals, f"refused with {refused!r}; expected {refusals or 'no refusal'}"
            self._same(before, f"a refusal ({refused})")
            return None
        assert not refusals, f"went through, but must be refused with {refusals}"
        return result

    def _same(self, before: Dump, after_what: str) -> None:
        now = self.dump()
        changed = {name: [r for r in now[name] if r not in before[name]] for name in now if now[name] != before[name]}
        assert not changed, f"{after_what} changed {changed}"

    def _take_in(self, id: str, author: str, text: str, **more: Any) -> None:
        self.done += 1
        take_in(self.ports, mention(id, text, handle=author, network=_network(author), **more))

    def _tried(self, reply: Reply, mood: Mood) -> None:
        """What one attempt comes to."""
        checked = self.network.sure != "never"
        if mood == "ok":
            self.model.sent(reply)
        elif mood == "refuses":
            self.model.failed(reply)
        elif mood == "busy":
            reply.due = self.model.quiet_until = self.desk.clock.now() + timedelta(seconds=BUSY_SECONDS)
        elif mood.startswith("dies"):
            reply.state = "sending"
        else:
            self.model.doubtful(reply, checked=checked)

    def _learn_patience(self) -> None:
        """How long an account is left alone after it said it was busy is the desk's to say."""
        with self.ports.db.read() as conn:
            quiet = channels.quiet(conn, self.desk.clock.now())
            self.model.quiet_until = self.desk.clock.now() + timedelta(seconds=BUSY_SECONDS) if quiet else None

    def _publishers(self) -> dict[str, Any]:
        return {"echo": self.network, "by_hand": ByHandPublisher()}

    def _customer(self, author: str) -> str:
        """The customer this author began as, "" before their first post."""
        return self.customers.get(author, "")

    def _open_matters(self) -> dict[str, str]:
        with self.ports.db.read() as conn:
            return {m.id: m.case_id for m in escalation.open_matters(conn, limit=500).items}

    def _learn_matters(self, case: Case) -> None:
        """Which matters there are is the desk's to say; that there is one while the case is held is a law."""
        self.model.matters |= {id: case for id, of in self._open_matters().items() if of == case.id}


def _network(author: str) -> str:
    """One author writes where only a person can post an answer."""
    return "tiktok" if author == BY_HAND else "x"
