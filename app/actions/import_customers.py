"""Take customers in from the CRM, row by row: new ones made, known ones changed where they differ, prospects recognised by account.

The second time the same rows change nothing and leave no event. A row is taken whole or not at all; a chunk of rows is
one transaction, so what was reported as done stays done whatever happens later.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final

from app.actions.follow_customer import follow_customer
from app.actions.move_history import move_history, show_on_cases
from app.core.asker import Asker
from app.core.events import Actor
from app.core.ids import CustomerId, IdentityId
from app.customers import changes, news, value
from app.customers.model import FormRow, RowProblem
from app.customers.planning import Change, Planner, Refused, Stored
from app.engine.database import Transaction
from app.engine.locks import hold_every_name
from app.engine.ports import Ports

CHUNK_ROWS: Final = 500  # a tenth of a second of the one writer: long enough to be quick, short enough that no mention waits
_SHOWN_ON_CASES: Final = frozenset({"name", "value_tier", "lifetime_value", "known"})


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Rows by what became of them."""

    created: int
    updated: int
    unchanged: int
    rejected: tuple[RowProblem, ...]

    @property
    def rejected_rows(self) -> int:
        """How many rows were not taken; one row can have several problems."""
        return len({p.row for p in self.rejected})


class _Rehearsed(Exception):
    """Ends a chunk of a dry run: the transaction is rolled back with its events."""


def import_customers(
    ports: Ports, asker: Asker, rows: Iterable[FormRow], *, dry_run: bool = False, on_progress: Callable[[int], None] | None = None
) -> ImportReport:
    """Take the rows in; ``dry_run`` does it all and takes each chunk back, so that the report is what would happen.

    A ref that stands in two chunks of a dry run counts as new in both.
    ``on_progress`` is called with the number of rows done after each chunk. Raises what reading the rows raises; the
    chunks before it stay done.
    """
    asker.need("customers.edit")
    counts = {"created": 0, "updated": 0, "unchanged": 0}
    rejected: list[RowProblem] = []
    done = 0
    for chunk in _chunks(rows):
        plans: list[Change] = []
        with suppress(_Rehearsed), ports.db.write() as tx:
            hold_every_name(tx)  # no batch may meet these accounts while they change hands
            plans = _plan(ports, tx, chunk, rejected)
            carry_out(tx, ports, plans, asker.actor)
            if dry_run:
                raise _Rehearsed
        for plan in plans:
            counts[plan.outcome] += 1
        done += len(chunk)
        if on_progress is not None:
            on_progress(done)
    return ImportReport(counts["created"], counts["updated"], counts["unchanged"], tuple(rejected))


def planner(ports: Ports, tx: Transaction, stored: Stored) -> Planner:
    """Plans of this transaction under the desk's value tiers."""
    return Planner(stored, tx.now, tx.new_id, ports.data.load("priority.yaml", value.load), hide_ref=lambda ref: hidden_ref(ports, ref))


def hidden_ref(ports: Ports, ref: str) -> str:
    """The form in which the ref of an erased customer is kept: enough to recognise it, nothing to read from it."""
    return "erased:" + ports.keys.sign("customer.erased", ref)


def carry_out(tx: Transaction, ports: Ports, plans: list[Change], actor: Actor) -> None:
    """Write plans with their merges, search words and events."""
    merged: list[tuple[CustomerId, CustomerId, list[IdentityId]]] = []
    for plan in plans:
        for source in plan.absorbed:
            merged.append((plan.holder, source, list(changes.absorb(tx, source, plan.holder))))
    changes.write(tx, plans)
    real = [p for p in plans if p.outcome != "unchanged"]
    sources = [source for _, source, _ in merged]
    changes.reindex(tx, [i for p in real for i in (p.holder, p.after.id)] + sources)
    show_on_cases(tx, {p.after.id: p.after for p in real if p.before is not None and _SHOWN_ON_CASES & set(p.changed)}.values())
    for plan in plans:
        for event in news.of_change(plan, actor):
            tx.append(event)
    for holder, source, accounts in merged:
        move_history(tx, source, changes.lock(tx, holder)[holder])
        for event in news.of_merge(source, holder, {"identities": accounts, "filled": {}, "why": "account"}, actor):
            tx.append(event)
    follow_customer(tx, ports, {p.holder: p.before.value_tier if p.before else None for p in real})


def _plan(ports: Ports, tx: Transaction, chunk: list[FormRow], rejected: list[RowProblem]) -> list[Change]:
    stored = changes.load(tx.conn, [r.form for r in chunk if r.form is not None], lambda ref: hidden_ref(ports, ref), lock=True)
    return _plan_rows(planner(ports, tx, stored), chunk, rejected)


def _plan_rows(planner: Planner, chunk: list[FormRow], rejected: list[RowProblem]) -> list[Change]:
    plans = []
    for row in chunk:
        if row.form is None:
            rejected.extend(row.problems)
            continue
        try:
            plans.append(planner.row(row.form))
        except Refused as refusal:
            rejected.append(RowProblem(row.row, refusal.column, refusal.problem, refusal.mend))
    return plans


def _chunks(rows: Iterable[FormRow]) -> Iterator[list[FormRow]]:
    rest = iter(rows)
    while chunk := list(islice(rest, CHUNK_ROWS)):
        yield chunk
