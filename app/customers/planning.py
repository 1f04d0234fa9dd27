"""What a row of the CRM, or a newly named account, changes: decided on values, written by ``changes``, told by ``news``.

An account that belongs to a prospect is the proof who the prospect is: a new customer takes the prospect's row over, with its
history; a known customer absorbs it. An account of another known customer is a contradiction, and a person has to solve it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

from app.core.ids import CustomerId, IdentityId
from app.customers.model import CustomerForm, CustomerRecord, HandleGiven, IdentityRecord, VerifiedBy, handle_key
from app.customers.value import Thresholds, tier_of

Place = tuple[str, str, str]  # network, instance, and the external id or handle key there
_EMPTY: Final[dict[str, Any]] = {"name": "", "currency": "", "segments": ()}


class Refused(Exception):
    """A row that contradicts what is stored: the column, what is wrong, the mend."""

    def __init__(self, column: str, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.column, self.problem, self.mend = column, problem, mend


@dataclass(slots=True)
class Stored:
    """What is stored about the rows of one chunk. ``note`` keeps it in step with the plans made so far."""

    customers: dict[CustomerId, CustomerRecord] = field(default_factory=dict)
    refs: dict[str, CustomerId] = field(default_factory=dict)
    identities: dict[IdentityId, IdentityRecord] = field(default_factory=dict)
    by_handle: dict[Place, IdentityId] = field(default_factory=dict)
    by_external_id: dict[Place, IdentityId] = field(default_factory=dict)

    def add_customer(self, record: CustomerRecord) -> None:
        """Know this customer."""
        self.customers[record.id] = record
        if record.ref is not None:
            self.refs[record.ref] = record.id

    def add_identity(self, identity: IdentityRecord) -> None:
        """Know this account."""
        self.identities[identity.id] = identity
        if identity.handle_key is not None:
            self.by_handle[(identity.network, identity.instance, identity.handle_key)] = identity.id
        if identity.external_id is not None:
            self.by_external_id[(identity.network, identity.instance, identity.external_id)] = identity.id

    def living(self, record: CustomerRecord) -> CustomerRecord:
        """The customer that answers for this one now."""
        while record.merged_into is not None:
            record = self.customers[record.merged_into]
        return record

    def note(self, change: "Change") -> None:
        """Take over what a plan will write."""
        self.add_customer(change.after)
        for identity in (*change.new_identities, *change.confirmed):
            self.add_identity(identity)
        for source in change.absorbed:
            self.customers[source] = replace(self.customers[source], merged_into=change.holder)
            for identity in [i for i in self.identities.values() if i.customer_id == source]:
                self.identities[identity.id] = replace(identity, customer_id=change.holder)


@dataclass(frozen=True, slots=True)
class Change:
    """What one row changes. ``holder`` is who holds the accounts: the customer itself, or the one it was merged into."""

    outcome: Literal["created", "updated", "unchanged"]
    before: CustomerRecord | None
    after: CustomerRecord
    holder: CustomerId
    changed: tuple[str, ...] = ()
    new_identities: tuple[IdentityRecord, ...] = ()
    confirmed: tuple[IdentityRecord, ...] = ()
    absorbed: tuple[CustomerId, ...] = ()

    @property
    def promoted(self) -> bool:
        """Whether a prospect became a customer of the CRM by this."""
        return self.before is not None and not self.before.known and self.after.known


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans rows one after the other against ``stored``. ``hide_ref`` gives the form in which an erased customer's ref is kept."""

    stored: Stored
    now: datetime
    new_id: Callable[[], str]
    thresholds: Thresholds
    hide_ref: Callable[[str], str]
    verified_by: VerifiedBy = "crm"

    def row(self, form: CustomerForm) -> Change:
        """What the CRM's row changes; raises Refused, and then nothing of the row is planned."""
        if self.hide_ref(form.ref) in self.stored.refs:
            raise Refused("ref", f"customer {form.ref!r} was erased at their own request", "take this customer out of the export")
        known = self.stored.refs.get(form.ref)
        before = None if known is None else self.stored.customers[known]
        holder = None if before is None else self.stored.living(before)
        owned, prospects = self._owners(form.handles, holder)
        if before is None and prospects:
            before = holder = prospects.pop(0)
        base = before or CustomerRecord(CustomerId(self.new_id()), created_at=self.now, updated_at=self.now, version=0)
        after = self._apply(form, base)
        changed = tuple(n for n in (*form.fields, "custom", "value_tier", "known", "ref") if getattr(after, n) != getattr(base, n))
        return self._change(before, after, changed, (holder or after).id, form.handles, owned, prospects)

    def accounts(self, customer: CustomerRecord, handles: Sequence[HandleGiven]) -> Change:
        """What it changes that these accounts are this customer's; raises Refused."""
        owned, prospects = self._owners(handles, customer)
        return self._change(customer, customer, (), customer.id, handles, owned, prospects)

    def _change(
        self, before: CustomerRecord | None, after: CustomerRecord, changed: tuple[str, ...], holder: CustomerId,
        handles: Sequence[HandleGiven], owned: dict[HandleGiven, IdentityRecord], prospects: Sequence[CustomerRecord],
    ) -> Change:  # fmt: skip
        new = tuple(self._new(holder, given) for given in handles if given not in owned)
        confirmed = tuple(sure for given, identity in owned.items() if (sure := self._confirm(given, identity, holder)) != identity)
        if not (before is None or changed or new or confirmed or prospects):
            return Change("unchanged", before, replace(after, refreshed_at=self.now), holder)
        created = before is None or (after.known and not before.known)
        after = replace(after, version=after.version + 1, updated_at=self.now)
        change = Change("created" if created else "updated", before, after, holder, changed, new, confirmed, tuple(p.id for p in prospects))
        self.stored.note(change)
        return change

    def _owners(
        self, handles: Iterable[HandleGiven], holder: CustomerRecord | None
    ) -> tuple[dict[HandleGiven, IdentityRecord], list[CustomerRecord]]:
        """Which stored account each given one is, and the prospects among their owners in id order."""
        owned: dict[HandleGiven, IdentityRecord] = {}
        prospects: dict[CustomerId, CustomerRecord] = {}
        for given in handles:
            identity = self._stored(given)
            if identity is None:
                continue
            owned[given] = identity
            owner = self.stored.living(self.stored.customers[identity.customer_id])
            if holder is not None and owner.id == holder.id:
                continue
            if owner.known:
                account = given.handle or given.external_id
                raise Refused(
                    f"handle:{given.network}",
                    f"{account!r} belongs to customer {owner.ref or owner.id!r}",
                    "merge the two customers, or take the account out of one of them",
                )
            prospects[owner.id] = owner
        return owned, [prospects[i] for i in sorted(prospects)]

    def _stored(self, given: HandleGiven) -> IdentityRecord | None:
        found = self.stored.by_external_id.get((given.network, given.instance, given.external_id)) if given.external_id else None
        if found is None and given.handle:
            found = self.stored.by_handle.get((given.network, given.instance, handle_key(given.handle)))
            held = None if found is None else self.stored.identities[found].external_id
            if held is not None and given.external_id is not None and held != given.external_id:
                raise Refused(
                    f"handle:{given.network}",
                    f"{given.handle!r} is the account {held!r} there, not {given.external_id!r}",
                    "leave the external id out, or give the handle that account has now",
                )
        return None if found is None else self.stored.identities[found]

    def _new(self, holder: CustomerId, given: HandleGiven) -> IdentityRecord:
        return IdentityRecord(
            id=IdentityId(self.new_id()),
            customer_id=holder,
            network=given.network,
            instance=given.instance,
            external_id=given.external_id,
            handle=given.handle,
            handle_key=handle_key(given.handle or "") or None,
            verified_by=self.verified_by,
            first_seen=None,
        )

    def _confirm(self, given: HandleGiven, identity: IdentityRecord, holder: CustomerId) -> IdentityRecord:
        """The stored account with what was given added. Who vouched first is kept, except that anyone outdoes the stream."""
        vouched = self.verified_by if identity.verified_by == "stream" else identity.verified_by
        return replace(
            identity,
            customer_id=holder,
            verified_by=vouched,
            external_id=identity.external_id or given.external_id,
            handle=identity.handle or given.handle,
        )

    def _apply(self, form: CustomerForm, base: CustomerRecord) -> CustomerRecord:
        given: dict[str, Any] = {n: _EMPTY.get(n) if value is None else value for n, value in form.fields.items()}
        if not base.known and not given.get("name"):
            given.pop("name", None)  # a prospect's own name is better than none
        custom = {**base.custom, **form.custom}
        after = replace(
            base, **given, ref=form.ref, custom={k: v for k, v in custom.items() if v is not None}, known=True, refreshed_at=self.now
        )
        return replace(after, value_tier=tier_of(after.tier, after.lifetime_value, self.thresholds))
