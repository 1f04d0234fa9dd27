"""Tables of channels: channel, and echo_post, which is the demo network's own record."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Index, String, Text
from sqlmodel import Field, SQLModel

from app.channels.model import PUBLISHERS, STATES
from app.engine.columns import Json, UtcDateTime, one_of, table_of


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


CHANNEL: Final = table_of(ChannelRow)
ECHO_POST: Final = table_of(EchoPostRow)
