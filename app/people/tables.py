"""Tables of people: person, session, token."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String
from sqlmodel import Field, SQLModel

from app.core.roles import ROLES, SCOPES
from app.engine.columns import Json, UtcDateTime, one_of, table_of
from app.people.model import PRESENCES


class PersonRow(SQLModel, table=True):
    """One person. Presence is what they chose; the socket never overrules it."""

    __tablename__ = "person"
    __table_args__ = (
        one_of("role", ROLES),
        one_of("presence", PRESENCES),
        Index("uq_person_email", "email", unique=True),
    )
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    email: str = Field(sa_column=Column(String(254), nullable=False))
    name: str = Field(sa_column=Column(String(120), nullable=False))
    role: str = Field(sa_column=Column(String(12), nullable=False))
    password_hash: str = Field(sa_column=Column(String(200), nullable=False))
    disabled: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    languages: list[Any] = Field(sa_column=Column(Json, nullable=False))
    skills: list[Any] = Field(sa_column=Column(Json, nullable=False))
    queues: list[Any] = Field(sa_column=Column(Json, nullable=False))
    capacity: int = Field(default=8, sa_column=Column(Integer, nullable=False))
    presence: str = Field(default="away", sa_column=Column(String(10), nullable=False))
    presence_reason: str = Field(default="", sa_column=Column(String(80), nullable=False))
    presence_since: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    hard_capacity: int | None = Field(default=None, sa_column=Column(Integer))
    last_seen_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    given_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class SessionRow(SQLModel, table=True):
    """One signed-in browser, by the hash of its cookie."""

    __tablename__ = "session"
    __table_args__ = (Index("ix_session_person_id", "person_id"),)
    id: str = Field(sa_column=Column(String(64), primary_key=True))
    person_id: str = Field(sa_column=Column(String(20), ForeignKey("person.id"), nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class TokenRow(SQLModel, table=True):
    """One bearer token, by its hash."""

    __tablename__ = "token"
    __table_args__ = (one_of("scope", SCOPES), Index("uq_token_hash", "hash", unique=True))
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    hash: str = Field(sa_column=Column(String(64), nullable=False))
    name: str = Field(sa_column=Column(String(80), nullable=False))
    scope: str = Field(sa_column=Column(String(8), nullable=False))
    person_id: str | None = Field(default=None, sa_column=Column(String(20), ForeignKey("person.id")))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    revoked: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))


PERSON: Final = table_of(PersonRow)
SESSION: Final = table_of(SessionRow)
TOKEN: Final = table_of(TokenRow)
