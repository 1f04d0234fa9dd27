"""The one tree of errors a person or a program can meet, each with a code, an HTTP status and a sentence with the mend."""

from collections.abc import Sequence
from typing import Any


class DeskError(Exception):
    """Something Earshot refuses or cannot do, said so that the reader can act on it."""

    code = "failed"
    status = 500

    def __init__(self, detail: str, *, errors: Sequence[dict[str, Any]] = (), **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.extra = extra


class Invalid(DeskError):
    """The input is wrong; ``errors`` names each place as ``{"loc": [...], "msg": "..."}``."""

    code = "invalid"
    status = 422


class NotFound(DeskError):
    """Nothing with that id exists, or the asker may not know of it."""

    code = "not_found"
    status = 404


class NotSignedIn(DeskError):
    """No valid session or token came with the request."""

    code = "not_signed_in"
    status = 401


class Forbidden(DeskError):
    """The asker is known but may not do this."""

    code = "forbidden"
    status = 403


class Conflict(DeskError):
    """The state does not allow it now."""

    code = "conflict"
    status = 409


class Stale(Conflict):
    """Someone changed the case after the asker last saw it."""

    code = "stale"


class Claimed(Conflict):
    """Another person holds the case."""

    code = "claimed"


class ChecklistIncomplete(DeskError):
    """Required checklist items are not ticked; ``extra["missing"]`` lists their ids."""

    code = "checklist"
    status = 422


class PolicyBroken(DeskError):
    """The text breaks a text policy; ``extra["breaks"]`` lists what."""

    code = "policy"
    status = 422


class OnHold(DeskError):
    """Nothing may leave while the case is held."""

    code = "hold"
    status = 423


class TooMany(DeskError):
    """A bound is reached; try again after ``retry_after_seconds``."""

    code = "too_many"
    status = 429

    def __init__(self, detail: str, *, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class TooLarge(DeskError):
    """The body is over its bound."""

    code = "too_large"
    status = 413


class Unavailable(DeskError):
    """A part that this needs is away; nothing was taken. Try again after ``retry_after_seconds``."""

    code = "unavailable"
    status = 503

    def __init__(self, detail: str, *, retry_after_seconds: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds
