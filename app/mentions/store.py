"""Reads and writes of mentions. The writes take batches: a batch costs a handful of statements, whatever its size."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, insert, select, update

from app.core.ids import CaseId, CustomerId, IdentityId, MentionId
from app.engine.among import among
from app.engine.bulk import insert_rows, read_rows
from app.engine.database import Transaction
from app.engine.inserts import insert_or_ignore
from app.mentions.model import Glance, Known, Mention, Revision
from app.mentions.tables import CLUSTER, MENTION, REVISION

Source = tuple[str, str, str]
"""Network, instance, external id."""

CLUSTER_WINDOW: Final = timedelta(hours=6)  # a flood is news; the same complaint next week is not a copy
_CLUSTER_CANDIDATES: Final = 400  # texts compared per batch at most; beyond it the oldest are left out
_FIELDS: Final = tuple(Mention.__slots__)
_WITH_RAW: Final = (*_FIELDS, "raw")
_values: Final = attrgetter(*_FIELDS)
# Built once, and by place instead of as a list of triples, whose text SQLAlchemy would write anew for every batch.
_KNOWN: Final = select(
    MENTION.c.external_id, MENTION.c.id, MENTION.c.case_id, MENTION.c.text, MENTION.c.edited_at, MENTION.c.deleted_at, MENTION.c.revision,
    MENTION.c.thread_key,
).where(
    MENTION.c.network == bindparam("of_network"), MENTION.c.instance == bindparam("of_instance"),
    among(MENTION.c.external_id, "external_ids"),
)  # fmt: skip
_RECENT_CLUSTERS: Final = (
    select(CLUSTER.c.id, CLUSTER.c.bucket, CLUSTER.c.text, CLUSTER.c.size)
    .where(among(CLUSTER.c.bucket, "buckets"), CLUSTER.c.last_at > bindparam("since"))
    .order_by(CLUSTER.c.last_at.desc())
    .limit(_CLUSTER_CANDIDATES)
)
_ADD_CLUSTER: Final = insert(CLUSTER)
_CLUSTER_FIELDS: Final = ("id", "bucket", "text", "first_at", "last_at", "size")
_GROW: Final = update(CLUSTER).where(CLUSTER.c.id == bindparam("of_id")).values(size=bindparam("to_size"), last_at=bindparam("at"))
_GROW_NAMES: Final = ("to_size", "at", "of_id")
_GLANCES: Final = select(MENTION.c.id, MENTION.c.text, MENTION.c.kind, MENTION.c.media).where(among(MENTION.c.id, "ids"))
_OF_CASES: Final = (
    select(*(MENTION.c[f] for f in _FIELDS))
    .where(among(MENTION.c.case_id, "cases"))
    .order_by(MENTION.c.case_id, MENTION.c.created_at, MENTION.c.id)
    .limit(bindparam("most"))
)
_THREAD_BOUND: Final = 500  # posts of one thread shown at most


def known(conn: Connection, sources: Iterable[Source]) -> dict[Source, Known]:
    """Which of these are stored, with what tells a duplicate from an edit. One statement for each network and instance among them."""
    places: dict[tuple[str, str], list[str]] = {}
    for network, instance, external_id in sources:
        places.setdefault((network, instance), []).append(external_id)
    found: dict[Source, Known] = {}
    for (network, instance), external_ids in places.items():
        for row in read_rows(conn, _KNOWN, {"of_network": network, "of_instance": instance, "external_ids": external_ids}):
            source, id, case, text, edited_at, deleted_at, revision, thread_key = row
            found[network, instance, source] = Known(
                MentionId(id), CaseId(case), text, edited_at, deleted_at is not None, revision, thread_key
            )
    return found


def insert_all(tx: Transaction, mentions: Sequence[tuple[Mention, dict[str, Any]]]) -> None:
    """Store new mentions with their raw payloads; one that is there already is left as it is."""
    if mentions:
        insert_rows(tx.conn, insert_or_ignore(tx.conn, MENTION), _WITH_RAW, ((*_values(m), raw) for m, raw in mentions))


def revise(
    tx: Transaction, before: Known, *, text: str, edited_at: datetime, language: str, sentiment: float | None, judgement: dict[str, Any]
) -> None:
    """Keep the earlier text as a revision and store the new one."""
    tx.conn.execute(insert(REVISION).values(mention_id=before.id, number=before.revision, text=before.text, until=edited_at))
    tx.conn.execute(
        update(MENTION)
        .where(MENTION.c.id == before.id)
        .values(text=text, edited_at=edited_at, revision=before.revision + 1, language=language, sentiment=sentiment, judgement=judgement)
    )


def mark_deleted(tx: Transaction, id: MentionId, at: datetime) -> bool:
    """Mark as deleted at the source; False when it was already. The text stays, for the record."""
    return tx.conn.execute(update(MENTION).where(MENTION.c.id == id, MENTION.c.deleted_at.is_(None)).values(deleted_at=at)).rowcount == 1


def of_case(conn: Connection, case: CaseId) -> tuple[Mention, ...]:
    """The mentions of a case in the order they were written."""
    rows = conn.execute(select(MENTION).where(MENTION.c.case_id == case).order_by(MENTION.c.created_at, MENTION.c.id).limit(_THREAD_BOUND))
    return tuple(mention_of(r) for r in rows)


def after(conn: Connection, case: CaseId, id: MentionId) -> tuple[Mention, ...]:
    """The mentions of a case that came after this one (ids are in the order of arrival)."""
    rows = conn.execute(select(MENTION).where(MENTION.c.case_id == case, MENTION.c.id > id).order_by(MENTION.c.id).limit(_THREAD_BOUND))
    return tuple(mention_of(r) for r in rows)


def get(conn: Connection, id: str) -> Mention | None:
    """One mention."""
    row = conn.execute(select(MENTION).where(MENTION.c.id == id)).first()
    return None if row is None else mention_of(row)


def get_all(conn: Connection, ids: Collection[str]) -> dict[MentionId, Mention]:
    """These mentions by id."""
    return {MentionId(row.id): mention_of(row) for row in conn.execute(select(MENTION).where(MENTION.c.id.in_(sorted(ids))))}


def glances(conn: Connection, ids: Sequence[str]) -> dict[MentionId, Glance]:
    """What rules ask of these mentions, in one statement."""
    found = read_rows(conn, _GLANCES, {"ids": sorted(set(ids))}) if ids else []
    return {MentionId(id): Glance(text, kind, bool(media)) for id, text, kind, media in found}


def of_cases(conn: Connection, cases: Sequence[CaseId]) -> dict[CaseId, list[Mention]]:
    """``of_case`` of several cases in one statement; those without a mention are left out."""
    found: dict[CaseId, list[Mention]] = {}
    for row in read_rows(conn, _OF_CASES, {"cases": cases, "most": _THREAD_BOUND * len(cases)}) if cases else ():
        mention = Mention(*row)
        found.setdefault(mention.case_id, []).append(mention)
    return found


def thread_size(conn: Connection, post: Mention) -> int:
    """How many posts of the thread we have."""
    return conn.execute(select(func.count()).select_from(MENTION).where(*_same_thread(post))).scalar_one()


def we_began(conn: Connection, post: Mention) -> bool:
    """Whether the thread of this post is one that we started: a comment stands below a post of ours, and any other thread is ours when
    its first post was written by the account that it was sent to."""
    if post.kind == "comment":
        return True
    comment = conn.execute(select(MENTION.c.id).where(*_same_thread(post), MENTION.c.kind == "comment").limit(1)).first()
    return comment is not None or bool(ours(conn, {(post.network, post.instance, post.thread_key)}))


def ours(conn: Connection, sources: Iterable[Source]) -> frozenset[Source]:
    """Which of these posts were written by the account that they were sent to."""
    found = set()
    for source in sources:
        where = (MENTION.c.network == source[0], MENTION.c.instance == source[1], MENTION.c.external_id == source[2])
        row = conn.execute(select(MENTION.c.author_handle, MENTION.c.account).where(*where)).first()
        if row is not None and _bare(row.account) == _bare(row.author_handle) != "":
            found.add(source)
    return frozenset(found)


def sentiment_before(conn: Connection, post: Mention) -> float | None:
    """The sentiment of the author's post before this one in the same case; None where there is none, or it was not scored."""
    earlier = select(MENTION.c.sentiment).where(
        MENTION.c.case_id == post.case_id, MENTION.c.identity_id == post.identity_id, MENTION.c.id < post.id
    )
    return conn.execute(earlier.order_by(MENTION.c.id.desc()).limit(1)).scalar()


def revisions(conn: Connection, ids: Sequence[MentionId]) -> tuple[Revision, ...]:
    """Earlier texts of these mentions, the oldest first."""
    if not ids:
        return ()
    rows = conn.execute(select(REVISION).where(REVISION.c.mention_id.in_(ids)).order_by(REVISION.c.mention_id, REVISION.c.number))
    return tuple(Revision(MentionId(r.mention_id), r.number, r.text, r.until) for r in rows)


def recent_clusters(conn: Connection, buckets: Sequence[str], since: datetime) -> list[tuple[str, str, str, int]]:
    """Recent clusters in these buckets as (id, bucket, normalised text, size), the latest first."""
    if not buckets:
        return []
    return [(id, bucket, text, size) for id, bucket, text, size in read_rows(conn, _RECENT_CLUSTERS, {"buckets": buckets, "since": since})]


def add_clusters(tx: Transaction, rows: Sequence[tuple[str, str, str]]) -> None:
    """New clusters of one: (id, bucket, normalised text)."""
    insert_rows(tx.conn, _ADD_CLUSTER, _CLUSTER_FIELDS, ((i, b, t, tx.now, tx.now, 1) for i, b, t in rows))


def grow_clusters(tx: Transaction, sizes: Iterable[tuple[str, int]]) -> None:
    """Set clusters' sizes after new copies, each cluster once: (id, size)."""
    insert_rows(tx.conn, _GROW, _GROW_NAMES, ((size, tx.now, id) for id, size in sizes), distinct=True)


def mention_of(row: Row[Any]) -> Mention:
    """The frozen record of a row of ``mention``."""
    return Mention(
        id=MentionId(row.id), network=row.network, instance=row.instance, external_id=row.external_id, account=row.account, url=row.url,
        text=row.text, created_at=row.created_at, received_at=row.received_at, visibility=row.visibility, kind=row.kind,
        content_warning=row.content_warning, identity_id=IdentityId(row.identity_id), customer_id=CustomerId(row.customer_id),
        author_handle=row.author_handle, author_name=row.author_name, in_reply_to=row.in_reply_to, thread_key=row.thread_key,
        edited_at=row.edited_at, deleted_at=row.deleted_at, revision=row.revision, counts=row.counts, media=row.media,
        language=row.language, sentiment=row.sentiment, judgement=row.judgement, case_id=CaseId(row.case_id), cluster_id=row.cluster_id,
    )  # fmt: skip


def _same_thread(post: Mention) -> tuple[ColumnElement[bool], ...]:
    return (MENTION.c.network == post.network, MENTION.c.instance == post.instance, MENTION.c.thread_key == post.thread_key)


def _bare(name: str) -> str:
    return name.strip().removeprefix("@").casefold()
