"""Frozen records of mentions and their revisions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.ids import CaseId, CustomerId, IdentityId, MentionId
from app.core.records import quick


@quick
@dataclass(frozen=True, slots=True)
class Mention:
    """One post as it stands now. ``judgement`` is ``analysis.Judgement.as_json``; times are the network's claim but ``received_at``."""

    id: MentionId
    network: str
    instance: str
    external_id: str
    account: str
    url: str | None
    text: str
    created_at: datetime
    received_at: datetime
    visibility: str
    kind: str
    content_warning: str | None
    identity_id: IdentityId
    customer_id: CustomerId
    author_handle: str
    author_name: str
    in_reply_to: str | None
    thread_key: str
    edited_at: datetime | None
    deleted_at: datetime | None
    revision: int
    counts: dict[str, Any]
    media: list[dict[str, Any]]
    language: str
    sentiment: float | None
    judgement: dict[str, Any]
    case_id: CaseId
    cluster_id: str | None


@quick
@dataclass(frozen=True, slots=True)
class Glance:
    """As much of a mention as rules ask of it once it is judged."""

    text: str
    kind: str
    has_media: bool


@dataclass(frozen=True, slots=True)
class Revision:
    """An earlier text of a mention that was edited at the source."""

    mention_id: MentionId
    number: int
    text: str
    until: datetime


@quick
@dataclass(frozen=True, slots=True)
class Known:
    """What must be known of a stored mention to tell a duplicate from an edit."""

    id: MentionId
    case_id: CaseId
    text: str
    edited_at: datetime | None
    deleted: bool
    revision: int
    thread_key: str
