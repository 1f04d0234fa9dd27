"""F16: whatever happens to the process or to its clock, each timer fires once, and soon after it can.

Cases are put away until a moment, and come back by their timers. Meanwhile the desk is killed and started, stalled, away for ten
minutes, its clock set an hour on or back, and two processes hold the same timers. Late is how long after the last was due, or after
the desk was well again, the last one fired; it is taken by steady time, from outside.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, func, select

from app.actions.accept_mentions import Delivery, accept_mentions
from app.actions.side_effects import WAKE
from app.actions.snooze_case import snooze_case
from app.cases.tables import CASE
from app.core.asker import DESK
from app.core.clock import rfc3339
from app.core.events import Event
from app.engine import log, timers
from app.engine.leases import LEASE
from app.engine.timers import Timer
from app.jobs.deadlines import DUTY
from app.jobs.intake import one_batch
from faults.model import CannotRun, Count, Fault, Place, Row, Scale
from rig.desk import Part, Running, Site
from rig.faketime import LOOKS_EVERY_SECONDS, Faketime, NoFaketime
from rig.waiting import until

LATE_SECONDS: Final = 2.0
_LATE_AMONG_OTHERS_SECONDS: Final = 6.0  # short runs stand in test runs that keep the processors busy
GOAL: Final = "each fired once, 0 doubled, 0 fired again by a clock put back, late at most 2 s"
HOUR: Final = 3600
SOON_SECONDS: Final = 2.0
_OVER_SECONDS: Final = 1.0  # timers of one round are due within this time
_STILL_SECONDS: Final = 1.5  # several ticks, in which nothing more may fire
_WOKEN_SINCE: Final = (
    select(func.count()).select_from(log.EVENT).where(log.EVENT.c.seq > bindparam("seq"), log.EVENT.c.kind == "case.woken")
)
_FIRED: Final = frozenset({"clock.warned", "clock.breached"})


@dataclass
class Trial:
    """One place, its cases, its clock and its processes."""

    site: Site
    cases: Sequence[str]
    clock: Faketime
    processes: Sequence[Running]

    def put_away(self, seconds: float, over: float = _OVER_SECONDS) -> float:
        """Put every case away until ``seconds`` from now by the desk's clock, one after the other; when the last is due, in steady time."""
        now = self.site.ports.clock.now()
        for case in self.cases:
            snooze_case(self.site.ports, DESK, case, now + timedelta(days=1))
        begin = self.site.ports.clock.now() + timedelta(seconds=self.clock.offset_seconds + seconds)
        each = over / len(self.cases)
        with self.site.ports.db.write() as tx:
            timers.arm_all(tx, [Timer(case, WAKE, begin + timedelta(seconds=each * i), {}) for i, case in enumerate(self.cases)])
        return time.monotonic() + seconds + over

    def restart(self) -> float:
        """Start what was killed again; the moment it was well, in steady time."""
        for process in self.processes:
            process.again()
        for process in self.processes:
            process.wait_until_ready()
        until(self._minded, "a process that minds the timers")
        return time.monotonic()

    def _minded(self) -> bool:
        """Whether one of the present processes has taken the tick; it names its holder after its pid."""
        with self.site.ports.db.read() as conn:
            holders = conn.execute(select(LEASE.c.holder).where(LEASE.c.duty == DUTY)).scalars().all()
        return any(holder.partition("-")[0] == str(process.pid) for holder in holders for process in self.processes)

    def kill(self) -> None:
        """End everything at once."""
        for process in self.processes:
            process.kill()

    def head(self) -> int:
        """The newest event."""
        with self.site.ports.db.read() as conn:
            return log.head(conn)

    def since(self, seq: int) -> list[Event]:
        """What happened after it."""
        with self.site.ports.db.read() as conn:
            return log.read_since(conn, seq, 1_000_000)

    def woken_since(self, seq: int) -> int:
        """How often a case came back after it; counted by the database, for whoever watches must not take the desk's processors."""
        with self.site.ports.db.read() as conn:
            return conn.execute(_WOKEN_SINCE, {"seq": seq}).scalar_one()


def _restart(trial: Trial) -> float:
    last = trial.put_away(SOON_SECONDS)
    time.sleep(max(0.0, last - time.monotonic() - _OVER_SECONDS / 2))
    trial.kill()
    return max(last, trial.restart())


def _stall(trial: Trial) -> float:
    last = trial.put_away(SOON_SECONDS)
    for process in trial.processes:
        process.freeze()
    time.sleep(SOON_SECONDS + _OVER_SECONDS)
    for process in trial.processes:
        process.thaw()
    return max(last, time.monotonic())


def _down(trial: Trial) -> float:
    """Ten minutes pass by the clock; the desk is away all the while."""
    trial.kill()
    trial.put_away(10, over=500)
    trial.clock.move(600)
    return trial.restart()


def _forward(trial: Trial) -> float:
    trial.put_away(HOUR / 2, over=HOUR / 4)
    trial.clock.move(HOUR)
    return time.monotonic() + LOOKS_EVERY_SECONDS


def _back(trial: Trial) -> float:
    trial.clock.move(-HOUR)
    return trial.put_away(SOON_SECONDS)


def _back_while_away(trial: Trial) -> float:
    """What the killed process noted of its duty then lies in the future."""
    trial.kill()
    trial.clock.move(-HOUR)
    last = trial.put_away(SOON_SECONDS)
    return max(last, trial.restart())


def _nothing(trial: Trial) -> float:
    return trial.put_away(SOON_SECONDS)


TRIALS: Final[Sequence[tuple[str, int, Callable[[Trial], float]]]] = (
    ("killed", 1, _restart), ("stalled 3 s", 1, _stall), ("down 10 min", 1, _down), ("clock +1 h", 1, _forward), ("clock -1 h", 1, _back),
    ("clock -1 h while down", 1, _back_while_away), ("two at once", 2, _nothing),
)  # fmt: skip
_SHORT: Final = frozenset({"stalled 3 s", "clock +1 h", "clock -1 h"})


def run(place: Place, scale: Scale) -> Row:
    """Each trial with all its timers; the figures of all, and the latest of each."""
    count = scale.of(200, 20)
    try:
        clock = Faketime(place.folder)
    except NoFaketime as why:
        raise CannotRun(str(why)) from why
    fired, doubled, late = 0, 0, dict[str, float]()
    with ExitStack() as stack:
        stack.callback(clock.sweep)
        site = stack.enter_context(place.site())
        cases = _made(site, count)
        part: Part = "serve" if site.ports.db.embedded else "worker"
        processes = [*stack.enter_context(site.processes(part, **clock.environment))]
        _tried(Trial(site, cases, clock, processes), _nothing)  # uncounted: a process that has just begun still reads its rules
        trials = [one for one in TRIALS if not scale.short or one[0] in _SHORT]
        for name, needed, fault in trials:
            while len(processes) < needed:
                processes += stack.enter_context(site.processes(part, **clock.environment))
            once, more, seconds = _tried(Trial(site, cases, clock, processes), fault)
            fired, doubled, late[name] = fired + once, doubled + more, seconds
            place.say(f"{name}: {once} of {count} fired once, {more} doubled, the last {seconds:.1f} s late")
    wanted, bound = count * len(trials), scale.of(LATE_SECONDS, _LATE_AMONG_OTHERS_SECONDS)
    counted: dict[str, Count] = {"timers": wanted, "fired once": fired, "doubled": doubled}
    counted |= {f"late s, {name}": round(seconds, 1) for name, seconds in late.items()}
    return Row("F16", place.database, counted, GOAL, fired == wanted and doubled == 0 and max(late.values()) <= bound)


def _tried(trial: Trial, fault: Callable[[Trial], float]) -> tuple[int, int, float]:
    """How many fired once, how many more often than that, and how late the last one was, in seconds."""
    seq = trial.head()
    due = fault(trial)
    until(lambda: trial.woken_since(seq) >= len(trial.cases), "the last timer")
    seconds = time.monotonic() - due
    time.sleep(_STILL_SECONDS)
    woken = _woken(trial, seq)
    clocks = Counter((e.kind, e.data["clock"]) for e in trial.since(0) if e.kind in _FIRED)
    doubled = sum(n - 1 for n in (*woken.values(), *clocks.values()))
    return sum(n == 1 for n in woken.values()), doubled, max(0.0, seconds)


def _woken(trial: Trial, seq: int) -> Counter[str | None]:
    return Counter(e.case for e in trial.since(seq) if e.kind == "case.woken")


def _made(site: Site, count: int) -> list[str]:
    now = rfc3339(site.ports.clock.now())
    asked = {"network": "x", "account": "@acme", "text": "@acme where is my order?", "created_at": now}
    said = [asked | {"external_id": f"t{i}", "author": {"handle": f"t{i}"}} for i in range(count)]
    accept_mentions(site.ports, [Delivery("faults", said)])
    while one_batch(site.ports):
        pass
    with site.ports.db.read() as conn:
        return [row.id for row in conn.execute(CASE.select().order_by(CASE.c.id))]


FAULT = Fault("F16", "timers over restarts, stalls and moved clocks", run)
