"""The legal desk: what is held or asked of it, the longest waiting first, and one matter with its evidence and its answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from app.cases import store as cases
from app.cases.model import Case
from app.cases.tables import REPLY
from app.channels.networks import network
from app.core.asker import Asker
from app.core.ids import CaseId
from app.engine.ports import Ports
from app.escalation import store as escalation
from app.escalation.frozen import canonical, is_intact
from app.escalation.model import KINDS, Matter
from app.escalation.moves import keeping, may_move, refusal
from app.judgement.answering import standing
from app.judgement.desk import desk_of
from app.mentions.tables import MENTION
from app.policy.approvals import waiting_count
from app.policy.model import APPROVAL_ROLES
from app.queries.approvals import ShownMark, Waiting, proposal_of, risk_marks
from app.queries.case_thread import ThreadItem, thread_of

PAGE_SIZE: Final = 50
_STAGE: Final = {"open": "undecided", "acknowledged": "undecided", "decided": "decided", "closed": "closed"}
_ACTOR_LENGTH: Final = 40  # an actor's column: the name of a rule that was cut there is left out


@dataclass(frozen=True, slots=True)
class MatterRow:
    """One matter in the list. ``text`` is the post that made it one as it stands now; ``proposed_by`` names who waits with an answer."""

    id: str
    case: str
    kind: str
    tier: int
    state: str
    decision: str | None
    risk: tuple[str, ...]
    why: str
    asked_by: str
    rule: str
    opened_at: datetime
    ack_due_at: datetime | None
    acknowledged_by: str
    decided_by: str
    decided_why: str
    hold: bool
    case_state: str
    author: str
    author_name: str
    customer: str | None
    customer_tier: str | None
    network: str
    network_mark: str
    account: str
    text: str
    language: str
    marks: tuple[ShownMark, ...]
    holder: str | None
    proposed_by: str | None
    proposed_at: datetime | None


@dataclass(frozen=True, slots=True)
class LegalPage:
    """The list: undecided matters first, then those that were kept. ``answers`` waits for legal beside any matter of this page."""

    rows: tuple[MatterRow, ...]
    next: str | None
    title: str
    decides: bool
    answers: int


@dataclass(frozen=True, slots=True)
class FrozenPost:
    """One post of the frozen copy. ``edits`` are its earlier wordings."""

    author: str
    text: str
    written: str
    received: str
    edited: str | None
    deleted: str | None
    url: str | None
    marks: tuple[ShownMark, ...]
    edits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FrozenShown:
    """The frozen copy with the proof that it is unchanged."""

    hash: str
    intact: bool
    at: str
    posts: tuple[FrozenPost, ...]


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One line of the checklist that legal's own answer must satisfy too."""

    id: str
    text: str
    required: bool
    ticked: bool


@dataclass(frozen=True, slots=True)
class MatterPage:
    """One matter; the proposed answer stands in the thread too, and the page shows it once.

    ``can`` names what this viewer may do now; ``lifts``: releasing it ends the hold; ``shown`` changes
    when what there is to decide changes.
    """

    row: MatterRow
    thread: tuple[ThreadItem, ...]
    frozen: FrozenShown
    proposal: Waiting | None
    items: tuple[CheckItem, ...]
    policy: str
    version: int
    visibility: str
    limit: int
    can: frozenset[str]
    lifts: bool
    shown: str


def matters(conn: Connection, asker: Asker, *, cursor: str | None = None) -> LegalPage:
    """Matters that are not closed. A reader who may decide some kinds sees those; one who may decide none sees all, to read."""
    asker.need("cases.read")
    role = asker.role
    own = tuple(k for k in KINDS if role is not None and may_move(k, role))
    page = escalation.open_matters(conn, own or KINDS, cursor=cursor, limit=PAGE_SIZE)
    rows = sorted(_rows(conn, page.items), key=lambda r: r.state == "decided")
    answers = waiting_count(conn, APPROVAL_ROLES) if asker.may("matters.decide") else 0
    title = "Escalations" if role is not None and own and not may_move("legal", role) else "Legal desk"
    return LegalPage(tuple(rows), page.next, title, bool(own), answers)


def matter(ports: Ports, conn: Connection, asker: Asker, id: str) -> MatterPage:
    """One matter, closed ones too; NotFound when there is none."""
    asker.need("cases.read")
    found = escalation.get(conn, id)
    case = cases.get(conn, found.case_id)
    (row,) = _rows(conn, [found])
    proposal = proposal_of(ports, conn, asker, case)
    checked = standing(ports, conn, desk_of(ports, conn), asker, case, "", case.visibility)
    policy = checked.policy
    ticked = {i for i, t in checked.ticks.items() if policy is not None and (t.policy, t.version) == (policy.id, policy.version)}
    return MatterPage(
        row=row,
        thread=thread_of(conn, case),
        frozen=_frozen(found),
        proposal=proposal,
        items=tuple(CheckItem(i.id, i.text, i.required, i.id in ticked) for i in policy.items) if policy else (),
        policy=f"{policy.title} v{policy.version}" if policy else "",
        version=case.version,
        visibility="direct" if case.visibility == "direct" else "public",
        limit=checked.length.limit,
        can=_can(asker, found, case, proposal),
        lifts=case.hold and not [m for m in keeping(escalation.for_case(conn, case.id)) if m.id != found.id],
        shown="-".join(
            (_STAGE[found.state], found.decision or "none", proposal.reply if proposal else "none", "held" if case.hold else "free")
        ),
    )


def frozen_copy(conn: Connection, asker: Asker, id: str) -> bytes:
    """The very bytes that were hashed, so that anyone can check them with a tool of their own."""
    asker.need("cases.read")
    return canonical(escalation.get(conn, id).frozen)


def _rows(conn: Connection, found: Sequence[Matter]) -> list[MatterRow]:
    held = cases.get_all(conn, [m.case_id for m in found])
    wanted = {m.id: _telling(m, held[m.case_id]) for m in found}
    columns = (MENTION.c.id, MENTION.c.text, MENTION.c.language, MENTION.c.judgement)
    posts: dict[str, Any] = {p.id: p for p in conn.execute(select(*columns).where(MENTION.c.id.in_(set(wanted.values()))))}
    asked = select(REPLY.c.case_id, REPLY.c.by_name, REPLY.c.created_at).where(REPLY.c.state == "pending_approval")
    proposed: dict[CaseId, Any] = {r.case_id: r for r in conn.execute(asked.where(REPLY.c.case_id.in_(list(held))))}
    return [_row(m, held[m.case_id], posts.get(wanted[m.id]), proposed.get(m.case_id)) for m in found]


def _telling(found: Matter, case: Case) -> str:
    """The post to show: the last one whose words made the matter, else the latest."""
    return found.words[-1].mention_id if found.words else case.last_mention_id


def _row(found: Matter, case: Case, post: Any, proposed: Any) -> MatterRow:
    net = network(case.network)
    return MatterRow(
        id=found.id, case=case.id, kind=found.kind, tier=found.tier, state=found.state, decision=found.decision,
        risk=found.risk or tuple(case.risk), why=found.reason, asked_by=found.opened_by.name or "Earshot",
        rule=_whole_names(found.opened_by.rule),
        opened_at=found.opened_at, ack_due_at=found.ack_due_at, acknowledged_by=found.acknowledged_by_name,
        decided_by=found.decided_by_name, decided_why=found.decision_reason, hold=case.hold,
        case_state=case.state, author=case.author_handle, author_name=case.author_name,
        customer=case.customer_name, customer_tier=case.tier, network=net.title, network_mark=net.mark, account=case.account,
        text=post.text if post else case.excerpt, language=post.language if post else case.language,
        marks=risk_marks(post.judgement["marks"]) if post else (), holder=case.assignee_name,
        proposed_by=proposed.by_name if proposed else None, proposed_at=proposed.created_at if proposed else None,
    )  # fmt: skip


def _whole_names(rules: str) -> str:
    return rules.rpartition(",")[0] or rules if len(rules) >= _ACTOR_LENGTH else rules


def _frozen(found: Matter) -> FrozenShown:
    marks: dict[str, list[ShownMark]] = {}
    for w in sorted(found.words, key=lambda w: (w.start, w.end)):
        marks.setdefault(w.mention_id, []).append(ShownMark(w.start, w.end, w.risk or "risk"))
    posts = tuple(
        FrozenPost(
            author=p["author"]["handle"], text=p["text"], written=p["created_at"], received=p["received_at"], edited=p["edited_at"],
            deleted=p["deleted_at"], url=p["url"], marks=tuple(marks.get(p["id"], ())), edits=tuple(e["text"] for e in p["edits"]),
        )
        for p in found.frozen["mentions"]
    )  # fmt: skip
    return FrozenShown(found.frozen_hash, is_intact(found.frozen, found.frozen_hash), found.frozen["frozen_at"], posts)


def _can(asker: Asker, found: Matter, case: Case, proposal: Waiting | None) -> frozenset[str]:
    role = asker.role
    if role is None or not may_move(found.kind, role):
        return frozenset()
    can = {"acknowledge"} if refusal("acknowledge", found.kind, found.state, found.decision, role) is None else set()
    if proposal is not None:
        if proposal.may_decide:
            can.add("approve")
    elif refusal("decide", found.kind, found.state, found.decision, role) is None:
        can |= {"release", "keep"}
        if asker.may("matters.decide") and case.hold and case.state != "done":
            can.add("answer")
    return frozenset(can)
