"""The tables of routing: every rule text ever published, those that wait for a second person, every decision with its Facts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, String, Text
from sqlmodel import Field, SQLModel

from app.engine.columns import Json, UtcDateTime
from app.engine.inserts import partial_index


class RuleVersionRow(SQLModel, table=True):
    """One published text, never changed: the database refuses it too. The highest version is the active one; going back publishes a copy.

    ``changes`` are the ids of the rules that say something else, are new, gone or stand elsewhere than in the version before; null for
    versions of before it was kept. ``confirmed_by`` is the second person, where one was needed.
    """

    __tablename__ = "rule_version"
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    text: str = Field(sa_column=Column(Text, nullable=False))
    hash: str = Field(sa_column=Column(String(64), nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    copy_of: int | None = Field(default=None)
    by_id: str = Field(sa_column=Column(String(40), nullable=False))
    by_name: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    changes: list[str] | None = Field(default=None, sa_column=Column(Json, nullable=True))
    confirmed_by_id: str | None = Field(default=None, sa_column=Column(String(40), nullable=True))
    confirmed_by_name: str | None = Field(default=None, sa_column=Column(Text, nullable=True))


class RuleProposalRow(SQLModel, table=True):
    """A text that somebody wants in force and that touches legal; ``base`` is the version it was made against.

    ``state`` is waiting, confirmed, declined or withdrawn. ``by_person`` is null for whoever has no account (the command line).
    """

    __tablename__ = "rule_proposal"
    __table_args__ = (partial_index("ix_rule_proposal_waiting", "id", where="state = 'waiting'"), Index("ix_rule_proposal_hash", "hash"))
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    base: int = Field(nullable=False)
    text: str = Field(sa_column=Column(Text, nullable=False))
    hash: str = Field(sa_column=Column(String(64), nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    copy_of: int | None = Field(default=None)
    touches: list[list[str]] = Field(sa_column=Column(Json, nullable=False))
    by_id: str = Field(sa_column=Column(String(40), nullable=False))
    by_name: str = Field(sa_column=Column(Text, nullable=False))
    by_person: str | None = Field(default=None, sa_column=Column(String(20), nullable=True))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    state: str = Field(sa_column=Column(String(10), nullable=False))
    decided_by_id: str | None = Field(default=None, sa_column=Column(String(40), nullable=True))
    decided_by_name: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    decided_why: str = Field(default="", sa_column=Column(Text, nullable=False))


class DecisionRow(SQLModel, table=True):
    """One decision. ``facts`` is what the rules saw, so that it can be explained and tried again with other rules.

    ``chain`` says how it came about and what came of it beyond its trace, see ``routing.chain``; null where there is nothing to say.
    """

    __tablename__ = "decision"
    __table_args__ = (Index("ix_decision_case_id_at", "case_id", "at"), Index("ix_decision_at", "at"))
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    mention_id: str | None = Field(sa_column=Column(String(20), nullable=True))
    case_id: str | None = Field(sa_column=Column(String(20), nullable=True))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    trigger: str = Field(sa_column=Column(String(40), nullable=False))
    version: int = Field(nullable=False)
    facts: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    outcome: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    trace: list[dict[str, Any]] = Field(sa_column=Column(Json, nullable=False))
    chain: dict[str, Any] | None = Field(default=None, sa_column=Column(Json, nullable=True))


class RuleRepeatRow(SQLModel, table=True):
    """That a rule which does not fire always has fired on a case. ``state`` is the case's state at that time and since when it had it, ""
    for a rule that fires once a case. It goes when the customer is erased."""

    __tablename__ = "rule_repeat"
    case_id: str = Field(sa_column=Column(String(20), primary_key=True))
    rule_id: str = Field(sa_column=Column(String(60), primary_key=True))
    state: str = Field(sa_column=Column(String(60), nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
