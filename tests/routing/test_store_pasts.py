"""Stored moments come in pieces, each once and in the order in which they came, whatever was stored at the same instant.

Pitfall "caps nobody expects": there is none, since what is read is streamed.
"""

from app.core.clock import SetClock
from app.core.facts import Facts
from app.core.ids import CaseId, MentionId
from app.engine.ports import Ports
from app.routing import store
from app.routing.backtest import Past
from app.routing.decide import decide
from app.routing.store_pasts import PIECE, Place, pasts, span_of


def keep(ports: Ports, *triggers: str) -> None:
    """One decision each, all at one moment."""
    with ports.db.write() as tx:
        rules = store.active_rules(tx.conn)
        facts = [Facts(trigger=trigger, text=f"{trigger} {n}") for n, trigger in enumerate(triggers)]
        store.record_decisions(tx, [(one, decide(rules, one), MentionId("m"), CaseId("c")) for one in facts])


def read(ports: Ports, last: int) -> list[Past]:
    with ports.db.read() as conn:
        span = span_of(conn, last)
    found: list[Past] = []
    place: Place | None = span.after if span else None
    while place is not None and span is not None:
        with ports.db.read() as conn:
            some, place = pasts(conn, place, span.until)
        found += some
    assert span is None or (len(found), sum(p.facts.trigger == "mention.received" for p in found)) == (span.moments, span.mentions)
    return found


def test_nothing_stored_is_no_span(ports: Ports) -> None:
    assert read(ports, 10) == []


def test_the_last_mentions_and_all_that_asked_the_rules_since_the_first_of_them(ports: Ports, clock: SetClock) -> None:
    for triggers in (["mention.received"], ["clock.warned"], ["mention.received", "mention.received"], ["clock.breached"]):
        clock.move(seconds=1)
        keep(ports, *triggers)
    assert [p.facts.trigger for p in read(ports, 1)] == ["mention.received", "clock.breached"]
    assert [p.facts.text for p in read(ports, 2)] == ["clock.warned 0", "mention.received 0", "mention.received 1", "clock.breached 0"]
    assert len(read(ports, 3)) == 5
    assert len(read(ports, 1_000)) == 5
    assert read(ports, 1)[-1].at == clock.now()
    assert read(ports, 1)[-1].case == "c"


def test_a_piece_that_ends_within_one_moment_loses_and_doubles_nothing(ports: Ports, clock: SetClock) -> None:
    keep(ports, *["mention.received"] * (PIECE + 7))
    clock.move(seconds=1)
    keep(ports, *["mention.received"] * PIECE)
    texts = [p.facts.text for p in read(ports, 10_000)]
    assert texts == [f"mention.received {n}" for n in [*range(PIECE + 7), *range(PIECE)]]
    assert len(read(ports, PIECE + 3)) == PIECE + 3
