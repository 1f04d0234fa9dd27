"""What rules that do not fire always have fired on: read before they decide, written after. The case's row is held all the while."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select

from app.core.ids import CaseId
from app.engine.among import among
from app.engine.bulk import insert_rows, read_rows
from app.engine.columns import table_of
from app.engine.database import Transaction
from app.engine.inserts import upsert_for
from app.routing.compile import Compiled
from app.routing.tables import RuleRepeatRow

REPEAT: Final = table_of(RuleRepeatRow)
_FIRED: Final = select(REPEAT.c.case_id, REPEAT.c.rule_id, REPEAT.c.state).where(among(REPEAT.c.case_id, "cases"))
_FORGET: Final = delete(REPEAT).where(REPEAT.c.case_id == bindparam("of_case"))
_NAMES: Final = ("case_id", "rule_id", "state", "at")
_NONE: Final[frozenset[str]] = frozenset()


class Repeats:
    """Which rules are spent on some cases, as one transaction goes on.

    ``state`` of a case is a word for the stay in its present state: another one as soon as its state has changed.
    """

    def __init__(self, compiled: Compiled, fired: Iterable[tuple[str, str, str]] = ()) -> None:
        self._how = {rule.id: rule.repeat for rule in compiled.rules if rule.repeat != "always"}
        self._fired: dict[str, dict[str, str]] = {}
        for case, rule, state in fired:
            self._fired.setdefault(case, {})[rule] = state
        self._new: dict[tuple[str, str], str] = {}

    def spent(self, case: CaseId, trigger_rules: Sequence[str], state: str) -> frozenset[str]:
        """Those of ``trigger_rules`` (see ``Compiled.once_on``) that may not fire on the case while it is in that state."""
        fired = self._fired.get(case)
        return frozenset(rule for rule in trigger_rules if fired.get(rule) == self._mark(rule, state)) if fired else _NONE

    def note(self, case: CaseId, fired: Iterable[str], state: str) -> None:
        """These rules have fired on the case in that state; those that fire always are not kept."""
        for rule in fired:
            if rule in self._how:
                mark = self._new[case, rule] = self._mark(rule, state)
                self._fired.setdefault(case, {})[rule] = mark

    def write(self, tx: Transaction) -> None:
        """Keep what was noted since the last time."""
        rows = [(case, rule, state, tx.now) for (case, rule), state in sorted(self._new.items())]
        if rows:
            statement = upsert_for(tx.conn, REPEAT, ("case_id", "rule_id"), ("state", "at"))
            insert_rows(tx.conn, statement, _NAMES, rows, distinct=True)
            self._new.clear()

    def _mark(self, rule: str, state: str) -> str:
        return state if self._how.get(rule) == "once_per_state" else ""


def repeats_of(conn: Connection, compiled: Compiled, cases: Collection[CaseId]) -> Repeats:
    """What is known of these cases, which are held."""
    return Repeats(compiled, read_rows(conn, _FIRED, {"cases": sorted(cases)}) if cases else ())


def forget(tx: Transaction, cases: Iterable[str]) -> None:
    """Forget what fired on these cases, for good."""
    insert_rows(tx.conn, _FORGET, ("of_case",), ((case,) for case in cases))
