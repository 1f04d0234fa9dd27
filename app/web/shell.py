"""What stands around every page: who is signed in, where they may go, the counts of the views, the cursor of the log."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import anyio.to_thread
from starlette.requests import Request

from app.core.roles import Permission
from app.door.identity import Visitor
from app.engine.cursor import START, Cursor
from app.engine.database import Snapshot
from app.engine.ports import Ports
from app.judgement.desk import reasons_of
from app.people.model import Presence
from app.queries.inbox import NavCounts, frame_counts
from app.queries.rules_waiting import rules_waiting
from app.routing.model import AwayReason

NOTICE_LENGTH: Final = 300


@dataclass(frozen=True, slots=True)
class Me:
    """Whoever is signed in, as the top bar shows them."""

    id: str
    name: str
    role: str
    initials: str
    presence: Presence
    presence_reason: str
    presence_since: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """One page in the side bar; ``letter`` follows g on the keyboard; ``waits`` counts what waits there, "" for a page without a count."""

    key: str
    label: str
    href: str
    icon: str
    letter: str
    waits: str = ""


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of one page."""

    me: Me | None
    counts: NavCounts | None
    csrf: str
    page_key: str
    head: Cursor
    active: str
    view: str
    nav: tuple[Link, ...]
    notice: str | None
    error: str | None
    reasons: tuple[AwayReason, ...] = ()
    """What one chooses from for being busy or away."""
    bell: str = "0"


_PAGES: Final[tuple[tuple[Permission, Link], ...]] = (
    ("customers.read", Link("customers", "Customers", "/customers", "people", "c")),
    ("matters.decide", Link("legal", "Legal desk", "/legal", "scales", "j")),
    ("replies.approve", Link("legal", "Escalations", "/legal", "scales", "j")),  # no role has both rights
    ("replies.approve", Link("approvals", "Approval desk", "/approvals", "stamp", "q")),
    ("rules.read", Link("rules", "Rules", "/rules", "rules", "r")),
    ("policies.read", Link("policies", "Policies", "/policies", "book", "p")),
    ("measures.read", Link("wallboard", "Wallboard", "/wallboard", "wall", "w")),
    ("measures.read", Link("reports", "Reports", "/reports", "chart", "t")),
    ("people.read", Link("people", "People", "/people", "person", "u")),
    ("channels.edit", Link("channels", "Channels", "/channels", "channel", "h")),
    ("audit.read", Link("audit", "Ledger", "/audit", "ledger", "v")),
    ("settings.edit", Link("settings", "Settings", "/settings", "settings", "x")),
    ("settings.edit", Link("health", "Health", "/health", "heart", "y")),
)


def me_of(visitor: Visitor) -> Me | None:
    """The signed-in person of a visit."""
    person = visitor.person
    return (
        Me(person.id, person.name, person.role, person.initials, person.presence, person.presence_reason, person.presence_since)
        if person
        else None
    )


def nav_of(visitor: Visitor) -> tuple[Link, ...]:
    """The pages this visitor may open."""
    return tuple(link for permission, link in _PAGES if visitor.asker.may(permission))


async def shell_of(request: Request, *, active: str = "", view: str = "", page_key: str = "") -> Shell:
    """The shell of a request; without a visitor it is the sign-in page's."""
    visitor: Visitor | None = request.state.visitor
    notice = request.query_params.get("notice", "")
    if visitor is None:
        return Shell(None, None, "", page_key, START, active, view, (), notice[:NOTICE_LENGTH] or None, None)
    return await anyio.to_thread.run_sync(_shell, request.state.ports, visitor, notice, active, view, page_key)


def shell_in(ports: Ports, conn: Snapshot, visitor: Visitor, notice: str, *, active: str = "", view: str = "", page_key: str = "") -> Shell:
    """The shell of a visitor, its counts read where the page is read.

    The cursor is the visitor's, which is older than anything the page shows: what happens while a page is made comes over its socket.
    """
    shown = frame_counts(conn, visitor.asker.person_id, ports.clock.now()) if visitor.asker.may("cases.read") else None
    nav = nav_of(visitor)
    if visitor.asker.may("rules.confirm"):
        waits = str(shown.rules_waiting if shown else rules_waiting(conn))
        nav = tuple(replace(link, waits=waits) if link.key == "rules" else link for link in nav)
    return Shell(
        me_of(visitor), shown.views if shown else None, visitor.csrf, page_key or "none", visitor.head, active, view, nav,
        notice[:NOTICE_LENGTH] or None, None, reasons_of(ports).presence,
        shown.bell if shown else "0",
    )  # fmt: skip


def _shell(ports: Ports, visitor: Visitor, notice: str, active: str, view: str, page_key: str) -> Shell:
    with ports.db.read() as conn:
        return shell_in(ports, conn, visitor, notice, active=active, view=view, page_key=page_key)
