"""Tables of mentions: mention, mention_revision, cluster."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Float, Index, Integer, String, Text
from sqlmodel import Field, SQLModel

from app.engine.columns import Json, UtcDateTime, table_of


class MentionRow(SQLModel, table=True):
    """One mention. The unique key is what ends duplicates: insert-or-ignore, never check-then-insert."""

    __tablename__ = "mention"
    __table_args__ = (
        Index("uq_mention_source", "network", "instance", "external_id", unique=True),
        Index("ix_mention_case_id", "case_id", "created_at"),
        Index("ix_mention_customer_id", "customer_id", "created_at"),
        Index("ix_mention_thread", "network", "instance", "thread_key"),
    )
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    network: str = Field(sa_column=Column(String(40), nullable=False))
    instance: str = Field(sa_column=Column(String(120), nullable=False))
    external_id: str = Field(sa_column=Column(String(500), nullable=False))
    account: str = Field(sa_column=Column(String(120), nullable=False))
    url: str | None = Field(default=None, sa_column=Column(Text))
    text: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    received_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    visibility: str = Field(sa_column=Column(String(10), nullable=False))
    kind: str = Field(sa_column=Column(String(10), nullable=False))
    content_warning: str | None = Field(default=None, sa_column=Column(Text))
    identity_id: str = Field(sa_column=Column(String(20), nullable=False))
    customer_id: str = Field(sa_column=Column(String(20), nullable=False))
    author_handle: str = Field(sa_column=Column(String(200), nullable=False))
    author_name: str = Field(sa_column=Column(String(200), nullable=False))
    in_reply_to: str | None = Field(default=None, sa_column=Column(String(500)))
    thread_key: str = Field(sa_column=Column(String(500), nullable=False))
    edited_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    deleted_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    revision: int = Field(default=1, sa_column=Column(Integer, nullable=False))
    counts: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    media: list[Any] = Field(sa_column=Column(Json, nullable=False))
    raw: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    language: str = Field(sa_column=Column(String(8), nullable=False))
    sentiment: float | None = Field(default=None, sa_column=Column(Float))
    judgement: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    case_id: str = Field(sa_column=Column(String(20), nullable=False))
    cluster_id: str | None = Field(default=None, sa_column=Column(String(20)))


class RevisionRow(SQLModel, table=True):
    """The text a mention had before an edit at the source."""

    __tablename__ = "mention_revision"
    mention_id: str = Field(sa_column=Column(String(20), primary_key=True))
    number: int = Field(sa_column=Column(Integer, primary_key=True))
    text: str = Field(sa_column=Column(Text, nullable=False))
    until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ClusterRow(SQLModel, table=True):
    """A group of near-copies: the first text seen, and how many authors and posts said it since."""

    __tablename__ = "cluster"
    __table_args__ = (Index("ix_cluster_bucket", "bucket", "last_at"),)
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    bucket: str = Field(sa_column=Column(String(80), nullable=False))
    text: str = Field(sa_column=Column(Text, nullable=False))
    first_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    last_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    size: int = Field(sa_column=Column(Integer, nullable=False))


MENTION: Final = table_of(MentionRow)
REVISION: Final = table_of(RevisionRow)
CLUSTER: Final = table_of(ClusterRow)
