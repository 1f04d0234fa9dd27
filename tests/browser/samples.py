"""Sample records for the inbox and a case: urgent and dull, held, overdue, right-to-left, and one author who hides characters."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as Record
from typing import Any, Final

NOW: Final = datetime.now(UTC)
ME: Final = Record(
    id="p1", name="Mina Sharif", role="agent", initials="MS", presence="available", presence_reason="", presence_since=NOW
)  # fmt: skip
REASONS: Final = (Record(title="Lunch", presence="away", keep_minutes=60), Record(title="Meeting", presence="busy", keep_minutes=None))
COUNTS: Final = Record(mine="12", all="50", at_risk="7", due_soon="5", approvals="2", legal="3", snoozed="9", bulk="99+")
TROJAN: Final = "Read \u202ethis\u202c and zero\u200bwidth <img src=x onerror=alert(1)> <b hx-get=/canary hx-trigger=load>"


def ago(minutes: float) -> datetime:
    """A moment ``minutes`` before the samples were made."""
    return NOW - timedelta(minutes=minutes)


def changed(record: Record, **values: Any) -> Record:
    """The record with some values changed."""
    return Record(**{**vars(record), **values})


def row(number: int, handle: str, excerpt: str, **values: Any) -> Record:
    """An inbox row; everything not named is ordinary."""
    plain: dict[str, Any] = {
        "id": f"c{number}", "author_handle": handle, "author_name": "", "network": "x", "network_mark": "X", "account": "@acme_air",
        "excerpt": excerpt, "language": "en", "dir": "ltr", "score": 40, "band": "normal", "sentiment_label": "negative", "risk": (),
        "tags": (), "tier": None, "customer_name": None, "queue": "care", "assignee_name": None,
        "assignee_id": None, "state": "open", "hold": False,
        "due_at": NOW + timedelta(minutes=40), "due_state": "running", "due_what": "First response",
        "opened_at": ago(30), "last_mention_at": ago(12), "mention_count": 1, "cluster_size": 1, "viewers": (), "reply_trouble": None,
        "why_top": "very negative +31",
    }  # fmt: skip
    return Record(**plain | values)


ROWS: Final = (
    row(1, "@jo_harker", "My order 4471 is three weeks late.", score=83, band="urgent", tier="gold", customer_name="Leila K.",
        viewers=("Omid",)),
    row(2, "tom_b", "I will talk to my lawyer.", score=79, band="urgent", risk=("legal",), hold=True, state="pending",
        due_at=ago(3), due_state="breached"),
    row(3, "@leila_k39", "سفارش من سه هفته است که نرسیده، لطفاً پیگیری کنید!", language="fa", sentiment_label=None, score=64, band="high"),
    row(4, "@evil\u202egnp.exe", TROJAN, cluster_size=14),
    *(row(n, f"@user_{n}", "Where is my bag?", assignee_name="Omid R." if n % 2 else None) for n in range(5, 30)),
)  # fmt: skip


def shell(active: str = "", view: str = "", me: Record | None = ME) -> Record:
    """What every page gets."""
    link = Record(key="rules", label="Rules", href="/rules", icon="rules", letter="r", waits="")
    return Record(
        me=me, counts=COUNTS, csrf="token", page_key="sample", head=100, active=active, view=view, nav=(link,), notice=None, error=None,
        reasons=REASONS, bell="3",
    )  # fmt: skip


def inbox(rows: tuple[Record, ...] = ROWS) -> Record:
    """The inbox page."""
    return Record(
        title="All open", view="all", sort="next", rows=rows, next_cursor="abc", filters={"network": "x"}, looked=None, counts=COUNTS,
        me=ME,
    )  # fmt: skip


def item(number: int, kind: str, text: str, **values: Any) -> Record:
    """One entry of a thread."""
    plain: dict[str, Any] = {
        "id": f"i{number}", "kind": kind, "who": "@jo_harker", "who_kind": "customer", "text": text, "marks": (), "at": ago(60 - number),
        "edited_at": None, "deleted_at": None, "state": None, "policy_version": None, "url": None, "media": (), "visibility": "public",
        "sentiment_label": None, "response_seconds": None, "trouble": None,
    }  # fmt: skip
    return Record(**plain | values)


def case(**values: Any) -> Record:
    """A case in the middle of its work; any value may be changed."""
    tick = Record(id="k1", text="Order verified", required=True, ticked_by="Omid", ticked_at=ago(20))
    plain: dict[str, Any] = {
        "row": ROWS[0], "version": 7, "siblings": (ROWS[1],),
        "thread": (
            item(1, "mention", "Where is my order?", sentiment_label="neutral", url="javascript:alert(1)"),
            item(2, "reply", "Which e-mail did you order with?", who="Omid", state="sent", policy_version="v3", response_seconds=610),
            item(3, "note", "Second contact this week.", who="Omid"),
            item(4, "event", "moved it to care", who="Rules"),
            item(5, "mention", "I will call my lawyer.", marks=(Record(start=15, end=21, kind="legal"),), edited_at=ago(2)),
            item(6, "mention", TROJAN),
            *(item(n, "mention", "Hello?") for n in range(7, 20)),
        ),
        "score": Record(
            total=83, band="urgent", override=None, what_would_change=("As a bronze customer: 70",),
            terms=(Record(term="sentiment", points=31, why="very negative"), Record(term="intent", points=-6, why="answered once")),
        ),
        "checklist": Record(
            policy="public-reply", title="Public reply", version=3,
            items=(tick, Record(id="k2", text="No personal data", required=True, ticked_by=None, ticked_at=None)),
        ),
        "clocks": (
            Record(
                id="k9", metric="next_response", name="Next response", state="running", stopped=False, due_at=NOW, target_seconds=900,
                within="15 min", elapsed_seconds=660, arithmetic="15 min of wall time (UTC). Runs since Thu 12:00: due 12:15.",
            ),
        ),
        "customer": Record(
            id="u1", name="Leila K.", tier="gold", value=4120.0, currency="EUR", since=ago(999999), author_class="detractor", known=True,
            identities=(Record(network="x", handle="@jo_harker", verified="CRM"),),
            timeline=(Record(at=ago(99), kind="Order", text="4471", who=""),),
        ),
        "trace": (Record(rule="late", version=4, matched=True, because="text has late", actions=("queue care",)),),
        "gate": Record(can_send=False, can_submit=False, reasons=("1 needed tick is missing",), limit=280, count=0, findings=()),
        "draft": None, "left_draft": None, "skip_reasons": ("Wrong queue",),
        "matter": None, "undo": None, "queues": (Record(id="care", name="Care"),),
        "people": (Record(id="p2", name="Omid", presence="busy"),),
        "can": frozenset({"claim", "release", "reply", "note", "close", "snooze", "assign", "escalate", "tag", "override"}),
    }  # fmt: skip
    return Record(**plain | values)


def held() -> Record:
    """A case that legal holds, with a reply that can still be taken back."""
    matter = Record(id="m1", state="open", risk=("legal",), why="lawyer", asked_by="Rules", opened_at=ago(20))
    return case(row=ROWS[1], matter=matter, undo=Record(reply_id="r1", seconds_left=9))
