"""The records of the domain: a customer, an identity on a network, an author as a mention shows him, a CRM row's form."""

import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Final, Literal, TypedDict

from app.core.ids import CustomerId, IdentityId
from app.core.records import quick

ValueTier = Literal["platinum", "gold", "silver", "standard"]
VALUE_TIERS: Final[tuple[ValueTier, ...]] = ("platinum", "gold", "silver", "standard")
AuthorClass = Literal["advocate", "influencer", "detractor", "consumer"]
AUTHOR_CLASSES: Final[tuple[AuthorClass, ...]] = ("advocate", "influencer", "detractor", "consumer")
VerifiedBy = Literal["crm", "stream", "agent", "api"]
VERIFIED_BY: Final[tuple[VerifiedBy, ...]] = ("crm", "stream", "agent", "api")

AuthorKey = tuple[str, str, str, str]
MAX_HANDLE_LENGTH: Final = 200
_HIDDEN_CATEGORIES: Final = frozenset({"Cf", "Cc", "Cs"})


@lru_cache(maxsize=4_096)  # one mention asks it several times; at the bound the handle unseen longest is worked out anew
def handle_key(handle: str) -> str:
    """The form in which two spellings of one handle are equal: no leading @, no hidden characters, case folded; "" for none."""
    if handle.isascii() and handle.isprintable():
        return handle.strip().lstrip("@").lower()[:MAX_HANDLE_LENGTH]
    plain = "".join(c for c in unicodedata.normalize("NFKC", handle) if unicodedata.category(c) not in _HIDDEN_CATEGORIES)
    return plain.strip().lstrip("@").casefold()[:MAX_HANDLE_LENGTH]


@quick
@dataclass(frozen=True, slots=True)
class AuthorSeen:
    """An author as one mention shows him. ``external_id`` is the network's own stable id; a handle may change hands."""

    network: str
    instance: str = ""
    external_id: str | None = None
    handle: str | None = None
    name: str = ""
    followers: int | None = None
    verified: bool = False
    url: str | None = None

    @property
    def key(self) -> AuthorKey:
        """(network, instance, external id or "", handle key or ""): equal for two mentions that show the same author alike."""
        return (self.network, self.instance, self.external_id or "", handle_key(self.handle or ""))


@quick
@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """One customer. ``known`` False is a prospect: seen on a network, absent from the CRM.

    ``tier`` is the CRM's own word, ``value_tier`` ours; ``lifetime_value`` is in ``currency``; None means not known.
    ``merged_into`` names the customer that answers for this one now.
    """

    id: CustomerId
    ref: str | None = None
    name: str = ""
    email: str | None = None
    phone: str | None = None
    tier: str | None = None
    lifetime_value: float | None = None
    currency: str = ""
    since: date | None = None
    owner: str | None = None
    segments: tuple[str, ...] = ()
    consent: bool | None = None
    custom: dict[str, str] = field(default_factory=dict)
    value_tier: ValueTier | None = None
    author_class: AuthorClass = "consumer"
    known: bool = False
    praise_count: int = 0
    complaint_count: int = 0
    version: int = 1
    created_at: datetime | None = None
    updated_at: datetime | None = None
    refreshed_at: datetime | None = None
    merged_into: CustomerId | None = None
    erased_at: datetime | None = None

    def tenure_days(self, now: datetime) -> int | None:
        """Whole days since the customer joined, never negative; None when the date is not known."""
        return None if self.since is None else max(0, (now.date() - self.since).days)


@dataclass(frozen=True, slots=True)
class IdentityRecord:
    """An account of a customer on a network, and who says that it is his (``verified_by``). ``verified`` is the network's tick."""

    id: IdentityId
    customer_id: CustomerId
    network: str
    instance: str = ""
    external_id: str | None = None
    handle: str | None = None
    handle_key: str | None = None
    name: str = ""
    followers: int | None = None
    verified: bool = False
    url: str | None = None
    verified_by: VerifiedBy = "stream"
    first_seen: datetime | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What one judged mention adds to its author's record."""

    customer_id: CustomerId
    praise: bool = False
    complaint: bool = False


class CustomerFields(TypedDict, total=False):
    """The CRM's fields that a row gives. An absent field stays as it is; a field given as None is emptied."""

    name: str | None
    email: str | None
    phone: str | None
    tier: str | None
    lifetime_value: float | None
    currency: str | None
    since: date | None
    owner: str | None
    segments: tuple[str, ...] | None
    consent: bool | None


FIELD_NAMES: Final = ("name", "email", "phone", "tier", "lifetime_value", "currency", "since", "owner", "segments", "consent")


@dataclass(frozen=True, slots=True)
class HandleGiven:
    """An account that the CRM, an agent or a program says is the customer's; a handle or an external id, or both."""

    network: str
    handle: str | None = None
    external_id: str | None = None
    instance: str = ""


@dataclass(frozen=True, slots=True)
class CustomerForm:
    """One checked row of the CRM. ``custom`` values of None remove that custom field."""

    ref: str
    fields: CustomerFields = field(default_factory=CustomerFields)
    handles: tuple[HandleGiven, ...] = ()
    custom: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row was not taken: its number (1 is the header, as a spreadsheet counts), the column, what is wrong, the mend."""

    row: int
    column: str
    problem: str
    mend: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.problem}; {self.mend}"


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row of an import: its form, or the problems that keep it out."""

    row: int
    form: CustomerForm | None
    problems: tuple[RowProblem, ...] = ()
