"""Converter from exported customer records with purchase figures (``customer_id, handles, ..., tier``) to the import form."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from app.customers.form import read_form
from app.customers.model import FormRow, RowProblem

_NETWORKS: Final = {"twitter": "x"}
_OWN_FIELDS: Final = ("city", "country", "orders", "days_since_last", "R", "F", "M", "p_alive", "clv_12m")


def is_data_form(row: Mapping[str, Any]) -> bool:
    """Whether the record is of this form rather than our own JSON form."""
    return "customer_id" in row and "ref" not in row


def read_record(record: Mapping[str, Any], *, row: int, today: date) -> FormRow:
    """The form of one record: ``spend_total`` is the lifetime value, ``tenure_days`` gives the day the customer joined."""
    raw: dict[str, Any] = {"ref": record.get("customer_id"), "name": record.get("name"), "tier": record.get("tier")}
    raw["lifetime_value"] = record.get("spend_total")
    days = record.get("tenure_days")
    if days is not None:
        if isinstance(days, bool) or not isinstance(days, int | float) or not 0 <= days < today.toordinal():
            return FormRow(row, None, (RowProblem(row, "tenure_days", f"{days!r} is no count of days", "give whole days, such as 496"),))
        raw["since"] = today - timedelta(days=int(days))
    handles = record.get("handles")
    if isinstance(handles, list):
        raw["handles"] = [_account(h) if isinstance(h, Mapping) else h for h in handles]
    elif handles is not None:
        raw["handles"] = handles
    raw["custom"] = {name: record[name] for name in _OWN_FIELDS if name in record}
    return read_form(raw, row=row, today=today)


def _account(account: Mapping[str, Any]) -> dict[str, Any]:
    platform = account.get("platform")
    network = _NETWORKS.get(platform, platform) if isinstance(platform, str) else platform
    return {"network": network, "handle": account.get("handle"), "external_id": account.get("external_id")}
