"""Reads and writes of channels and of the demo network's posts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Insert, Row, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.channels.model import Channel, ChannelKey, EchoPost, State
from app.channels.networks import network
from app.channels.port import PublisherName
from app.channels.tables import CHANNEL, ECHO_POST
from app.core.errors import NotFound
from app.core.ids import ChannelId, ReplyId
from app.core.paging import DEFAULT_LIMIT, Page, decode_cursor, encode_cursor
from app.engine.bulk import insert_rows
from app.engine.database import Transaction
from app.engine.inserts import insert_for


def _noting(statement: sqlite.Insert | postgresql.Insert) -> Insert:
    more = {
        "mentions_total": CHANNEL.c.mentions_total + statement.excluded.mentions_total,
        "last_event_at": statement.excluded.last_event_at,
    }
    return statement.on_conflict_do_update(index_elements=["network", "instance", "account"], set_=more)


# Built once, because every batch runs it.
_NOTE: Final = {"sqlite": _noting(sqlite.insert(CHANNEL)), "postgresql": _noting(postgresql.insert(CHANNEL))}
_CHANNELS_BOUND: Final = 1_000  # accounts of a company, not of its customers; the screen says when it is reached
_TITLE_CHARACTERS: Final = 600
_ERROR_CHARACTERS: Final = 2_000


def get(conn: Connection, id: str) -> Channel:
    """The channel; NotFound when there is none."""
    row = conn.execute(select(CHANNEL).where(CHANNEL.c.id == id)).first()
    if row is None:
        raise NotFound("No such channel.")
    return _channel(row)


def find(conn: Connection, key: ChannelKey) -> Channel | None:
    """The channel of an account, None when no mention came through it yet and nobody made it."""
    row = conn.execute(select(CHANNEL).where(_is(key))).first()
    return None if row is None else _channel(row)


def everything(conn: Connection) -> tuple[Channel, ...]:
    """All channels by network and account, at most 1,000."""
    rows = conn.execute(select(CHANNEL).order_by(CHANNEL.c.network, CHANNEL.c.account, CHANNEL.c.id).limit(_CHANNELS_BOUND))
    return tuple(_channel(r) for r in rows)


def ensure(tx: Transaction, key: ChannelKey, publisher: PublisherName, settings: dict[str, Any] | None = None) -> Channel:
    """The channel of an account, made with this publisher when it is not there. A second call changes nothing."""
    _insert_new(tx, [key], publisher, settings or {})
    return _channel(tx.conn.execute(select(CHANNEL).where(_is(key))).one())


def note_mentions(tx: Transaction, counts: Mapping[ChannelKey, int], publisher: PublisherName) -> None:
    """Add a batch's mentions to their channels and make the channels that are new, in one statement for the whole batch."""
    if not counts:
        return
    keys = sorted(counts, key=lambda k: (k.network, k.instance, k.account))  # one order for all writers, so none waits in a circle
    rows = [_new(tx, k, publisher, {}) | {"mentions_total": counts[k], "last_event_at": tx.now} for k in keys]
    insert_rows(tx.conn, _NOTE[tx.conn.dialect.name], tuple(rows[0]), (tuple(row.values()) for row in rows), distinct=True)


def set_state(tx: Transaction, id: ChannelId, state: State, error: str = "") -> bool:
    """Pause, resume or mark as failing; False when it stands so already or there is no such channel."""
    error = error[:_ERROR_CHARACTERS]
    done = tx.conn.execute(
        update(CHANNEL)
        .where(CHANNEL.c.id == id, (CHANNEL.c.state != state) | (CHANNEL.c.last_error != error))
        .values(state=state, last_error=error)
    )
    return done.rowcount == 1


def set_publisher(tx: Transaction, id: ChannelId, publisher: PublisherName, settings: dict[str, Any]) -> bool:
    """How its answers leave from now on; False when there is no such channel."""
    done = tx.conn.execute(update(CHANNEL).where(CHANNEL.c.id == id).values(publisher=publisher, settings=settings))
    return done.rowcount == 1


def note_delivery(tx: Transaction, id: ChannelId, error: str, quiet_until: datetime | None = None) -> bool:
    """What the last attempt to answer on it came to, "" for well; True when its state changed. A paused channel stays paused."""
    error = error[:_ERROR_CHARACTERS]
    if quiet_until is not None:
        tx.conn.execute(update(CHANNEL).where(CHANNEL.c.id == id).values(quiet_until=quiet_until))
    state, before = ("error", "live") if error else ("live", "error")
    done = tx.conn.execute(update(CHANNEL).where(CHANNEL.c.id == id, CHANNEL.c.state == before).values(state=state, last_error=error))
    if error and done.rowcount == 0:
        tx.conn.execute(update(CHANNEL).where(CHANNEL.c.id == id, CHANNEL.c.state == "error").values(last_error=error))
    return done.rowcount == 1


def quiet(conn: Connection, now: datetime) -> tuple[ChannelKey, ...]:
    """Accounts whose network has asked for no call yet."""
    rows = conn.execute(select(CHANNEL.c.network, CHANNEL.c.instance, CHANNEL.c.account).where(CHANNEL.c.quiet_until > now))
    return tuple(ChannelKey(r.network, r.instance, r.account) for r in rows)


def add_echo_post(tx: Transaction, post: EchoPost) -> bool:
    """Put a post on the demo network; False when this reply stands there already, which is left as it is."""
    added = tx.conn.execute(
        insert_for(tx.conn, ECHO_POST)
        .values(
            id=post.id, reply_id=post.reply_id, network=post.network, in_reply_to=post.in_reply_to,
            author_handle=post.author_handle, text=post.text, at=post.at,
        )
        .on_conflict_do_nothing()
        .returning(ECHO_POST.c.id)
    )  # fmt: skip
    return added.first() is not None


def echo_post_of(conn: Connection, reply: ReplyId) -> EchoPost | None:
    """The post of a reply on the demo network."""
    row = conn.execute(select(ECHO_POST).where(ECHO_POST.c.reply_id == reply)).first()
    return None if row is None else _echo_post(row)


def echo_posts(conn: Connection, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT) -> Page[EchoPost]:
    """The demo network's posts, newest reply first (reply ids are in time order)."""
    query = select(ECHO_POST).order_by(ECHO_POST.c.reply_id.desc()).limit(limit + 1)
    if cursor:
        query = query.where(ECHO_POST.c.reply_id < str(decode_cursor(cursor, 1)[0]))
    posts = tuple(_echo_post(r) for r in conn.execute(query))
    return Page(posts[:limit], encode_cursor([posts[limit - 1].reply_id]) if len(posts) > limit else None)


def _insert_new(tx: Transaction, keys: Sequence[ChannelKey], publisher: PublisherName, settings: dict[str, Any]) -> None:
    tx.conn.execute(
        insert_for(tx.conn, CHANNEL).on_conflict_do_nothing(index_elements=["network", "instance", "account"]),
        [_new(tx, k, publisher, settings) for k in keys],
    )


def _new(tx: Transaction, key: ChannelKey, publisher: PublisherName, settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": tx.new_id(), "network": key.network, "instance": key.instance, "account": key.account, "title": _title(key),
        "publisher": publisher, "settings": settings, "state": "live", "last_error": "", "mentions_total": 0,
    }  # fmt: skip


def _title(key: ChannelKey) -> str:
    return " ".join(part for part in (network(key.network).title, key.account, key.instance) if part)[:_TITLE_CHARACTERS]


def _is(key: ChannelKey) -> ColumnElement[bool]:
    return and_(CHANNEL.c.network == key.network, CHANNEL.c.instance == key.instance, CHANNEL.c.account == key.account)


def _channel(row: Row[Any]) -> Channel:
    return Channel(
        id=ChannelId(row.id),
        key=ChannelKey(row.network, row.instance, row.account),
        title=row.title,
        publisher=row.publisher,
        settings=row.settings,
        state=row.state,
        last_event_at=row.last_event_at,
        last_error=row.last_error,
        mentions_total=row.mentions_total,
        quiet_until=row.quiet_until,
    )


def _echo_post(row: Row[Any]) -> EchoPost:
    return EchoPost(row.id, ReplyId(row.reply_id), row.network, row.in_reply_to, row.author_handle, row.text, row.at)
