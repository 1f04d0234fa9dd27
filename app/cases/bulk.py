"""One act on many cases: what it asks for, what becomes of each case and why, and whether it can still be taken back. Pure.

Preview and act ask the same ``fate``, so that what was announced is what happens, but for what changes in between.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, cast

from app.cases.model import BULK_VERBS, DISPOSITIONS, BulkVerb, Case, Change, ReplyState
from app.cases.moves import Move, refusal
from app.core.errors import Invalid
from app.core.ids import CaseId, PersonId

Outcome = Literal["waits", "moved", "same", "stays"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("waits", "moved", "same", "stays")

_MOVES: Final[dict[BulkVerb, Move]] = {
    "assign": "assign", "release": "release", "queue": "assign", "tag": "tag", "untag": "tag", "snooze": "snooze", "close": "close",
}  # fmt: skip
_TAKES: Final = frozenset({"assign", "release", "snooze", "close"})
"""Verbs that take a case out of somebody's hands."""
_LEAVING: Final = frozenset({"queued", "sending", "unknown", "by_hand"})
_HANDS: Final = frozenset({"assign", "release"})


@dataclass(frozen=True, slots=True)
class Standing:
    """What is not in the case's own row: the answer on its way, whose drafts lie there, and who asks at which moment."""

    now: datetime
    me: PersonId | None
    may_assign: bool
    reply: ReplyState | None = None
    drafts: int = 0


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one case. ``why`` is for one that stays or is so already; ``note`` is what goes with one that moves."""

    outcome: Outcome
    why: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One case of an act. ``before`` and ``after`` are what the act touched; ``undone`` is None until the act was taken back."""

    case: CaseId
    outcome: Outcome
    why: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    undone: bool | None = None
    undone_why: str = ""


@dataclass(frozen=True, slots=True)
class BulkAct:
    """An act as it is kept. ``person`` is whose presence it changed as well, with what it was and became."""

    id: str
    change: Change | None
    by: str
    by_name: str
    at: datetime
    expires_at: datetime
    person: PersonId | None = None
    person_before: dict[str, Any] = field(default_factory=dict)
    person_after: dict[str, Any] = field(default_factory=dict)
    signed_out: int = 0
    undone_at: datetime | None = None
    undone_by: str = ""
    undone_said: str = ""


def as_asked(change: Change) -> Change:
    """The change with only what its verb asks for. Raises Invalid for a verb or a disposition that is none: it may come from outside."""
    if change.verb not in BULK_VERBS:
        raise Invalid(f"Use one of {', '.join(BULK_VERBS)}.", errors=[{"loc": ["verb"], "msg": f"must be one of {', '.join(BULK_VERBS)}"}])
    if change.verb == "close" and change.disposition is not None and change.disposition not in DISPOSITIONS:
        words = ", ".join(DISPOSITIONS)
        said = f"{change.disposition!r} is no disposition: use {words}."
        raise Invalid(said, errors=[{"loc": ["disposition"], "msg": f"must be one of {words}"}])
    return Change(
        verb=change.verb,
        person=change.person if change.verb == "assign" else None,
        queue=change.queue if change.verb == "queue" else "",
        tags=change.tags if change.verb in ("tag", "untag") else (),
        until=change.until if change.verb == "snooze" else None,
        disposition=change.disposition if change.verb == "close" else None,
        reason=change.reason,
        taken_too=change.taken_too,
    )


def fate(change: Change, case: Case, standing: Standing) -> Fate:
    """What the act will do to this case."""
    why = refusal(_MOVES[change.verb], case.state)
    if _is_so(change, case):
        return Fate("same", "it is so already")
    if why is not None:
        return Fate("stays", "it is done" if case.state == "done" else f"it is {case.state}")
    stays = _in_hand(change, case, standing) or _on_its_way(change, standing) or _kept(change, case)
    return Fate("stays", stays) if stays else Fate("moved", note=_note(change, case, standing))


def _is_so(change: Change, case: Case) -> bool:
    if change.verb == "close":
        return case.state == "done" and case.disposition == (change.disposition or case.disposition)
    if change.verb == "assign":
        return case.assignee_id == change.person
    if change.verb == "release":
        return case.assignee_id is None
    if change.verb == "queue":
        return case.queue == change.queue
    if change.verb == "tag":
        return set(change.tags) <= set(case.tags)
    return change.verb == "untag" and not set(change.tags) & set(case.tags)


def _in_hand(change: Change, case: Case, standing: Standing) -> str:
    if change.verb not in _TAKES or case.assignee_id is None or case.assignee_id == standing.me:
        return ""
    if not standing.may_assign:
        return f"{case.assignee_name} holds it"
    works = case.claim_until is not None and case.claim_until > standing.now
    return f"{case.assignee_name} is working on it" if works and not change.taken_too else ""


def _on_its_way(change: Change, standing: Standing) -> str:
    if standing.reply in _LEAVING and change.verb in _HANDS | {"close"}:
        return "its answer is being sent"
    return "its answer waits for approval" if standing.reply is not None and change.verb == "close" else ""


def _kept(change: Change, case: Case) -> str:
    if case.hold and change.verb in ("close", "snooze"):
        return "legal holds it"
    return "nothing was answered here" if change.verb == "close" and change.disposition == "answered" and not case.reply_count else ""


def _note(change: Change, case: Case, standing: Standing) -> str:
    if change.verb in _HANDS and standing.drafts:
        return "has a draft that stays offered"
    if case.hold:
        return "stays held by legal"
    return "was being worked on" if change.taken_too and _in_hand(Change(change.verb), case, standing) else ""


# --- what is kept for taking it back ------------------------------------------------------------------------------------


def before_of(verb: BulkVerb, case: Case) -> dict[str, Any]:
    """What the act is about to change, as JSON."""
    if verb in _HANDS:
        return {"person": case.assignee_id, "leased": case.claim_until is not None}
    if verb == "queue":
        return {"queue": case.queue}
    if verb in ("tag", "untag"):
        return {"tags": list(case.tags)}
    return {"state": case.state, "until": _text(case.snoozed_until), "waiting_since": _text(case.waiting_since)}


def after_of(verb: BulkVerb, case: Case) -> dict[str, Any]:
    """What stands there since, by which it is known later whether anybody touched it."""
    if verb in _HANDS:
        return {"person": case.assignee_id}
    if verb == "queue":
        return {"queue": case.queue}
    if verb in ("tag", "untag"):
        return {"tags": list(case.tags)}
    return {"state": case.state, "until": _text(case.snoozed_until), "version": case.version}


def touched(verb: BulkVerb, row: BulkRow, case: Case) -> str:
    """Why the act can no longer be taken back on this case, "" when nobody touched since what it changed."""
    if verb in ("tag", "untag"):
        # Other tags that came or went meanwhile are nobody's concern here: only those that the act put on or took off go back.
        was, made, now = set(row.before["tags"]), set(row.after["tags"]), set(case.tags)
        return "" if made - was <= now and not (was - made) & now else "its tags were changed since"
    now_is = after_of(verb, case)
    if now_is == row.after:
        return "it is done by now" if verb != "close" and case.state == "done" else ""
    if verb in _HANDS:
        return f"{case.assignee_name} has it since" if case.assignee_id else "it went back to its queue since"
    if verb == "queue":
        return f"it was moved to {case.queue} since"
    return f"it is {case.state} since" if now_is["state"] != row.after["state"] else "somebody worked on it since"


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def as_stored(change: Change) -> dict[str, Any]:
    """The change as JSON."""
    return {
        "verb": change.verb, "person": change.person, "queue": change.queue, "tags": list(change.tags), "until": _text(change.until),
        "disposition": change.disposition, "reason": change.reason, "taken_too": change.taken_too,
    }  # fmt: skip


def change_of(stored: dict[str, Any]) -> Change:
    """The change that ``as_stored`` wrote."""
    until = stored["until"]
    return Change(
        verb=cast(BulkVerb, stored["verb"]), person=stored["person"], queue=stored["queue"], tags=tuple(stored["tags"]),
        until=None if until is None else datetime.fromisoformat(until), disposition=stored["disposition"], reason=stored["reason"],
        taken_too=stored["taken_too"],
    )  # fmt: skip
