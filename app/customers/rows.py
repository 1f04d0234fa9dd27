"""Rows to records and back: the one place that knows how the columns of ``customer`` and ``identity`` are spelt."""

from typing import Any

from sqlalchemy import Row

from app.core.ids import CustomerId, IdentityId
from app.customers.model import CustomerRecord, IdentityRecord


def customer_of(row: Row[Any]) -> CustomerRecord:
    """The record of a row of ``customer``."""
    return CustomerRecord(
        id=CustomerId(row.id),
        ref=row.ref,
        name=row.name,
        email=row.email,
        phone=row.phone,
        tier=row.tier,
        lifetime_value=row.lifetime_value,
        currency=row.currency,
        since=row.since,
        owner=row.owner,
        segments=tuple(row.segments),
        consent=row.consent,
        custom=row.custom,
        value_tier=row.value_tier,
        author_class=row.author_class,
        known=row.known,
        praise_count=row.praise_count,
        complaint_count=row.complaint_count,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        refreshed_at=row.refreshed_at,
        merged_into=CustomerId(row.merged_into) if row.merged_into else None,
        erased_at=row.erased_at,
    )


def identity_of(row: Row[Any]) -> IdentityRecord:
    """The record of a row of ``identity``."""
    return IdentityRecord(
        id=IdentityId(row.id),
        customer_id=CustomerId(row.customer_id),
        network=row.network,
        instance=row.instance,
        external_id=row.external_id,
        handle=row.handle,
        handle_key=row.handle_key,
        name=row.name,
        followers=row.followers,
        verified=row.verified,
        url=row.url,
        verified_by=row.verified_by,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
    )


def customer_values(record: CustomerRecord) -> dict[str, Any]:
    """The columns of a customer."""
    values = {name: getattr(record, name) for name in CustomerRecord.__slots__}
    return {**values, "segments": list(record.segments)}


def identity_values(record: IdentityRecord) -> dict[str, Any]:
    """The columns of an identity."""
    return {name: getattr(record, name) for name in IdentityRecord.__slots__}
