"""What was said and written, joined to events by id: the log itself holds no words of people, so that an erasure leaves it whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from app.cases.tables import NOTE, REPLY
from app.core.events import Event
from app.mentions.tables import MENTION


@dataclass(frozen=True, slots=True)
class Told:
    """The words behind one event. ``who`` is the author where the event names none; ``state`` is a reply's present state."""

    text: str
    who: str = ""
    url: str | None = None
    language: str | None = None
    state: str | None = None


def told_by(conn: Connection, events: Sequence[Event]) -> dict[int, Told]:
    """The words behind these events, by seq; three queries whatever their number.

    A reply has several events; its words stand at the newest of those given, so that one answer is read once.
    """
    posts = {e.seq: e.mention for e in events if e.mention and e.kind.startswith("mention.")}
    replies = _newest({e.seq: str(e.data["reply"]) for e in events if e.kind.startswith("reply.") and e.data.get("reply")})
    notes = {e.seq: str(e.data["note"]) for e in events if e.kind == "note.added" and e.data.get("note")}
    found: dict[str, Told] = {}
    if posts:
        columns = (MENTION.c.id, MENTION.c.text, MENTION.c.author_handle, MENTION.c.url, MENTION.c.language)
        for m in conn.execute(select(*columns).where(MENTION.c.id.in_(set(posts.values())))):
            found[m.id] = Told(m.text, m.author_handle, m.url, m.language)
    if replies:
        columns = (REPLY.c.id, REPLY.c.text, REPLY.c.by_name, REPLY.c.url, REPLY.c.state)
        for r in conn.execute(select(*columns).where(REPLY.c.id.in_(set(replies.values())))):
            found[r.id] = Told(r.text, r.by_name, r.url, state=r.state)
    if notes:
        for n in conn.execute(select(NOTE.c.id, NOTE.c.text, NOTE.c.by_name).where(NOTE.c.id.in_(set(notes.values())))):
            found[n.id] = Told(n.text, n.by_name)
    return {seq: found[id] for seq, id in (*posts.items(), *replies.items(), *notes.items()) if id in found}


def _newest(by_seq: dict[int, str]) -> dict[int, str]:
    """One seq for each id, the greatest."""
    last = {id: seq for seq, id in sorted(by_seq.items())}
    return {seq: id for id, seq in last.items()}
