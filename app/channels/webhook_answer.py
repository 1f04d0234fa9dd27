"""What a receiver's answer to a webhook means: pure, from status, headers and body to an Outcome.

Only a few statuses say surely that nothing was published; a 500 may come from a program that died after it had posted, a 502 or
504 from a gateway that knows nothing. Those are Unknown, and key or look-up settle them.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from app.channels.http_call import Answer
from app.channels.port import Failed, Found, Outcome, RetryAfter, Sent, TryAgain, Unknown

RETRY_AFTER_SECONDS: Final = (1.0, 3_600.0)  # what is asked for beyond these bounds is taken for the bound
WORDS_CHARACTERS: Final = 300
_ID_CHARACTERS: Final = 500
_URL_CHARACTERS: Final = 2_000
_NOT_NOW: Final = frozenset({408, 425, 429, 503})  # statuses that promise that nothing was done
_AT_WORK: Final = 409  # of a receiver that honours keys: a request with this key is being worked on
_FIXABLE: Final = frozenset({400, 413, 422})
_WORDS_AT: Final = ("detail", "message", "error", "title", "reason")
_UNSHOWN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")


def outcome_of(answer: Answer, key: str, now: datetime, *, keyed: bool) -> Outcome:
    """What became of an attempt that was answered so."""
    status = answer.status
    if 200 <= status < 300:
        return _published(answer, key)
    if status in _NOT_NOW:
        seconds = retry_after(answer.headers, now) if status in (429, 503) else None
        why = _said(answer, "asks for patience")
        return TryAgain(why) if seconds is None else RetryAfter(seconds, why)
    if status == _AT_WORK and keyed:
        return Unknown(_said(answer, "is still at work on it"))
    if 400 <= status < 500:
        return Failed(_said(answer, "refused it"), fixable=status in _FIXABLE)
    if status >= 500:
        return Unknown(_said(answer, "broke down over it"))
    return Failed(_said(answer, "sent it elsewhere: set its final address"), fixable=False)


def found_of(answer: Answer) -> Sent | Found:
    """What a look-up says: 200 with an id is the post, 404 that there is none, anything else nothing yet."""
    if answer.status == 404:
        return "absent"
    value = _json(answer) if answer.status == 200 and answer.whole else None
    if isinstance(value, dict) and (id := _text(value.get("external_id"))):
        return Sent(id, _link(value.get("url")))
    return "unsure"


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the header asks for, given as seconds or as a date, within ``RETRY_AFTER_SECONDS``; None without a sensible one."""
    given = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", given):
        seconds = float(given)
    else:
        try:
            at = parsedate_to_datetime(given)
        except (ValueError, TypeError, OverflowError):
            return None
        seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    least, most = RETRY_AFTER_SECONDS
    return min(max(seconds, least), most)


def _published(answer: Answer, key: str) -> Outcome:
    value = _json(answer)
    claims_json = "json" in answer.headers.get("content-type", "").lower()
    if not answer.whole or (claims_json and value is None and answer.body):
        return Unknown(f"the receiver said {answer.status}, but its answer broke off or is no JSON")
    fields = value if isinstance(value, dict) else {}
    return Sent(_text(fields.get("external_id")) or key, _link(fields.get("url")))


def _said(answer: Answer, what: str) -> str:
    """One sentence with the receiver's own words, cut and without signs that could disturb the page around them."""
    value = _json(answer)
    words: Any = next((value[at] for at in _WORDS_AT if isinstance(value.get(at), str)), "") if isinstance(value, dict) else None
    if words is None and "html" not in answer.headers.get("content-type", "").lower():
        words = answer.body[: WORDS_CHARACTERS * 4].decode("utf-8", "replace")
    words = " ".join(_UNSHOWN.sub(" ", words or "").split())
    words = words[: WORDS_CHARACTERS - 1] + "…" if len(words) > WORDS_CHARACTERS else words
    return f"the receiver {what} ({answer.status}){f': {words}' if words else ''}"


def _json(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def _text(value: object) -> str:
    """An id as text: a number or a short string, else nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return _UNSHOWN.sub("", str(value))[:_ID_CHARACTERS].encode("utf-8", "replace").decode()


def _link(value: object) -> str | None:
    good = isinstance(value, str) and len(value) <= _URL_CHARACTERS and re.match(r"https?://[^\s\x00-\x1f\"<>\\]+\Z", value)
    return str(value) if good else None
