"""Response times by group or by day: the one definition that wallboard, report, download and API share."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from zoneinfo import ZoneInfo

from app.measures import percentiles
from app.measures.model import By, Response, ResponseTimes, TimeKind

ALL = "all"
_KEY: dict[By, Callable[[Response], str]] = {
    "queue": lambda r: r.queue,
    "network": lambda r: r.network,
    "agent": lambda r: r.agent_id,
    "band": lambda r: r.band,
    "tier": lambda r: r.tier,
}
_SECONDS: dict[TimeKind, Callable[[Response], float]] = {
    "wall": lambda r: r.wall_seconds,
    "business": lambda r: r.business_seconds,
}


def overall(responses: Iterable[Response], calendar: TimeKind = "wall") -> ResponseTimes:
    """One row for all of them, its key ``all``."""
    return _row(ALL, list(responses), calendar)


def by_group(responses: Iterable[Response], by: By, calendar: TimeKind = "wall") -> tuple[ResponseTimes, ...]:
    """A row for each value of ``by`` that occurs, the fullest first, then by name."""
    rows = [_row(key, group, calendar) for key, group in _grouped(responses, _KEY[by]).items()]
    return tuple(sorted(rows, key=lambda row: (-row.count, row.key)))


def by_day(responses: Iterable[Response], zone: str, calendar: TimeKind = "wall") -> tuple[ResponseTimes, ...]:
    """A row for each day on which an answer was given, as ``2026-02-24`` in the reader's ``zone``, in order.

    Raises zoneinfo.ZoneInfoNotFoundError for an unknown zone.
    """
    local = ZoneInfo(zone)
    groups = _grouped(responses, lambda r: r.at.astimezone(local).date().isoformat())
    return tuple(_row(key, groups[key], calendar) for key in sorted(groups))


def _grouped(responses: Iterable[Response], key: Callable[[Response], str]) -> dict[str, list[Response]]:
    groups: dict[str, list[Response]] = defaultdict(list)
    for response in responses:
        groups[key(response)].append(response)
    return groups


def _row(key: str, responses: list[Response], calendar: TimeKind) -> ResponseTimes:
    spread = percentiles.of(map(_SECONDS[calendar], responses))
    within = sum(r.within for r in responses)
    return ResponseTimes(
        key=key,
        count=spread.count,
        median_seconds=spread.median,
        p90_seconds=spread.p90,
        p99_seconds=spread.p99,
        within=within,
        within_share=within / spread.count if spread.count else None,
    )
