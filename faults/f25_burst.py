"""F25: ten times the usual stream for a minute, sent whether or not anybody answers, against an intake with a small bound.

What is acknowledged must be there afterwards, what is not must be told so at once and when to come back, and a mention that somebody
is in danger must be on an open screen within seconds although thousands wait.
"""

import time
from contextlib import ExitStack
from typing import Final

from faults import checker
from faults.model import Count, Fault, Place, Row, Scale
from rig.load import Load
from rig.screen import screen
from rig.sending import sending
from rig.waiting import until

URGENT: Final = "@acme the charger got so hot it burnt my hand, my lawyer will be in touch"
USUAL_A_SECOND: Final = 50.0
TIMES: Final = 10
ACK_P99_SECONDS: Final = 1.0
ON_SCREEN_P95_SECONDS: Final = 5.0
_SHARED_MACHINE: Final = 5  # by how much longer a short run may take, for a test has no machine of its own
_MANY: Final = 1_000_000  # authors: every mention its own, so that every urgent one is a case of its own


def run(place: Place, scale: Scale) -> Row:
    """The usual stream for a while, the burst, and then until all is understood."""
    seconds, patience = scale.of(60.0, 4.0), scale.of(1, _SHARED_MACHINE)
    with place.site() as site, ExitStack() as stack:
        parts = ("serve",) if site.ports.db.embedded else ("web", "worker")
        started = stack.enter_context(site.processes(*parts, EARSHOT_INTAKE_BOUND=str(scale.of(2_000, 300))))
        url, token = started[0].url, site.token()
        agent = stack.enter_context(site.signed_in(site.person("Sue", "supervisor"), url))
        seen = stack.enter_context(screen(agent, "inbox", r"top_author_\d+"))
        usual = Load([url], token, prefix="usual", rate=USUAL_A_SECOND, seconds=scale.of(5.0, 1.0), authors=_MANY)
        with sending(usual, place.folder) as sender:
            calm = sender.wait()
        burst = Load(
            [url], token, prefix="burst", rate=USUAL_A_SECOND * TIMES, seconds=seconds, connections=200, retry=False, authors=_MANY
        )
        top = Load([url], token, prefix="top", rate=2.0, seconds=seconds, connections=4, authors=_MANY, text=URGENT)
        with sending(top, place.folder) as urgent, sending(burst, place.folder) as flood:
            summary = flood.wait()
            began = time.monotonic()
            urgent.wait()
            try:
                until(lambda: checker.waiting(site) == 0, "the end of the intake", seconds=3 * seconds * patience)
            except TimeoutError as late:
                place.say(str(late))
            drained = time.monotonic() - began
            until(lambda: len(seen.seen) >= len(urgent.acknowledged()), "the urgent ones on the screen")
            shown = sorted(seen.seen[id.replace("top", "top_author_")] - told.at for id, told in urgent.acknowledged().items())
            acked = {**flood.acknowledged(), **urgent.acknowledged()}
        found = checker.damage(site, acked)
    errors = sum(n for status, n in summary.statuses.items() if status not in ("202", "429", "503")) + sum(summary.errors.values())
    for words in (*summary.details, *summary.errors):
        place.say(words)
    on_screen = shown[int(len(shown) * 0.95)] if shown else float("inf")
    counted: dict[str, Count] = {
        "sent": summary.calls, "acked": found.acknowledged, "lost": found.lost, "doubled": found.doubled, "refused": summary.refused,
        "without Retry-After": summary.refused - summary.retry_after, "other errors": errors, "ack p99 s": summary.p99_ms / 1000,
        "calm p99 s": calm.p99_ms / 1000, "drained in s": drained, "urgent": len(shown), "urgent on screen p95 s": on_screen,
        "integrity": found.integrity,
    }  # fmt: skip
    met = (
        found.none and summary.refused == summary.retry_after and errors == 0 and summary.p99_ms < ACK_P99_SECONDS * patience * 1000
        and drained <= 2 * seconds * patience and on_screen <= ON_SCREEN_P95_SECONDS * patience
    )  # fmt: skip
    return Row("F25", place.database, counted, _goal(seconds, patience), met)


def _goal(seconds: float, patience: int) -> str:
    return (
        f"0 lost, all refusals say when to come back, ack p99 < {ACK_P99_SECONDS * patience:g} s, "
        f"drained in {2 * seconds * patience:g} s, urgent on screen p95 <= {ON_SCREEN_P95_SECONDS * patience:g} s"
    )


FAULT = Fault("F25", "ten times the usual stream", run)
