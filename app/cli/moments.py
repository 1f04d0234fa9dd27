"""A moment given on the command line: a full RFC 3339 time, or a day, which begins at midnight UTC."""

from datetime import UTC, datetime

from app.core.clock import parse_rfc3339
from app.core.errors import Invalid


def moment_given(option: str, text: str | None) -> datetime | None:
    """The moment that the option names, None when it was not given; raises Invalid naming the option."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-02-24"):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        return parse_rfc3339(text)
    except ValueError:
        raise Invalid(f"{option} {text} is no time: write it like 2026-02-24T19:35:52Z or 2026-02-24.") from None
