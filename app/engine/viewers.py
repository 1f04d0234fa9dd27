"""Who looks at which case in this process, and whether they type: cheap, forgetful, never stored.

Bounded by the open connections of the process; an entry lives as long as its socket.
"""

from collections import defaultdict
from typing import Final

_LOOKING: Final[dict[str, dict[int, tuple[str, str]]]] = defaultdict(dict)


def enter(case_id: str, connection: int, person_id: str, name: str) -> None:
    """A person's page of this case is open."""
    _LOOKING[case_id][connection] = (person_id, name)


def leave(case_id: str, connection: int) -> None:
    """It was closed."""
    _LOOKING[case_id].pop(connection, None)
    if not _LOOKING[case_id]:
        del _LOOKING[case_id]


def people_at(case_id: str) -> tuple[tuple[str, str], ...]:
    """Those who look at the case now, as (person id, name), each once."""
    return tuple(sorted(set(_LOOKING[case_id].values()), key=lambda p: p[1])) if case_id in _LOOKING else ()


def viewers_of(case_id: str, besides: str | None = None) -> tuple[str, ...]:
    """Names of those who look at the case now, each once."""
    if case_id not in _LOOKING:
        return ()
    return tuple(sorted({name for person, name in _LOOKING[case_id].values() if person != besides}))
