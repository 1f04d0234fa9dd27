"""Answers that wait to leave for a network of the rig, and what became of them: on the network, in the database, for a person."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import func, select

from app.actions.accept_mentions import Delivery, accept_mentions
from app.actions.receive_mentions import receive_mentions
from app.actions.send_reply import ReplyForm, send_reply
from app.cases.tables import CASE, REPLY
from app.core.asker import Asker
from app.core.clock import rfc3339
from app.core.events import Actor
from app.core.roles import PERMISSIONS
from app.engine import intake_queue
from app.engine.log import EVENT
from app.engine.ports import Ports
from app.judgement.desk import desk_of
from app.policy.gate import missing
from faults.answering import ANSWER
from faults.model import Place
from rig.desk import Site
from rig.network import Kind, Network, network
from rig.waiting import until

_BATCH: Final = 100
SHARED: Final = "@acme"


@dataclass(frozen=True, slots=True)
class Ground:
    """One desk and one network of one kind."""

    site: Site
    network: Network
    asker: Asker


@dataclass(frozen=True, slots=True)
class Standing:
    """Where all answers of a ground stand in the end. ``twice`` and ``none`` count customers on the network."""

    twice: int
    none: int
    """Customers whom the desk calls answered, or does not hand to anyone, and who got nothing."""
    false: int
    """Answers that the desk says failed or were taken back, and which stand on the network; or sent, and do not."""
    handed: int
    """Answers of unknown outcome that a person has to settle."""
    told_twice: int
    """Answers whose being sent was told more than once."""


@contextmanager
def ground(place: Place, kind: Kind, tail_seconds: float = 0.0) -> Iterator[Ground]:
    """A desk on a database of its own in this place, and its network."""
    url = place.database_url
    if place.cluster is not None:
        url = place.cluster.database(f"{url.rpartition('/')[2].partition('?')[0]}_{kind.replace('-', '_')}")
    else:
        url = f"sqlite:///{place.folder / kind / 'desk.db'}"
    folder = place.folder / kind
    with network(folder / "network", kind, tail_seconds=tail_seconds) as net, Site(folder / "site", url) as site:
        id = site.person("Ana")
        yield Ground(site, net, Asker(Actor("agent", id, "Ana"), PERMISSIONS["agent"], "agent", id))


def queue(on: Ground, count: int, account: str = SHARED) -> list[str]:
    """So many customers write once each on this account and are answered; the ids of the answers, due at once."""
    ports = _at_once(on.site.ports)
    hear(on, count, account)
    with ports.db.read() as conn:
        needed = {p.id: dict.fromkeys((i.id for i in missing(p, ())), True) for p in desk_of(ports, conn).policies}
        cases = conn.execute(select(CASE.c.id, CASE.c.version, CASE.c.policy).where(CASE.c.account == account)).all()
    return [send_reply(ports, on.asker, c.id, ReplyForm(ANSWER, c.version, checklist=needed.get(c.policy, {}))).id for c in cases]


def hear(on: Ground, count: int, account: str) -> list[str]:
    """So many customers write once each on this account, whose answers leave by the network; the ids of their cases."""
    ports = _at_once(on.site.ports)
    for first in range(0, count, _BATCH):
        posts = [_post(ports, account, number) for number in range(first, min(count, first + _BATCH))]
        accept_mentions(ports, [Delivery("rig", posts)])
        with ports.db.write() as tx:
            rows = intake_queue.waiting(tx.conn, tx.now, _BATCH)
        receive_mentions(ports, rows)
    with ports.db.read() as conn:
        return list(conn.execute(select(CASE.c.id).where(CASE.c.account == account)).scalars())


def settled(on: Ground, seconds: float) -> None:
    """Return when no answer is on its way and the desk has no doubt left to settle by itself; TimeoutError when it takes longer."""
    until(lambda: not unsettled(on), "the end of every answer", seconds=seconds)


def unsettled(on: Ground) -> int:
    """How many answers are still the desk's to work on."""
    moving = (REPLY.c.state.in_(("queued", "sending"))) | ((REPLY.c.state == "unknown") & REPLY.c.check_at.is_not(None))
    with on.site.ports.db.read() as conn:
        return conn.execute(select(func.count()).select_from(REPLY).where(moving)).scalar_one()


def standing(on: Ground) -> Standing:
    """Compare the database with the network's own book."""
    posts = Counter(str(post["key"]).removeprefix("reply-") for post in on.network.book()["posts"])
    customers = on.network.per_customer()
    with on.site.ports.db.read() as conn:
        rows = conn.execute(select(REPLY.c.id, REPLY.c.state, REPLY.c.check_at)).all()
        told = conn.execute(select(EVENT.c.data).where(EVENT.c.kind == "reply.sent")).scalars().all()
    sent_events = Counter(data["reply"] for data in told)
    return Standing(
        twice=sum(n > 1 for n in customers.values()),
        none=sum(r.state not in ("unknown", "failed", "cancelled") and not posts[r.id] for r in rows),
        false=sum(bool(posts[r.id]) if r.state in ("failed", "cancelled") else r.state == "sent" and posts[r.id] != 1 for r in rows),
        handed=sum(r.state == "unknown" for r in rows),
        told_twice=sum(n > 1 for n in sent_events.values()),
    )


def words(on: Ground) -> dict[str, int]:
    """What the desk says of the answers of unknown outcome, and how often."""
    with on.site.ports.db.read() as conn:
        return dict(Counter(conn.execute(select(REPLY.c.error).where(REPLY.c.state == "unknown")).scalars().all()))


def together(found: Sequence[Standing]) -> Counter[str]:
    """The sums over several grounds."""
    sums: Counter[str] = Counter()
    for one in found:
        sums.update({"twice": one.twice, "none": one.none, "false": one.false, "handed": one.handed, "told twice": one.told_twice})
    return sums


def _at_once(ports: Ports) -> Ports:
    """Answers leave without an undo window, and accounts that appear are the webhook's."""
    changed: dict[str, Any] = {"earshot_undo_seconds": 0, "earshot_default_publisher": "webhook"}
    return replace(ports, settings=ports.settings.model_copy(update=changed))


def _post(ports: Ports, account: str, number: int) -> dict[str, Any]:
    name = f"{account.strip('@')}_{number}"
    return {
        "network": "x", "account": account, "external_id": f"asked-{name}", "author": {"handle": name, "followers": 12},
        "text": f"{account} where is my order {number}? It should have been here on Monday.", "created_at": rfc3339(ports.clock.now()),
    }  # fmt: skip
