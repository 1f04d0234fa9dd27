"""The values of the wire form: what each kind of field takes, what is cleaned in it, and the sentence when it is refused.

Words are mended, ids never: an id that was changed would no longer find its duplicate.
"""

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

MAX_TEXT_CHARACTERS: Final = 100_000
MAX_WORDS_CHARACTERS: Final = 2_000  # names, descriptions of pictures, content warnings
MAX_ID_CHARACTERS: Final = 500
MAX_PLACE_CHARACTERS: Final = 120  # of a server or one of our accounts on it: what the columns keep
MAX_AUTHOR_ID_CHARACTERS: Final = 255
MAX_LINK_CHARACTERS: Final = 4_000
MAX_RAW_BYTES: Final = 65_536
MAX_COUNT: Final = 2**53 - 1  # the largest whole number every JSON reader keeps exactly
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2100


_BAD_CHARACTER: Final = re.compile("[\x00\ud800-\udfff]")
_BAD_IN_ID: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LINK: Final = re.compile(r"https?://[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff\"<>\\]+", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_NETWORK: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_MOMENT: Final = re.compile(r"(\d{4})-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def refuse(msg: str, *place: str) -> PydanticCustomError:
    """The refusal of a value; ``place`` is added to where the value stands."""
    return PydanticCustomError("refused", "{msg}", {"msg": msg, "place": list(place)})


def clean(text: str) -> str:
    """``text`` with NUL and lone surrogates, which no database keeps, replaced by U+FFFD."""
    if text.isascii() and "\x00" not in text:
        return text
    return _BAD_CHARACTER.sub("\ufffd", text)


def _words(value: object) -> object:
    """A name or a description: cleaned, and cut rather than refused, for what was said matters more."""
    return clean(value[:MAX_WORDS_CHARACTERS]) if isinstance(value, str) else value


def _text(value: object) -> object:
    if not isinstance(value, str):
        return value
    if len(value) > MAX_TEXT_CHARACTERS:
        raise refuse(f"has {len(value):,} characters and may have {MAX_TEXT_CHARACTERS:,}: send the beginning, and the rest behind `url`")
    return clean(value)


def _id(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _BAD_IN_ID.search(value)
    if found:
        bad = f"U+{ord(found[0]):04X} at position {found.start()}"
        raise refuse(f"holds the character {bad}, which no id may hold: send the id as the network gives it")
    return _bounded(value.strip(), MAX_ID_CHARACTERS)


def _bounded(value: str, most: int) -> str:
    if len(value) > most:
        raise refuse(f"has {len(value):,} characters and may have {most}: send the network's own id, or a hash of it")
    return value


def _place(value: object) -> object:
    value = _id(value)
    return _bounded(value, MAX_PLACE_CHARACTERS) if isinstance(value, str) else value


def _author_id(value: object) -> object:
    value = _id(value)
    return _bounded(value, MAX_AUTHOR_ID_CHARACTERS) if isinstance(value, str) else value


def _required_id(value: object) -> object:
    value = _id(value)
    if value == "":
        raise refuse("is empty: give the network's own id of this post, by which a second delivery is known")
    return value


def _handle(value: object) -> object:
    value = _id(value)
    return value.removeprefix("@") if isinstance(value, str) else value


def _link(value: object) -> object:
    """A web address, or None for anything that is none: it would become a link on the agent's screen."""
    if not isinstance(value, str):
        return value
    value = value.strip()
    return value if len(value) <= MAX_LINK_CHARACTERS and _LINK.fullmatch(value) else None


def _language(value: object) -> object:
    return value if not isinstance(value, str) or _LANGUAGE.fullmatch(value) else None


def _network(value: object) -> object:
    if isinstance(value, str) and not _NETWORK.fullmatch(value):
        raise refuse("must be one lower-case word of at most 32 letters, digits, - or _, such as x, mastodon or my-forum")
    return value


def _moment(value: object) -> object:
    """An RFC 3339 time with its zone, years 1970 to 2100. It is the author's claim, so the future is allowed."""
    mend = "write it like 2026-02-24T19:35:52Z"
    if not isinstance(value, str):
        raise refuse(f"must be a time as text: {mend}")
    found = _MOMENT.fullmatch(value)
    if not found:
        zone = " and names no zone" if re.fullmatch(r"\d{4}-\d\d-\d\d[Tt ][\d:.]+", value) else ""
        raise refuse(f"is not an RFC 3339 time{zone}: {mend}")
    if value[17:19] == "60":  # RFC 3339 knows leap seconds, Python does not
        value = f"{value[:17]}59{value[19:]}"
    try:
        at = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise refuse(f"is no time that exists: {mend}") from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise refuse(f"is in the year {at.year}; years {FIRST_YEAR} to {LAST_YEAR} are kept: check the clock or the unit it came from")
    return at


def _raw(value: object) -> object:
    """The network's own record, kept only as far as it can be stored: too large becomes {}, odd characters U+FFFD."""
    if not isinstance(value, dict) or not value:
        return value
    try:
        written = json.dumps(value, allow_nan=False)
        if len(written) > MAX_RAW_BYTES:
            return {}
        return json.loads(written, object_pairs_hook=_clean_pairs) if "\\u" in written else value
    except (ValueError, TypeError, RecursionError):
        return {}


def _clean_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {clean(k): _clean_value(v) for k, v in pairs}


def _clean_value(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    return [_clean_value(v) for v in value] if isinstance(value, list) else value


Text = Annotated[str, BeforeValidator(_text), Field(json_schema_extra={"maxLength": MAX_TEXT_CHARACTERS})]
Words = Annotated[str, BeforeValidator(_words)]
Id = Annotated[str, BeforeValidator(_id), Field(json_schema_extra={"maxLength": MAX_ID_CHARACTERS})]
Place = Annotated[str, BeforeValidator(_place), Field(json_schema_extra={"maxLength": MAX_PLACE_CHARACTERS})]
AuthorId = Annotated[str, BeforeValidator(_author_id), Field(json_schema_extra={"maxLength": MAX_AUTHOR_ID_CHARACTERS})]
RequiredId = Annotated[str, BeforeValidator(_required_id), Field(json_schema_extra={"minLength": 1, "maxLength": MAX_ID_CHARACTERS})]
Slug = Annotated[str, BeforeValidator(_network), Field(json_schema_extra={"pattern": f"^{_NETWORK.pattern}$"})]
Link = Annotated[str | None, BeforeValidator(_link)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Handle = Annotated[str, BeforeValidator(_handle)]
Language = Annotated[str | None, BeforeValidator(_language)]
Raw = Annotated[dict[str, Any], BeforeValidator(_raw)]
