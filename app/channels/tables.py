"""Tables of channels: channel, echo_post, which is the demo network's own record, and webhook_call, the outbox of the rules' calls."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Index, Integer, String, Text
from sqlmodel import Field, SQLModel

from app.channels.model import CALL_STATES, PUBLISHERS, STATES
from app.engine.columns import Json, UtcDateTime, one_of, table_of
from app.engine.inserts import partial_index


class ChannelRow(SQLModel, table=True):
    """One account on one network; ``instance`` and ``account`` are "" where there is none, so that the key is unique."""

    __tablename__ = "channel"
    __table_args__ = (
        one_of("publisher", PUBLISHERS),
        one_of("state", STATES),
        Index("uq_channel_key", "network", "instance", "account", unique=True),
    )
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    network: str = Field(sa_column=Column(String(32), nullable=False))
    instance: str = Field(sa_column=Column(String(500), nullable=False))
    account: str = Field(sa_column=Column(String(500), nullable=False))
    title: str = Field(sa_column=Column(String(600), nullable=False))
    publisher: str = Field(sa_column=Column(String(10), nullable=False))
    settings: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    state: str = Field(sa_column=Column(String(8), nullable=False))
    last_event_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    last_error: str = Field(default="", sa_column=Column(Text, nullable=False))
    mentions_total: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    quiet_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class EchoPostRow(SQLModel, table=True):
    """One answer on the demo network. The unique reply is what makes publishing twice leave one post."""

    __tablename__ = "echo_post"
    __table_args__ = (Index("uq_echo_post_reply_id", "reply_id", unique=True),)
    id: str = Field(sa_column=Column(String(40), primary_key=True))
    reply_id: str = Field(sa_column=Column(String(20), nullable=False))
    network: str = Field(sa_column=Column(String(32), nullable=False))
    in_reply_to: str = Field(sa_column=Column(String(500), nullable=False))
    author_handle: str = Field(sa_column=Column(String(500), nullable=False))
    text: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class WebhookCallRow(SQLModel, table=True):
    """One call of a webhook that a rule asked for. ``due_at`` is when it is tried next, or while one tries, the end of their lease."""

    __tablename__ = "webhook_call"
    __table_args__ = (
        one_of("state", CALL_STATES),
        partial_index("ix_webhook_call_due", "due_at", where="state = 'waiting'"),
        partial_index("ix_webhook_call_parked", "id", where="state = 'parked'"),
        Index("ix_webhook_call_case_id", "case_id"),
    )
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    webhook: str = Field(sa_column=Column(String(60), nullable=False))
    case_id: str | None = Field(default=None, sa_column=Column(String(20)))
    payload: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    state: str = Field(sa_column=Column(String(8), nullable=False))
    tries: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    made_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    last_error: str = Field(default="", sa_column=Column(Text, nullable=False))


CHANNEL: Final = table_of(ChannelRow)
WEBHOOK_CALL: Final = table_of(WebhookCallRow)
ECHO_POST: Final = table_of(EchoPostRow)
