"""One trial of a rule text on stored moments, step by step: whoever asked shows how far it is, and may stop between two steps.

A step reads one piece in a snapshot of its own and decides it, so that neither memory nor a connection is held for the whole trial.
What arrives after it began is not part of it.
"""

from sqlalchemy import Connection

from app.engine.ports import Ports
from app.routing import store as routing
from app.routing.backtest import LISTED, Report, Trial
from app.routing.compile import Compiled
from app.routing.store_pasts import Place, Span, pasts, span_of


class Run:
    """A trial under way against the version ``against``; ``span`` is None while nothing is stored."""

    def __init__(self, ports: Ports, against: int, span: Span | None, trial: Trial) -> None:
        self.against = against
        self._ports = ports
        self._span = span
        self._trial = trial
        self._place: Place | None = span.after if span else None

    @property
    def total(self) -> int:
        """How many moments it looks at."""
        return self._span.moments if self._span else 0

    @property
    def done(self) -> int:
        """How many of them it has looked at."""
        return self._trial.done

    def step(self) -> bool:
        """Decide the next piece; False once there is none."""
        if self._place is None or self._span is None:
            return False
        with self._ports.db.read() as conn:
            found, self._place = pasts(conn, self._place, self._span.until)
        self._trial.add(found)
        return self._place is not None

    def report(self) -> Report:
        """What came of it so far."""
        return self._trial.report()


def trial_of(ports: Ports, conn: Connection, tried: Compiled, last: int, listed: int = LISTED) -> Run:
    """A trial of these rules against those in force, on the newest ``last`` mentions and all that asked the rules since the first of them.

    The caller has asked for the right to try.
    """
    before = routing.active_rules(conn)
    return Run(ports, before.version, span_of(conn, last), Trial(before, tried, listed))
