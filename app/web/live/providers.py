"""Which regions a page has: each page's provider by the kind in its key, and the counts that every page shows."""

from typing import Final
from urllib.parse import parse_qs

from app.queries.inbox import counts
from app.web.live.watch import Provider, Region, Watch
from app.web.pages import approvals, case, customer, inbox, legal, policies, policy, rules, wallboard
from app.web.render import macro

PROVIDERS: Final[dict[str, Provider]] = {
    "inbox": inbox.regions,
    "rules": rules.regions,
    "policies": policies.regions,
    "policy": policy.regions,
    "case": case.regions,
    "wallboard": wallboard.regions,
    "legal": legal.regions,
    "approvals": approvals.regions,
    "customer": customer.regions,
}

_COUNTED: Final = ("case.", "mention.", "reply.", "clock.", "priority.", "matter.")


def regions(kind: str, watch: Watch) -> list[Region]:
    """Everything on the page that may have changed."""
    provider = PROVIDERS.get(kind)
    found = provider(watch) if provider else []
    if watch.visitor.asker.may("cases.read") and any(e.kind.startswith(_COUNTED) for e in watch.events):
        me = watch.visitor.asker.person_id
        shown = watch.once(("counts", me), lambda: counts(watch.conn, me, watch.ports.clock.now()))
        view = parse_qs(watch.args).get("view", ["all"])[0] if kind == "inbox" else ""
        html = watch.once(("nav-counts", shown, kind, view), lambda: macro("macros/rows.html", "nav_counts", shown, kind, view))
        found.append(Region("nav-counts", html))
    return found
