"""One history with all that is checked after each deed: the model, the laws, the network outside, and the pages that are open."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from starlette.testclient import TestClient

from app.actions.seal_log import seal_log
from app.cases.tables import CASE, REPLY
from app.channels.port import Sureness
from app.main import Parts, build_app
from app.web.live.feed import Feed
from tests.histories import laws
from tests.histories.desks import Desks, OpenDesk
from tests.histories.network import MOODS, Outside
from tests.histories.played import TEXTS, Played
from tests.support.people import signed_in
from tests.support.screen import Screen

PEOPLE: Final = ("ana", "ben", "tim", "sue", "leo")
WORKERS: Final = ("ana", "ben", "tim", "sue")
AUTHORS: Final = ("jo", "max", "kim", "rita")
WHICH: Final = (0, 1, 2, 3, 4)
PAGES: Final = ("/inbox?view=all", "/inbox?view=mine", "/inbox?view=done", "/inbox?view=snoozed", "case", "case", "/approvals", "/legal")
MOST_SCREENS: Final = 4
KINDS: Final = tuple(TEXTS)

DEEDS: Final[dict[str, dict[str, tuple[Any, ...]]]] = {
    "hear": {"author": AUTHORS, "thread": (0, 1), "kind": ("order", "order", *KINDS)},
    "redeliver": {"which": WHICH},
    "edit": {"which": WHICH, "kind": KINDS},
    "delete": {"which": WHICH},
    "merge": {"who": WORKERS, "source": AUTHORS, "into": AUTHORS},
    "unmerge": {"who": WORKERS, "source": AUTHORS},
    "claim": {"who": PEOPLE, "case": WHICH},
    "next": {"who": PEOPLE},
    "release": {"who": PEOPLE, "case": WHICH},
    "assign": {"who": PEOPLE, "case": WHICH, "to": WORKERS},
    "snooze": {"who": PEOPLE, "case": WHICH, "minutes": (1, 30, 600)},
    "wake": {"who": PEOPLE, "case": WHICH},
    "close": {"who": PEOPLE, "case": WHICH, "disposition": ("answered", "spam", "no_response_needed")},
    "reopen": {"who": PEOPLE, "case": WHICH},
    "draft": {"who": PEOPLE, "case": WHICH},
    "send": {"who": PEOPLE, "case": WHICH, "propose": (False, False, True), "fresh": (True, True, True, False)},
    "cancel": {"who": PEOPLE, "reply": WHICH},
    "decide": {"who": ("sue", "leo", "ana"), "reply": WHICH, "verb": ("approve", "approve", "reject")},
    "retry": {"who": WORKERS, "reply": WHICH},
    "settle": {"who": WORKERS, "reply": WHICH},
    "deliver": {"mood": ("ok", "ok", *MOODS)},
    "recover": {"mood": ("ok", "ok", *MOODS)},
    "drop": {"who": WORKERS, "reply": WHICH},
    "escalate": {"who": WORKERS, "case": WHICH},
    "decide_matter": {"who": ("leo", "sue"), "matter": WHICH, "decision": ("released", "kept")},
    "wait": {"seconds": (1.0, 61.0, 1000.0, 4000.0, 90_000.0)},
    "restart": {},
    "look": {"who": ("ana", "sue", "leo"), "page": PAGES, "case": WHICH},
    "cut": {"which": WHICH},
}
"""Every deed with the values that its arguments may take; a value that stands twice is drawn twice as often."""


@dataclass(eq=False)
class History:
    """Done deed by deed; ``do`` raises AssertionError with what does not hold."""

    desk: OpenDesk
    sure: Sureness
    played: Played = field(init=False)
    log: laws.Log = field(default_factory=laws.Log)
    screens: list[Screen] = field(default_factory=list)
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    client: TestClient = field(init=False)
    feed: Feed = field(init=False)

    def __post_init__(self) -> None:
        self.played = Played(self.desk, Outside(self.sure))
        self._serve()

    def do(self, deed: str, **how: Any) -> None:
        """One deed, and everything that must hold after it."""
        self.told.append((deed, how))
        own: dict[str, Callable[..., None]] = {"look": self.look, "cut": self.cut, "restart": self.restart}
        (own[deed] if deed in own else getattr(self.played, deed))(**how)
        self.desk.clock.move(milliseconds=5)  # no two deeds of people fall into one moment
        self._as_predicted()

    def end(self) -> None:
        """What must hold at the end: every page is true, the whole log, the ledger."""
        self._pages()
        seal_log(self.played.ports)
        with self.played.ports.db.read() as conn:
            _none([*self.log.read_on(conn), *self.log.against(conn), *laws.of_counts(conn), *laws.of_ledger(conn, self.played.ports.keys)])

    def look(self, who: str, page: str, case: int) -> None:
        """Somebody opens one more page; those that are open are held against fresh ones."""
        self._pages()
        if page == "case" and not self.played.model.cases:
            return
        path = f"/cases/{self.played.model.cases[case % len(self.played.model.cases)].id}" if page == "case" else page
        if len(self.screens) == MOST_SCREENS:
            self.screens.pop(0)
        self.screens.append(Screen(self.client, self.played.ports, signed_in(self.played.ports, self.desk.people[who]), path, self.feed))

    def cut(self, which: int) -> None:
        """A page loses its socket; the next one resumes by the cursor and remembers nothing of what was sent."""
        if self.screens:
            self.screens[which % len(self.screens)].cut()

    def restart(self) -> None:
        """The process ends and another begins; open pages find it by their cursors."""
        self.client.close()
        self.played.restart()
        self._serve()
        for screen in self.screens:
            screen.client, screen.ports, screen.feed = self.client, self.played.ports, self.feed
            screen.cut()

    def _serve(self) -> None:
        ports = self.played.ports
        self.client = TestClient(build_app(ports, Parts(jobs=False)), base_url=ports.settings.base_url, follow_redirects=False)
        self.feed = Feed(ports)

    def _pages(self) -> None:
        for screen in self.screens:
            screen.catch_up()
            found = [*screen.differences(), *screen.dead_buttons()]
            assert not found, "\n".join([f"{screen}:", *found])

    def _as_predicted(self) -> None:
        played = self.played
        with played.ports.db.read() as conn:
            rows = {r.id: r for r in conn.execute(select(CASE))}
            states = {r.id: (r.state, r.approved_by) for r in conn.execute(select(REPLY.c.id, REPLY.c.state, REPLY.c.approved_by))}
            _none([*laws.of_rows(conn), *self.log.read_on(conn)])
        _none(self._wrong_cases(rows))
        expected = {r.id: r.state for r in played.model.replies()}
        _none(
            [f"reply {id} is {states.get(id)}, it must be {state}" for id, state in expected.items() if states.get(id, ("",))[0] != state]
        )
        _none([f"reply {id} came from nowhere" for id in states if id not in expected])
        for reply in played.model.replies():
            posts = played.network.posts[reply.id]
            assert posts <= reply.posts_allowed, f"reply {reply.id} was posted {posts} times"
            assert not posts or not reply.approval or reply.approved, f"reply {reply.id} left without its approval"
            assert reply.state != "sent" or posts or reply.settled_by_hand, f"reply {reply.id} is sent but was never posted"

    def _wrong_cases(self, rows: dict[str, Any]) -> Iterator[str]:
        ids = {asker.person_id: name for name, asker in self.desk.people.items()}
        model = self.played.model
        yield from (f"case {id} came from nowhere" for id in rows if id not in {c.id for c in model.cases})
        for number, case in enumerate(model.cases):
            row = rows[case.id]
            real = (row.state, ids.get(row.assignee_id), bool(row.hold), row.disposition, row.waiting_since is not None, row.reply_count)
            must = (case.state, case.holder, case.hold, case.disposition, case.waits, case.answers)
            if real != must:
                names = ("state", "holder", "hold", "disposition", "waits", "answers")
                wrong = [f"{n} is {r}, must be {m}" for n, r, m in zip(names, real, must, strict=True) if r != m]
                yield f"case {number} of {case.author}: " + "; ".join(wrong)
            owner = self.played.customers[model.owner(case.author)]
            if row.customer_id != owner:
                yield f"case {number} belongs to customer {row.customer_id}, not to {owner}"


@contextmanager
def history(desks: Desks, sure: Sureness) -> Iterator[History]:
    """A history on a fresh desk."""
    with desks.open() as desk:
        made = History(desk, sure)
        try:
            yield made
        finally:
            made.client.close()
            desk = made.desk


def _none(found: Any) -> None:
    wrong = list(found)
    assert not wrong, "\n".join(wrong)
