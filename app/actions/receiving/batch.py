"""First step, before any transaction: waiting rows become judged mentions, and each says whether it is new, an edit or a deletion."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.actions.accept_mentions import is_duplicate
from app.analysis.judge import judge_all
from app.analysis.model import Judgement
from app.analysis.words import Lexicon
from app.channels.mention_in import MentionIn, stored_mention
from app.core.records import quick
from app.customers.model import AuthorKey, AuthorSeen, handle_key
from app.engine.intake_queue import Waiting
from app.mentions import likeness
from app.mentions.model import Known
from app.mentions.store import Source


@quick
@dataclass(frozen=True, slots=True)
class Incoming:
    """One accepted mention with its judgement; None for a deletion, which has no text to judge."""

    row: Waiting
    mention: MentionIn
    judgement: Judgement | None
    source: Source
    """What makes it one mention."""
    author: AuthorSeen
    """The author as this mention shows them."""
    author_key: AuthorKey
    normal: str
    """Its text without what near-copies change."""
    buckets: tuple[str, ...]
    """Where near-copies of it would be found; none for a text too short to be a copy."""


@dataclass(slots=True)
class Sorted:
    """A batch by what has to be done with each."""

    new: list[Incoming] = field(default_factory=list)
    edited: list[tuple[Incoming, Known]] = field(default_factory=list)
    deleted: list[tuple[Incoming, Known]] = field(default_factory=list)
    nothing: int = 0


def read(rows: Sequence[Waiting], lexicon: Lexicon) -> list[Incoming]:
    """The rows parsed and judged. A row that cannot be is left to raise: the caller then tries each alone."""
    read = [stored_mention(row.body) for row in rows]
    judgements = iter(judge_all([(m.text, m.lang) for m in read if not m.deleted], lexicon))
    found = []
    for row, m in zip(rows, read, strict=True):
        judgement = None if m.deleted else next(judgements)
        author = _author_of(m)
        normal = likeness.normalised(m.text)
        source = (m.network, m.instance, m.external_id)
        found.append(Incoming(row, m, judgement, source, author, author.key, normal, likeness.buckets(m.account, normal)))
    return found


def _author_of(m: MentionIn) -> AuthorSeen:
    a = m.author
    return AuthorSeen(
        network=m.network, instance=m.instance, external_id=a.external_id or None, handle=a.handle or None, name=a.name,
        followers=a.followers, verified=a.verified, url=a.url,
    )  # fmt: skip


def names_of(incoming: Iterable[Incoming]) -> set[str]:
    """What two workers must not judge at the same moment: an author, a post and the one it answers, texts that may be copies."""
    names: set[str] = set()
    for item in incoming:
        m = item.mention
        place = f"{m.network}\x1f{m.instance}\x1f"
        names.update(f"post\x1f{place}{id}" for id in (m.external_id, m.in_reply_to) if id)
        if m.author.external_id:
            names.add(f"id\x1f{place}{m.author.external_id}")
        if m.author.handle:
            names.add(f"handle\x1f{place}{handle_key(m.author.handle)}")
        names.update(item.buckets)
    return names


def sort(incoming: Sequence[Incoming], known: dict[Source, Known]) -> Sorted:
    """What is new, edited, deleted, or says nothing new. Of two alike in one batch the first is new, the second nothing."""
    result = Sorted()
    fresh: dict[Source, int] = {}
    for item in incoming:
        stored = known.get(item.source)
        if stored is None and item.mention.deleted:
            result.nothing += 1  # never seen: there is nothing to mark
        elif stored is None and item.source in fresh:
            # An edit that came in the same batch as its post: the later text is the one to store.
            place = fresh[item.source]
            if item.mention.edited_at is not None:
                result.new[place] = item
            result.nothing += 1
        elif stored is None:
            fresh[item.source] = len(result.new)
            result.new.append(item)
        elif is_duplicate(item.mention, stored):
            result.nothing += 1
        elif item.mention.deleted:
            result.deleted.append((item, stored))
        else:
            result.edited.append((item, stored))
    return result
