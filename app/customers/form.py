"""The import form: raw values of one CRM row, from a CSV line, a JSON object or an API call, become a checked form or problems.

A row with one problem is not taken at all, so that nothing of it is half-done.
"""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from app.core.errors import Invalid
from app.customers.model import (
    FIELD_NAMES,
    MAX_HANDLE_LENGTH,
    CustomerFields,
    CustomerForm,
    FormRow,
    HandleGiven,
    RowProblem,
    handle_key,
)

NETWORK: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_EMAIL: Final = re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;]+\.[^@\s<>,;.]{2,}")
_PHONE: Final = re.compile(r"(?=.*\d)[0-9+()./\-\s#x]{3,40}")
_CURRENCY: Final = re.compile(r"[A-Za-z]{3}")
_SPLIT_LIST: Final = re.compile(r"[;|,]")
_LENGTHS: Final = {"name": 300, "email": 254, "phone": 40, "tier": 60, "owner": 200}
_MAX_REF: Final = 200
_MAX_LIST: Final = 100
_MAX_CUSTOM: Final = 100  # fields a customer; more is a data dump, not a record
_MAX_CUSTOM_NAME: Final = 60
_MAX_CUSTOM_VALUE: Final = 2_000
_MAX_AMOUNT: Final = 1e15
_EARLIEST: Final = date(1850, 1, 1)
_YES: Final = frozenset({"yes", "y", "true", "t", "1", "x", "granted", "opt-in", "ja", "si", "sí", "بله"})
_NO: Final = frozenset({"no", "n", "false", "f", "0", "denied", "opt-out", "nein", "خیر"})


class _Wrong(Exception):
    """A value that cannot be taken: what is wrong with it and the mend."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.problem, self.mend = problem, mend


class _Reading:
    """Gathers the problems of one row while its values are read."""

    def __init__(self, row: int) -> None:
        self.row = row
        self.problems: list[RowProblem] = []

    def wrong(self, column: str, error: _Wrong) -> None:
        self.problems.append(RowProblem(self.row, column, error.problem, error.mend))


def read_form(raw: Mapping[str, Any], *, row: int, today: date) -> FormRow:
    """The form of one row. ``raw`` maps column to value; keys beside the contract's are custom fields.

    ``handles`` is a list of ``{network, handle?, external_id?, instance?}`` or a mapping of network to handle; ``custom`` a mapping.
    A key that is absent leaves the stored field alone; a value of None empties it.
    """
    reading = _Reading(row)
    ref = _ref(raw.get("ref"), reading)
    fields: dict[str, Any] = {}
    for name in FIELD_NAMES:
        if name in raw:
            try:
                fields[name] = _field(name, raw[name], today)
            except _Wrong as error:
                reading.wrong(name, error)
    handles = _handles(raw.get("handles"), reading)
    custom = _custom(raw, reading)
    if reading.problems or ref is None:
        return FormRow(row, None, tuple(reading.problems))
    given: CustomerFields = fields  # type: ignore[assignment]  # built key by key from FIELD_NAMES, each value typed by _field
    return FormRow(row, CustomerForm(ref, given, handles, custom))


def _ref(value: Any, reading: _Reading) -> str | None:
    try:
        ref = _text(value if not isinstance(value, int) or isinstance(value, bool) else str(value), _MAX_REF)
        if ref is None:
            raise _Wrong("is empty", "give the CRM's own id of this customer")
        if ref.startswith("erased:"):
            raise _Wrong("begins with 'erased:', which Earshot keeps for erased customers", "use another id")
    except _Wrong as error:
        reading.wrong("ref", error)
        return None
    return ref


def _field(name: str, value: Any, today: date) -> Any:
    if value is None or value == "":
        return None
    if name == "lifetime_value":
        return _amount(value)
    if name == "since":
        return _date(value, today)
    if name == "segments":
        return _words(value)
    if name == "consent":
        return _yes_or_no(value)
    if name == "currency":
        return _matching(value, _CURRENCY, 3, "is no currency code", "write three letters such as EUR").upper()
    if name == "email":
        return _matching(value, _EMAIL, _LENGTHS[name], "is no e-mail address", "write it like ana@example.com, or leave it empty")
    if name == "phone":
        return _matching(value, _PHONE, _LENGTHS[name], "is no phone number", "write it like +49 30 1234567, or leave it empty")
    return _text(value, _LENGTHS[name])


def _text(value: Any, longest: int) -> str | None:
    """Trimmed text without control characters; None for empty."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise _Wrong(f"is {_kind(value)}", "write it as text")
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise _Wrong("holds bytes or half characters that are no UTF-8 text", "save the file as UTF-8")
    if any((c < " " and c not in "\t\n\r") or c == "\x7f" for c in value):
        raise _Wrong("holds a control character (such as NUL)", "remove it")
    text = value.strip()
    if len(text) > longest:
        raise _Wrong(f"has {len(text)} characters", f"keep it within {longest}")
    return text or None


def _matching(value: Any, pattern: re.Pattern[str], longest: int, problem: str, mend: str) -> str:
    text = _text(value, longest)
    if text is None or not pattern.fullmatch(text):
        raise _Wrong(f"{_shown(value)} {problem}", mend)
    return text


def _amount(value: Any) -> float:
    try:
        amount = float("" if isinstance(value, bool) else value)
    except (TypeError, ValueError, OverflowError):
        raise _Wrong(f"{_shown(value)} is no number", "write it like 1234.50, without thousands marks or a currency sign") from None
    if not math.isfinite(amount) or abs(amount) > _MAX_AMOUNT:
        raise _Wrong(f"{_shown(value)} is out of range", "write an amount below 1e15")
    return amount


def _date(value: Any, today: date) -> date:
    try:
        day = value if isinstance(value, date) and not isinstance(value, datetime) else datetime.fromisoformat(str(value).strip()).date()
    except ValueError:
        raise _Wrong(f"{_shown(value)} is no date", "write it like 2026-02-24") from None
    if not _EARLIEST <= day <= today:
        raise _Wrong(f"{_shown(value)} lies {'in the future' if day > today else 'before 1850'}", "give the day the customer joined")
    return day


def _words(value: Any) -> tuple[str, ...]:
    parts = _SPLIT_LIST.split(value) if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise _Wrong(f"is {_kind(value)}", "write a list, or words parted by ;")
    words = tuple(dict.fromkeys(w for p in parts if (w := _text(p, 100))))
    if len(words) > _MAX_LIST:
        raise _Wrong(f"has {len(words)} entries", f"keep it within {_MAX_LIST}")
    return words


def _yes_or_no(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise _Wrong(f"{_shown(value)} is neither yes nor no", "write yes or no, or leave it empty when it is not known")


def _handles(value: Any, reading: _Reading) -> tuple[HandleGiven, ...]:
    entries: Iterable[Any] = ()
    if isinstance(value, Mapping):
        entries = [{"network": network, "handle": handle} for network, handle in value.items()]
    elif isinstance(value, list | tuple):
        entries = value
    elif value is not None:
        reading.wrong("handles", _Wrong(f"is {_kind(value)}", 'write a list such as [{"network": "x", "handle": "ana"}]'))
    found: dict[tuple[str, str, str, str], HandleGiven] = {}
    for entry in entries:
        column = "handles"
        try:
            if not isinstance(entry, Mapping):
                raise _Wrong(f"holds {_kind(entry)}", 'write each as {"network": "x", "handle": "ana"}')
            column = f"handle:{entry.get('network')}"
            given = _handle(entry)
        except _Wrong as error:
            reading.wrong(column, error)
            continue
        if given is not None:
            found[(given.network, given.instance, given.external_id or "", handle_key(given.handle or ""))] = given
    return tuple(found.values())


def read_account(*, network: str, handle: str | None = None, external_id: str | None = None, instance: str = "") -> HandleGiven:
    """One account that a person or program names; raises Invalid with the mend when it is wrong or names nobody."""
    try:
        given = _handle({"network": network, "handle": handle, "external_id": external_id, "instance": instance})
        if given is None:
            raise _Wrong("names nobody", "give a handle or an external id")
    except _Wrong as error:
        detail = f"This account cannot be linked: {error.problem}; {error.mend}."
        raise Invalid(detail, errors=[{"loc": ["handle"], "msg": f"{error.problem}; {error.mend}"}]) from None
    return given


def _handle(entry: Mapping[str, Any]) -> HandleGiven | None:
    network = entry.get("network")
    if not isinstance(network, str) or not NETWORK.fullmatch(network):
        raise _Wrong(f"{_shown(network)} is no network", "write a lower-case word such as x, mastodon or youtube")
    handle = _text(entry.get("handle"), MAX_HANDLE_LENGTH)
    external_id = _text(entry.get("external_id"), 255)
    instance = _text(entry.get("instance"), 255) or ""
    if handle is not None and (not handle_key(handle) or any(c.isspace() for c in handle)):
        raise _Wrong(f"{_shown(handle)} is no handle", "write it without blanks, like @ana")
    if handle is None and external_id is None:
        return None
    return HandleGiven(network, handle.lstrip("@") if handle else None, external_id, instance)


def _custom(raw: Mapping[str, Any], reading: _Reading) -> dict[str, str | None]:
    own = {k: v for k, v in raw.items() if k not in FIELD_NAMES and k not in ("ref", "handles", "custom")}
    nested = raw.get("custom")
    if isinstance(nested, Mapping):
        own |= nested
    elif nested is not None:
        reading.wrong("custom", _Wrong(f"is {_kind(nested)}", 'write an object such as {"city": "Berlin"}'))
    custom: dict[str, str | None] = {}
    for name, value in own.items():
        try:
            plain = _text(name, _MAX_CUSTOM_NAME)
            if plain is None:
                raise _Wrong("has an empty name", "name the field")
            if isinstance(value, Mapping | list | tuple):
                raise _Wrong(f"is {_kind(value)}", "write one text or number")
            custom[plain] = _text(_plain(value), _MAX_CUSTOM_VALUE)
        except _Wrong as error:
            reading.wrong(_shown(name).strip("'"), error)
    if len(custom) > _MAX_CUSTOM:
        reading.wrong("custom", _Wrong(f"has {len(custom)} fields", f"keep it within {_MAX_CUSTOM}"))
    return custom


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int | float) else value


def _shown(value: Any) -> str:
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _kind(value: Any) -> str:
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "yes or no"),
        (int, "a number"),
        (float, "a number"),
        (str, "text"),
        (Mapping, "an object"),
    )
    return next(
        (word for kind, word in kinds if isinstance(value, kind)), "a list" if isinstance(value, list | tuple) else type(value).__name__
    )
