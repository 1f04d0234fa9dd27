"""Start, pause, resume and stop a case's clocks, with their timers and their mark on the case. Used by every action that moves a case.

Each metric has a clock of its own, begun and stopped by its own events and rested by what ``app.sla.rests`` says of it; none knows of
the others. The clocks of a matter are begun and stopped in ``matter_clocks``.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Case, Reply
from app.cases.moves import leaving
from app.core.events import TIMER, Actor, NewEvent
from app.core.ids import CaseId
from app.core.records import with_values
from app.engine import timers
from app.engine.database import Transaction
from app.engine.timers import Timer
from app.escalation import store as escalation
from app.escalation.moves import keeping
from app.judgement.clocks_wanted import openings_of, served, wants
from app.judgement.desk import Desk
from app.measures import store as measures
from app.sla import store as clocks
from app.sla.model import Clock, Metric, ServiceLevels
from app.sla.nearest import Shown, nearer, shown
from app.sla.rests import WORDS, Rest
from app.sla.store import Moved, Opening

WARN: Final = "warn"
BREACH: Final = "breach"
_TOUCH: Final[frozenset[Metric]] = frozenset({"first_touch"})


def begin_again(tx: Transaction, case: Case, desk: Desk) -> Case:
    """Start the clocks of a case that a person opened again: a round of its own, without a first touch, since this is one."""
    lasting: dict[CaseId, Sequence[Clock]] = {case.id: ()}  # it was done: none does
    return _begun(tx, [case], lasting, desk.levels, (case.id,), without=_TOUCH)[0]


def begin_new(tx: Transaction, fresh: Sequence[Case], desk: Desk) -> list[Case]:
    """Start all clocks of cases opened in this very transaction, in two statements for all of them."""
    resting = _standings(tx, [case for case in fresh if case.hold or case.state != "open"])
    openings = []
    for case in fresh:
        found = wants(case, (), {}, tx.now, anew=True)
        if found:
            openings += openings_of(case, found, {}, resting.get(case.id, {}), desk.levels)
    new = _by_case(opened(tx, openings, desk.levels))
    # A matter opened with the case has its clocks already, and marked the case with the nearest of them.
    return [with_mark(case, nearer(_mark_of(case), shown(new[case.id]))) if case.id in new else case for case in fresh]


def adjust(tx: Transaction, case: Case, desk: Desk) -> Case:
    """Give the clocks the targets that hold for the case's present band, tier and risk; start those that it now needs."""
    return adjust_all(tx, [case], desk)[0]


def adjust_all(tx: Transaction, moved: Sequence[Case], desk: Desk) -> list[Case]:
    """``adjust`` for many cases, in three statements for all of them where no clock is to be started."""
    if not moved:
        return []
    done = clocks.recompute(tx, {case.id: served(case) for case in moved}, desk.levels)
    _rearm(tx, done.changed)
    return _begun(tx, moved, done.lasting, desk.levels)


def pause(tx: Transaction, case: Case, desk: Desk, why: str, actor: Actor, rest: Rest = "snoozed") -> Case:
    """Pause what rests for this; ``why`` are the words of it. Other clocks run on: legal's does while everything else waits for legal."""
    return _settled(tx, [(case, actor)], desk, {case.id: {**standing(tx, case), rest: why}}, why)[0]


def resume(tx: Transaction, case: Case, desk: Desk, why: str, actor: Actor, *, anew: bool = False) -> Case:
    """Let run on, with the time they had left, all clocks that nothing rests as the case now stands; start those it needs and has not."""
    return resume_all(tx, [(case, actor)], desk, why, anew={case.id} if anew else ())[0]


def resume_all(
    tx: Transaction,
    woken: Sequence[tuple[Case, Actor]],
    desk: Desk,
    why: str,
    *,
    anew: Collection[CaseId] = (),
) -> list[Case]:
    """``resume`` for many, each with who brought it back."""
    if not woken:
        return []
    holding = _standings(tx, [case for case, _ in woken])
    moved = _rested(tx, woken, desk, holding, why)
    return _begun(tx, [case for case, _ in woken], moved.lasting, desk.levels, anew, holding)


def stop(
    tx: Transaction, case: Case, desk: Desk, why: str, actor: Actor, metrics: Collection[Metric] | None = None
) -> tuple[Case, tuple[Clock, ...]]:
    """Stop the case's clocks for good, all or those of the metrics; those in time are met. Returns the case and what stopped now."""
    moved = clocks.stop(tx, case.id, desk.levels, why, metrics)
    return stopped(tx, case, moved, why, actor), moved.changed


def stopped(tx: Transaction, case: Case, moved: Moved, why: str, actor: Actor) -> Case:
    """What follows when clocks of the case stopped: the breach that nobody said yet, the targets met, no timer more."""
    _announce(tx, case, moved.breached)
    for clock in moved.changed:
        if clock.state == "met" and actor.kind != "rule":  # a target that a rule closed away is nobody's merit
            tx.append(NewEvent("clock.met", actor, _data(clock, why), case=case.id, customer=case.customer_id))
    _rearm(tx, moved.changed)
    return marked(case, moved.lasting[case.id])


def touched(tx: Transaction, case: Case, levels: ServiceLevels, actor: Actor, why: str = "touched") -> Case:
    """A person did something on the case: the clock of the first touch stops, and the case is saved without it.

    Whatever a rule, a timer or a program does is no touch. The second time nothing happens.
    """
    after = touching(tx, case, levels, actor, why)
    if after is not case:
        cases.change(tx, case.id, bump=False, due_at=after.due_at, due_metric=after.due_metric, due_state=after.due_state)
    return after


def touching(tx: Transaction, case: Case, levels: ServiceLevels, actor: Actor, why: str = "touched") -> Case:
    """``touched`` for who saves the case anyway; the very same case where nothing happens."""
    if actor.kind != "agent" or not levels.targets_of("first_touch"):
        return case
    moved = clocks.stop(tx, case.id, levels, why, _TOUCH)
    return stopped(tx, case, moved, why, actor) if moved.changed else case


def marked(case: Case, lasting: Iterable[Clock]) -> Case:
    """The case with its nearest deadline, as its row shows it, from all its clocks that last."""
    return with_mark(case, shown(lasting))


def standing(tx: Transaction, case: Case) -> dict[Rest, str]:
    """What rests the clocks of a case as it stands.

    Legal's hold rests them only while a matter at legal or PR keeps it: a hold without one would be nobody's time at all.
    """
    return _standings(tx, [case])[case.id]


def _standings(tx: Transaction, of: Sequence[Case]) -> dict[CaseId, dict[Rest, str]]:
    """``standing`` of many cases, in two statements."""
    going = outbox.outgoing_of(tx.conn, [case.id for case in of])
    matters = escalation.for_cases(tx.conn, [case.id for case in of if case.hold])
    return {case.id: _standing(case, going.get(case.id), kept=bool(keeping(matters.get(case.id, ())))) for case in of}


def _standing(case: Case, reply: Reply | None, *, kept: bool) -> dict[Rest, str]:
    holding: list[Rest] = []
    if case.state == "snoozed":
        holding.append("snoozed")
    if kept:
        holding.append("legal")
    if case.state == "pending" and case.waiting_on == "community":
        holding.append("community")
    if leaving(reply):
        holding.append("answer")
    if case.state == "waiting":
        holding.append("customer")
    return {rest: WORDS[rest] for rest in holding}


def settle(tx: Transaction, case: Case, desk: Desk, why: str, actor: Actor) -> Case:
    """Pause and resume its clocks as the case now stands, and start none."""
    return settle_all(tx, [(case, actor)], desk, why)[0]


def settle_all(tx: Transaction, of: Sequence[tuple[Case, Actor]], desk: Desk, why: str) -> list[Case]:
    """``settle`` of many, each with who led to it, in few statements."""
    return _settled(tx, of, desk, _standings(tx, [case for case, _ in of]), why) if of else []


def _settled(
    tx: Transaction, of: Sequence[tuple[Case, Actor]], desk: Desk, holding: Mapping[CaseId, Mapping[Rest, str]], why: str
) -> list[Case]:
    moved = _rested(tx, of, desk, holding, why)
    return [marked(case, moved.lasting[case.id]) for case, _ in of]


def _rested(tx: Transaction, of: Sequence[tuple[Case, Actor]], desk: Desk, holding: Mapping[CaseId, Mapping[Rest, str]], why: str) -> Moved:
    """The clocks of these cases paused or running as what is holding them says, with what that is told by and their timers."""
    moved = clocks.settle(tx, holding, desk.levels, why)
    of_case, late = _by_case(moved.changed), _by_case(moved.breached)
    for case, actor in of:
        _announce(tx, case, late.get(case.id, ()))
        _say(tx, case, of_case.get(case.id, ()), why, actor)
    _rearm(tx, moved.changed)
    return moved


def _begun(
    tx: Transaction,
    of: Sequence[Case],
    lasting: Mapping[CaseId, Sequence[Clock]],
    levels: ServiceLevels,
    anew: Collection[CaseId] = (),
    holding: Mapping[CaseId, Mapping[Rest, str]] | None = None,
    *,
    without: frozenset[Metric] = frozenset(),
) -> list[Case]:
    """The cases with the clocks they needed begun, but not those of ``without``, and their nearest deadline marked."""
    have = {case.id: without | {c.metric for c in lasting[case.id]} for case in of}
    wanted = {case.id: wants(case, have[case.id], {}, tx.now, anew=case.id in anew) for case in of}
    missing = [case for case in of if any(levels.targets_of(metric) for metric, _ in wanted[case.id])]
    last = clocks.cycles(tx.conn, [case.id for case in missing])
    if holding is None:
        holding = _standings(tx, missing)
    openings: list[Opening] = []
    for case in missing:
        found = wants(case, have[case.id], last, tx.now, anew=case.id in anew)
        openings += openings_of(case, found, last, holding[case.id], levels)
    new = _by_case(opened(tx, openings, levels))
    return [marked(case, [*lasting[case.id], *new.get(case.id, ())]) for case in of]


def opened(tx: Transaction, openings: Sequence[Opening], levels: ServiceLevels) -> tuple[Clock, ...]:
    """Start these clocks and arm their timers."""
    new = clocks.open_all(tx, openings, levels)
    timers.arm_all(tx, [timer for clock in new for timer in _timers(clock)])
    return new


def _rearm(tx: Transaction, changed: Sequence[Clock]) -> None:
    """Arm the timers of changed clocks that run, disarm those of the others."""
    resting = [clock.id for clock in changed if clock.state != "running"]
    timers.disarm_all(tx, resting, WARN, BREACH)
    timers.arm_all(tx, [timer for clock in changed for timer in _timers(clock)])


def _timers(clock: Clock) -> list[Timer]:
    """What has to fire for a running clock. One that warns only when it is due does not warn."""
    if clock.state != "running" or clock.due_at is None:
        return []
    about = {"case": clock.case_id}
    armed = [Timer(clock.id, BREACH, clock.due_at, about)]
    if clock.warned_at is None and clock.warn_at is not None and clock.warn_at < clock.due_at:
        armed.append(Timer(clock.id, WARN, clock.warn_at, about))
    return armed


def _announce(tx: Transaction, case: Case, breached: Sequence[Clock]) -> None:
    """Say what is overdue but not yet said: an answer within the last tick must not swallow the breach before it."""
    for clock in breached:
        measures.add(tx, "breached", clock.metric)
        tx.append(NewEvent("clock.breached", TIMER, _data(clock, "its time was up"), case=case.id, customer=case.customer_id))


def _say(tx: Transaction, case: Case, changed: Sequence[Clock], why: str, actor: Actor) -> None:
    for clock in changed:
        if len(clock.intervals) > 1 and clock.intervals[-2].kind == clock.intervals[-1].kind:
            continue  # it rests on, for another reason
        kind = "clock.resumed" if clock.ticking else "clock.paused"
        said = why if clock.ticking else clock.intervals[-1].why
        tx.append(NewEvent(kind, actor, _data(clock, said), case=case.id, customer=case.customer_id))


def _by_case(some: Iterable[Clock]) -> dict[CaseId, list[Clock]]:
    of_case: dict[CaseId, list[Clock]] = defaultdict(list)
    for clock in some:
        of_case[clock.case_id].append(clock)
    return of_case


def _mark_of(case: Case) -> Shown:
    return Shown(case.due_at, case.due_metric, case.due_state)  # type: ignore[arg-type]  # its column holds one of the metrics


def with_mark(case: Case, mark: Shown) -> Case:
    """The case with this nearest deadline on its row."""
    return with_values(case, due_at=mark.due_at, due_metric=mark.metric, due_state=mark.state)


def _data(clock: Clock, why: str) -> dict[str, Any]:
    return {"clock": clock.id, "metric": clock.metric, "target_seconds": clock.target_seconds, "why": why}
