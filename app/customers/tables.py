"""The tables ``customer``, ``identity`` and ``customer_search`` (every word a customer can be found by)."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Float, ForeignKey, Index, Integer, String
from sqlmodel import Field, SQLModel

from app.customers.model import AUTHOR_CLASSES, VALUE_TIERS, VERIFIED_BY
from app.engine.columns import Json, UtcDateTime, one_of, table_of
from app.engine.inserts import partial_index

_ID_LENGTH: Final = 20
# Prefixes are found as a range of bytes; a PostgreSQL locale would order "ö" and punctuation its own way.
_SEARCH_KEY: Final = String(80).with_variant(String(80, collation="C"), "postgresql")


class CustomerRow(SQLModel, table=True):
    """One customer or prospect; merged and erased ones keep their row."""

    __tablename__ = "customer"
    __table_args__ = (
        one_of("value_tier", VALUE_TIERS),
        one_of("author_class", AUTHOR_CLASSES),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("merged_into IS NULL OR merged_into <> id", name="merged_elsewhere"),
        CheckConstraint("praise_count >= 0 AND complaint_count >= 0", name="counts_positive"),
        partial_index("ix_customer_merged_into", "merged_into", where="merged_into IS NOT NULL"),
        Index("ix_customer_known", "known", "id"),
    )
    id: str = Field(sa_column=Column(String(_ID_LENGTH), primary_key=True))
    ref: str | None = Field(default=None, sa_column=Column(String(200), unique=True))
    name: str = Field(default="", sa_column=Column(String(300), nullable=False))
    email: str | None = Field(default=None, sa_column=Column(String(254)))
    phone: str | None = Field(default=None, sa_column=Column(String(40)))
    tier: str | None = Field(default=None, sa_column=Column(String(60)))
    lifetime_value: float | None = Field(default=None, sa_column=Column(Float))
    currency: str = Field(default="", sa_column=Column(String(3), nullable=False))
    since: date | None = Field(default=None, sa_column=Column(Date))
    owner: str | None = Field(default=None, sa_column=Column(String(200)))
    segments: list[str] = Field(sa_column=Column(Json, nullable=False))
    consent: bool | None = Field(default=None, sa_column=Column(Boolean))
    custom: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    value_tier: str | None = Field(default=None, sa_column=Column(String(10)))
    author_class: str = Field(default="consumer", sa_column=Column(String(10), nullable=False))
    known: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    praise_count: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    complaint_count: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    version: int = Field(default=1, sa_column=Column(Integer, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    refreshed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    merged_into: str | None = Field(
        default=None, sa_column=Column(String(_ID_LENGTH), ForeignKey("customer.id", deferrable=True, initially="DEFERRED"))
    )
    erased_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class IdentityRow(SQLModel, table=True):
    """One account on one network. The unique indexes begin with the most telling column, so that they also serve look-ups."""

    __tablename__ = "identity"
    __table_args__ = (
        one_of("verified_by", VERIFIED_BY),
        CheckConstraint("external_id IS NOT NULL OR handle IS NOT NULL", name="named"),
        CheckConstraint("followers IS NULL OR followers >= 0", name="followers_positive"),
        partial_index("uq_identity_external_id", "external_id", "network", "instance", where="external_id IS NOT NULL", unique=True),
        partial_index("uq_identity_handle_key", "handle_key", "network", "instance", where="handle_key IS NOT NULL", unique=True),
        Index("ix_identity_customer_id", "customer_id"),
    )
    id: str = Field(sa_column=Column(String(_ID_LENGTH), primary_key=True))
    # Deferred, because intake inserts the identity first: only who wins that insert makes a customer.
    customer_id: str = Field(
        sa_column=Column(String(_ID_LENGTH), ForeignKey("customer.id", deferrable=True, initially="DEFERRED"), nullable=False)
    )
    network: str = Field(sa_column=Column(String(40), nullable=False))
    instance: str = Field(default="", sa_column=Column(String(255), nullable=False))
    external_id: str | None = Field(default=None, sa_column=Column(String(255)))
    handle: str | None = Field(default=None, sa_column=Column(String(255)))
    handle_key: str | None = Field(default=None, sa_column=Column(String(200)))
    name: str = Field(default="", sa_column=Column(String(300), nullable=False))
    followers: int | None = Field(default=None, sa_column=Column(Integer))
    verified: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    url: str | None = Field(default=None, sa_column=Column(String(2000)))
    verified_by: str = Field(default="stream", sa_column=Column(String(10), nullable=False))
    first_seen: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    last_seen: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class CustomerSearchRow(SQLModel, table=True):
    """One folded word or phrase that finds a customer by prefix: ref, e-mail, handle, the name from each of its words on."""

    __tablename__ = "customer_search"
    __table_args__ = (Index("ix_customer_search_customer_id", "customer_id", "key"),)
    key: str = Field(sa_column=Column(_SEARCH_KEY, primary_key=True))
    customer_id: str = Field(
        sa_column=Column(String(_ID_LENGTH), ForeignKey("customer.id", deferrable=True, initially="DEFERRED"), primary_key=True)
    )


CUSTOMER: Final = table_of(CustomerRow)
IDENTITY: Final = table_of(IdentityRow)
CUSTOMER_SEARCH: Final = table_of(CustomerSearchRow)
