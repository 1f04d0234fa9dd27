"""What must be so after any history of deeds: a desk in plain Python, without a line of the desk's own code.

Each verb is given who does it and to what, and answers with the names of the errors of which one must be raised; when it answers with
none the deed must go through, and the model has changed with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

ROLES: Final = {"ana": "agent", "ben": "agent", "tim": "trainee", "sue": "supervisor", "leo": "legal"}
MAY: Final = {
    "work": {"agent", "trainee", "supervisor"},
    "assign": {"supervisor"},
    "send": {"agent", "supervisor"},
    "approve": {"supervisor"},
    "legal": {"legal"},
    "customers": {"agent", "supervisor"},
}
JOINING: Final = timedelta(hours=24)
LEASE: Final = timedelta(minutes=15)
LATER: Final = timedelta(hours=1)
UNDO: Final = timedelta(seconds=10)
OUTGOING: Final = ("pending_approval", "queued", "sending", "unknown", "by_hand")

Refusals = set[str]


@dataclass(eq=False)
class Reply:
    """One answer to what the customer had said by then, counted in ``words``.

    ``posts_allowed`` grows when a person says "try again" about one whose outcome nobody knows; ``checked``: it is the desk that
    looks after such a one, not yet a person.
    """

    case: "Case"
    by: str
    state: str
    approval: str = ""
    due: datetime | None = None
    id: str = ""
    post: str = ""
    words: int = 0
    posts_allowed: int = 1
    checked: bool = False
    settled_by_hand: bool = False
    approved: bool = False


@dataclass(eq=False)
class Case:
    """One author in one thread. ``waits``: the customer waits for us; ``words`` counts the posts that say more than thanks."""

    author: str
    thread: str
    last_at: datetime
    state: str = "open"
    holder: str | None = None
    lease: datetime | None = None
    hold: bool = False
    by_rule: bool = False
    snoozed_until: datetime | None = None
    waits: bool = True
    words: int = 0
    answers: int = 0
    disposition: str | None = None
    post: str = ""
    warned_of_court: bool = False
    replies: list[Reply] = field(default_factory=list)
    id: str = ""

    @property
    def outgoing(self) -> Reply | None:
        """The answer that has the case's one outgoing place."""
        return next((r for r in self.replies if r.state in OUTGOING), None)


class Model:
    """Everything the desk must show, and what it must refuse."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.matters: dict[str, Case] = {}
        self.merged: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.quiet_until: datetime | None = None

    def replies(self) -> Iterator[Reply]:
        """Every answer of every case."""
        return (r for c in self.cases for r in c.replies)

    # ---- The customer --------------------------------------------------------------------------------------------------

    def hear(self, post: str, author: str, thread: str, kind: str, now: datetime) -> Case:
        """A new post: it joins its author's case in that thread, else the author's open run, else opens a case."""
        own = [c for c in self.cases if c.author == author]
        near = [c for c in own if now - c.last_at <= JOINING]
        threaded = [c for c in own if c.thread == thread and (c.state != "done" or c in near)]
        running = [c for c in near if c.state != "done"]
        joined = max(threaded or running, key=lambda c: (c.state != "done", c.last_at), default=None)
        if joined is None:
            joined = Case(author, thread, now)
            self.cases.append(joined)
        else:
            joined.last_at = now
            if not (kind == "thanks" and joined.state in ("waiting", "done")):
                self._wake(joined)
        joined.post = post
        joined.words += kind != "thanks"
        self._rules(joined, kind, now)
        return joined

    def edit(self, case: Case, kind: str, now: datetime) -> None:
        """A post got another text; the rules look again."""
        self._rules(case, kind, now)

    def _wake(self, case: Case) -> None:
        """New words: a case whose answer does not wait for approval is open, and its customer waits."""
        out = case.outgoing
        asked = case.state == "pending" or (out is not None and out.state == "pending_approval")
        case.state, case.disposition, case.snoozed_until = "pending" if asked else "open", None, None
        case.waits = True

    def _rules(self, case: Case, kind: str, now: datetime) -> None:
        if kind == "threat" and not case.warned_of_court:
            case.hold = case.warned_of_court = case.by_rule = True
        untouched = case.holder is None and not case.answers and not case.hold and not case.warned_of_court and case.outgoing is None
        if kind in ("spam", "later") and untouched and case.state == "open":
            if kind == "spam":
                case.state, case.disposition, case.waits = "done", "no_response_needed", False
            else:
                case.state, case.snoozed_until = "snoozed", now + LATER

    # ---- Who works on it -----------------------------------------------------------------------------------------------

    def claim(self, who: str, case: Case, now: datetime) -> Refusals:
        """Take it: of two one wins."""
        found = self._lacks(who, "work") | self._over(case)
        if case.holder not in (None, who):
            found.add("Claimed")
        if not found:
            case.holder, case.lease = who, now + LEASE
        return found

    def release(self, who: str, case: Case) -> Refusals:
        """Give it back."""
        found = self._lacks(who, "work") | self._over(case) | self._taken(who, case)
        if not found:
            case.holder = case.lease = None
        return found

    def assign(self, who: str, case: Case, to: str) -> Refusals:
        """Give it to somebody."""
        found = self._lacks(who, "work" if who == to else "assign") | self._over(case) | self._taken(who, case)
        if not found and case.holder != to:
            case.holder, case.lease = to, None
        return found

    def snooze(self, who: str, case: Case, until: datetime) -> Refusals:
        """Put it away."""
        found = self._lacks(who, "work") | self._over(case) | self._taken(who, case)
        if case.state == "snoozed":
            found.add("Conflict")
        if not found:
            case.state, case.snoozed_until = "snoozed", until
        return found

    def wake(self, who: str, case: Case) -> Refusals:
        """Bring it back; where an answer is on its way it goes back to waiting for that."""
        found = self._lacks(who, "work")
        if not found and case.state == "snoozed":
            self._awake(case)
        return found

    def close(self, who: str, case: Case, disposition: str) -> Refusals:
        """Done, with what became of it."""
        found = self._lacks(who, "work")
        if not found and case.state == "done" and case.disposition == disposition:
            return found
        found |= self._over(case) | self._taken(who, case)
        if case.hold:
            found.add("OnHold")
        if case.outgoing is not None or (disposition == "answered" and not case.answers):
            found.add("Conflict")
        if not found:
            case.state, case.disposition, case.lease, case.snoozed_until, case.waits = "done", disposition, None, None, False
        return found

    def reopen(self, who: str, case: Case) -> Refusals:
        """Open again."""
        found = self._lacks(who, "work")
        if not found and case.state == "done":
            case.state, case.disposition, case.waits = "open", None, True
        return found

    # ---- Answers -------------------------------------------------------------------------------------------------------

    def send(self, who: str, case: Case, now: datetime, *, propose: bool, fresh: bool) -> Refusals:
        """Into the outbox, or before whoever must approve; the caller gives the new reply its id."""
        found = self._over(case)
        if not (propose and case.hold and ROLES[who] == "legal"):
            found |= self._taken(who, case)
        if case.outgoing is not None or not fresh:
            found.add("Stale")
        if case.hold and not propose:
            found.add("OnHold")
        if case.post in self.deleted:
            found.add("Conflict")
        if not found:
            legal = case.hold and ROLES[who] != "legal"
            approval = "legal" if legal else "" if ROLES[who] in MAY["send"] and not case.hold else "supervisor"
            reply = Reply(case, who, "pending_approval" if approval else "queued", approval, None if approval else now + UNDO)
            reply.words, reply.post = case.words, case.post
            self._leaves(reply)
            case.replies.append(reply)
        return found

    def cancel(self, who: str, reply: Reply, now: datetime) -> Refusals:
        """Take it back."""
        if reply.by != who and ROLES[who] not in MAY["approve"]:
            return {"Forbidden"}
        if reply.state == "cancelled":
            return set()
        late = reply.state == "queued" and reply.due is not None and reply.due <= now
        if late or reply.state in ("sending", "sent", "unknown"):
            return {"Conflict"}
        held_the_place = reply.state in OUTGOING
        reply.state = "cancelled"
        if held_the_place:
            self._given_back(reply.case)
        return set()

    def decide(self, who: str, reply: Reply, verb: str, now: datetime) -> Refusals:
        """A second person's word on it."""
        case = reply.case
        if reply.state != "pending_approval":
            return {"Conflict"}
        found: Refusals = set()
        role = ROLES[who]
        if role not in ({"legal"} if reply.approval == "legal" else {"legal", "supervisor"}):
            found.add("Forbidden")
        if reply.by == who:
            found.add("Conflict")
        lifts = reply.approval == "legal" or ROLES[reply.by] == "legal"
        if verb == "approve" and case.hold and not lifts:
            found.add("OnHold")
        if found:
            return found
        if verb == "reject":
            reply.state = "cancelled"
            case.state, case.snoozed_until = "open", None
            return found
        if case.hold:
            case.hold = case.by_rule = False
            self._settle_matters(case)
        reply.state, reply.due, reply.approved = "queued", now + UNDO, True
        self._leaves(reply)
        return found

    def retry(self, who: str, reply: Reply, now: datetime) -> Refusals:
        """Once more, on the same row."""
        found = self._lacks(who, "send")
        if not found and reply.state == "queued":
            return found
        if reply.case.hold:
            found.add("OnHold")
        ahead = reply.case.outgoing
        if reply.state not in ("failed", "unknown") or reply.case.state == "done" or ahead not in (None, reply):
            found.add("Conflict")
        if not found:
            reply.posts_allowed += reply.state == "unknown"
            reply.checked = False
            reply.state, reply.due = "queued", now
            self._leaves(reply)
        return found

    def drop(self, who: str, reply: Reply) -> Refusals:
        """Not sent any more."""
        found = self._lacks(who, "send")
        if not found and reply.state == "cancelled":
            return found
        if reply.state not in ("failed", "unknown"):
            found.add("Conflict")
        if not found:
            held_the_place = reply.state in OUTGOING
            reply.state = "cancelled"
            if held_the_place:
                self._given_back(reply.case)
        return found

    def settle(self, who: str, reply: Reply) -> Refusals:
        """A person says that it stands there."""
        found = self._lacks(who, "send")
        if not found and reply.state == "sent":
            return found
        if reply.state not in ("by_hand", "unknown"):
            found.add("Conflict")
        if not found:
            reply.settled_by_hand = True
            self.sent(reply)
        return found

    def leaves(self, reply: Reply) -> bool:
        """Whether it may go to the network now; if not it is given back with its reason."""
        if not reply.case.hold and reply.post not in self.deleted:
            return True
        reply.state = "cancelled"
        self._given_back(reply.case)
        return False

    def sent(self, reply: Reply) -> None:
        """It stands on the network: the case waits on the customer, unless they wrote meanwhile or the case was put away."""
        case = reply.case
        reply.state = "sent"
        case.answers += 1
        case.waits = case.words > reply.words
        if case.state not in ("done", "snoozed"):
            case.state = "open" if case.waits else "waiting"

    def doubtful(self, reply: Reply, *, checked: bool) -> None:
        """Nobody knows whether it left; where the desk cannot find out the case is a person's again."""
        reply.state, reply.checked = "unknown", checked
        if not checked:
            self._given_back(reply.case)

    def failed(self, reply: Reply) -> None:
        """Nothing left: the case is ours again."""
        reply.state = "failed"
        self._given_back(reply.case)

    # ---- Legal ---------------------------------------------------------------------------------------------------------

    def escalate(self, who: str, case: Case) -> Refusals:
        """To legal, with a hold."""
        found = self._lacks(who, "work") | self._over(case)
        if not found:
            case.hold = True
        return found

    def decide_matter(self, who: str, matter: str, decision: str) -> Refusals:
        """``released`` lifts the hold with the last matter, ``kept`` leaves it."""
        case = self.matters.get(matter)
        found = {"Forbidden"} if ROLES[who] not in MAY["legal"] else set()
        if case is None:
            found.add("Conflict")
        elif not found and decision == "released":
            del self.matters[matter]
            if case not in self.matters.values():
                case.hold = case.by_rule = False
        return found

    # ---- Time ----------------------------------------------------------------------------------------------------------

    def tick(self, now: datetime) -> None:
        """The timers fire: snoozes end, claims lapse."""
        for case in self.cases:
            if case.state == "snoozed" and case.snoozed_until is not None and case.snoozed_until <= now:
                self._awake(case)
            if case.holder is not None and case.lease is not None and case.lease <= now:
                case.holder = case.lease = None

    # ---- Customers -----------------------------------------------------------------------------------------------------

    def merge(self, who: str, source: str, target: str) -> Refusals:
        """One customer answers for another."""
        found = self._lacks(who, "customers")
        if source == target or source in self.merged or target in self.merged:
            found.add("Conflict")
        if not found:
            self.merged[source] = target
        return found

    def unmerge(self, who: str, source: str) -> Refusals:
        """Taken back."""
        found = self._lacks(who, "customers")
        if source not in self.merged or self.merged[source] in self.merged:
            found.add("Conflict")
        if not found:
            del self.merged[source]
        return found

    def owner(self, author: str) -> str:
        """The author whose customer answers for this one."""
        while author in self.merged:
            author = self.merged[author]
        return author

    # ---- Shared --------------------------------------------------------------------------------------------------------

    def _lacks(self, who: str, right: str) -> Refusals:
        return set() if ROLES[who] in MAY[right] else {"Forbidden"}

    def _over(self, case: Case) -> Refusals:
        return {"Conflict"} if case.state == "done" else set()

    def _taken(self, who: str, case: Case) -> Refusals:
        return {"Claimed"} if case.holder not in (None, who) and ROLES[who] not in MAY["assign"] else set()

    def _leaves(self, reply: Reply) -> None:
        """On its way the case waits: on approval, on the customer; on us where the customer wrote since the answer was written."""
        reply.case.state, reply.case.snoozed_until = self._while_outgoing(reply), None

    def _while_outgoing(self, reply: Reply) -> str:
        if reply.state == "pending_approval":
            return "pending"
        in_doubt = reply.state == "unknown" and not reply.checked
        return "open" if in_doubt or reply.case.words > reply.words else "waiting"

    def _given_back(self, case: Case) -> None:
        if case.state in ("open", "waiting", "pending"):
            case.state = "open"

    def _awake(self, case: Case) -> None:
        out = case.outgoing
        case.state = self._while_outgoing(out) if out is not None else "open" if case.waits else "waiting"
        case.snoozed_until = None

    def _settle_matters(self, case: Case) -> None:
        for matter in [m for m, c in self.matters.items() if c is case]:
            del self.matters[matter]
