"""How often one rule would have fired on the mentions that came last: the same stored moments on which a whole text is tried."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from app.routing.backtest import excerpt
from app.routing.compile import compile_rules
from app.routing.fields import ARRIVAL
from app.routing.model import Rule, RuleSet
from app.routing.store_pasts import pasts, span_of

LAST: Final = 1_000
"""Mentions looked at: a tenth of a second of one processor."""
_PIECES: Final = 12  # of moments; where much else asked the rules beside the mentions, the newest of them are not looked at
_EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class WouldFire:
    """On how many of the last mentions (``of``), or of other moments that asked it; ``excerpts`` are the newest texts it fits."""

    fires: int
    of: int
    mentions: bool
    excerpts: tuple[str, ...]

    @property
    def words(self) -> str:
        """The count as a sentence."""
        what = "mentions" if self.mentions else "moments at which it would have been asked"
        if not self.of:
            return f"There are no stored {what} to try it on yet."
        fires = f"{self.fires:,}" if self.fires else "none"
        return f"It would have fired on {fires} of the last {self.of:,} {what}."


def would_fire(conn: Connection, rule: Rule, above: tuple[Rule, ...], last: int = LAST) -> WouldFire:
    """Count where the rule would have fired, switched on, below the rules ``above`` it that stop the list."""
    on = tuple(one for one in above if one.stop and one.enabled and one.id != rule.id)
    asked = compile_rules(RuleSet((*on, Rule(rule.id, rule.name, rule.on, rule.when, rule.do))))
    arrivals = ARRIVAL in rule.on
    wanted = frozenset({ARRIVAL}) if arrivals else frozenset(rule.on)
    span = span_of(conn, last)
    place, fires, of, found = (span.after if span else None), 0, 0, []
    for _ in range(_PIECES):
        if place is None or span is None:
            break
        moments, place = pasts(conn, place, span.until)
        for one in moments:
            if one.facts.trigger not in wanted:
                continue
            of += 1
            if len(on) in asked.by_trigger[one.facts.trigger](one.facts):
                fires += 1
                found.append(one.facts.text)
    return WouldFire(fires, of, arrivals, tuple(excerpt(text) for text in reversed(found[-_EXAMPLES:]) if text))
