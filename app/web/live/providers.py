"""Which regions a page has: each page's provider by the kind in its key, and the counts that every page shows."""

from typing import Final

from app.queries.inbox import NavCounts, counts
from app.queries.own_presence import OwnPresence
from app.queries.rules_waiting import rules_waiting
from app.web.live.watch import Provider, Region, Watch
from app.web.pages import approvals, case, customer, inbox, legal, notices, people, policies, policy, rules, wallboard
from app.web.render import kept

PROVIDERS: Final[dict[str, Provider]] = {
    "inbox": inbox.regions,
    "rules": rules.regions,
    "policies": policies.regions,
    "policy": policy.regions,
    "case": case.regions,
    "wallboard": wallboard.regions,
    "people": people.regions,
    "legal": legal.regions,
    "notices": notices.regions,
    "approvals": approvals.regions,
    "customer": customer.regions,
}

COUNTED: Final = ("case.", "mention.", "reply.", "clock.", "priority.", "matter.")
_COUNTS: Final = (
    ("all", "all"), ("risk", "at_risk"), ("due", "due_soon"), ("approvals", "approvals"), ("legal", "legal"), ("snoozed", "snoozed"),
    ("bulk", "bulk"),
)  # fmt: skip
"""Views by the name in their region's id, with their field. One's own cases are counted apart: see ``own_region``."""


def regions(kind: str, watch: Watch) -> list[Region]:
    """Everything on the page that may have changed, but for what is one person's own on a page that many share."""
    provider = PROVIDERS.get(kind)
    found = provider(watch) if provider else []
    if watch.visitor.asker.may("cases.read") and (watch.time_passed or any(e.kind.startswith(COUNTED) for e in watch.events)):
        found = [*found, *watch.once(("counts",), lambda: count_regions(counts(watch.conn, None, watch.ports.clock.now())))]
    if watch.visitor.asker.may("rules.confirm") and any(e.kind.startswith("rules.") for e in watch.events):
        found = [*found, _count("rules", str(watch.once(("rules waiting",), lambda: rules_waiting(watch.conn))))]
    return found


def count_regions(shown: NavCounts) -> list[Region]:
    """The counts that are the same for everyone, each an element of its own: a handful of bytes when one changes."""
    return [_count(view, getattr(shown, name)) for view, name in _COUNTS]


def own_region(mine: str) -> Region:
    """The count of one's own cases."""
    return _count("mine", mine)


def bell_region(unread: str) -> Region:
    """The count of one's own notices."""
    return _count("notices", unread)


def presence_regions(own: OwnPresence) -> list[Region]:
    """What one says of oneself, on the button of one's name and in its menu."""
    said = str(kept("macros/rows.html", "presence_said", own.presence, own.reason, own.since))
    return [Region("own-presence", str(kept("macros/rows.html", "presence_sign", own.presence))), Region("own-presence-said", said)]


def _count(view: str, shown: str) -> Region:
    return Region(f"count-{view}", str(kept("macros/rows.html", "count", view, shown)))
