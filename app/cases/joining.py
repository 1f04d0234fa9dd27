"""Which case a new mention joins: its author in its thread, or the author's open run on the account. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.ids import CaseId


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case of the same author."""

    id: CaseId
    thread_key: str
    account: str
    visibility_direct: bool
    done: bool
    last_mention_at: datetime


def which(
    candidates: Iterable[Candidate], *, thread_key: str, account: str, direct: bool, at: datetime, window: timedelta
) -> CaseId | None:
    """The case to join, None to open a new one.

    The thread decides first (a done case of it is rejoined within the window, and so may reopen); then an open case on
    the same account whose last mention lies within the window. Direct messages and public posts never share a case: an
    answer to one must not land in the other.
    """
    alike = [c for c in candidates if c.account == account and c.visibility_direct == direct]
    threaded = [c for c in alike if c.thread_key == thread_key and (not c.done or abs(at - c.last_mention_at) <= window)]
    running = [c for c in alike if not c.done and abs(at - c.last_mention_at) <= window]
    for group in (threaded, running):
        if group:
            return max(group, key=lambda c: (not c.done, c.last_mention_at)).id
    return None
