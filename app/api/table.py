"""Every entry of the API, in the order of its document."""

from typing import Final

from starlette.routing import compile_path

from app.api import bulk, cases, customers, health, live, measures, mentions, openapi, people, policies, replies, rules
from app.door.entry import Entry

RESOURCES: Final[tuple[Entry, ...]] = (
    *mentions.ENTRIES,
    *bulk.ENTRIES,  # before the cases: "bulk" is no case's id
    *cases.ENTRIES,
    *replies.ENTRIES,
    *customers.ENTRIES,
    *rules.ENTRIES,
    *policies.ENTRIES,
    *people.ENTRIES,
    *measures.ENTRIES,
    *live.ENTRIES,
    *health.ENTRIES,
)
API_ENTRIES: Final[tuple[Entry, ...]] = (*RESOURCES, *openapi.entries(RESOURCES))

_PATTERNS: Final = tuple((compile_path(e.path)[0], e.method) for e in API_ENTRIES if e.method != "WS")


def allowed_methods(path: str) -> str:
    """The methods of an address, for the Allow header; "" where there is nothing."""
    exact = {e.method for e in API_ENTRIES if e.path == path and e.method != "WS"}
    methods = exact or {method for pattern, method in _PATTERNS if pattern.match(path)}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
