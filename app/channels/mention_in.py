"""One mention as it comes in: the wire form of the contract, what is cleaned, and the sentence for what is refused.

A customer's words are never lost to a stray byte: in texts and names, NUL and lone surrogates become U+FFFD; links that
are no web addresses, language tags that are none and media beyond the bound are dropped. Ids are never mended, because
an id that was changed would no longer find its duplicate. ``null`` means the same as a field left out, and fields that
are not known are ignored.
"""

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from app.core.errors import Invalid

MAX_TEXT_CHARACTERS: Final = 100_000
MAX_NAME_CHARACTERS: Final = 1_000
MAX_ID_CHARACTERS: Final = 500
MAX_LINK_CHARACTERS: Final = 4_000
MAX_MEDIA: Final = 50
MAX_RAW_BYTES: Final = 65_536
MAX_COUNT: Final = 2**53 - 1  # the largest whole number every JSON reader keeps exactly
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2100
UNKNOWN_TIME: Final = "1970-01-01T00:00:00Z"  # created_at of a deletion notice that gives none

Visibility = Literal["public", "unlisted", "followers", "direct"]
Kind = Literal["mention", "reply", "comment", "quote", "repost", "message", "review", "post"]

_BAD_CHARACTER: Final = re.compile("[\x00\ud800-\udfff]")
_BAD_IN_ID: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LINK: Final = re.compile(r"https?://[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff\"<>\\]+", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_NETWORK: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_MOMENT: Final = re.compile(r"(\d{4})-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _no(msg: str, *place: str) -> PydanticCustomError:
    return PydanticCustomError("refused", "{msg}", {"msg": msg, "place": list(place)})


def clean(text: str) -> str:
    """``text`` with NUL and lone surrogates, which no database keeps, replaced by U+FFFD."""
    if text.isascii() and "\x00" not in text:
        return text
    return _BAD_CHARACTER.sub("\ufffd", text)


def _words(value: object) -> object:
    return clean(value) if isinstance(value, str) else value


def _text(value: object) -> object:
    if not isinstance(value, str):
        return value
    if len(value) > MAX_TEXT_CHARACTERS:
        raise _no(f"has {len(value):,} characters and may have {MAX_TEXT_CHARACTERS:,}: send the beginning, and the rest behind `url`")
    return clean(value)


def _id(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _BAD_IN_ID.search(value)
    if found:
        bad = f"U+{ord(found[0]):04X} at position {found.start()}"
        raise _no(f"holds the character {bad}, which no id may hold: send the id as the network gives it")
    value = value.strip()
    if len(value) > MAX_ID_CHARACTERS:
        raise _no(f"has {len(value):,} characters and may have {MAX_ID_CHARACTERS}: send the network's own id, or a hash of it")
    return value


def _required_id(value: object) -> object:
    value = _id(value)
    if value == "":
        raise _no("is empty: give the network's own id of this post, by which a second delivery is known")
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
        raise _no("must be one lower-case word of at most 32 letters, digits, - or _, such as x, mastodon or my-forum")
    return value


def _moment(value: object) -> object:
    """An RFC 3339 time with its zone, years 1970 to 2100. It is the author's claim, so the future is allowed."""
    mend = "write it like 2026-02-24T19:35:52Z"
    if not isinstance(value, str):
        raise _no(f"must be a time as text: {mend}")
    found = _MOMENT.fullmatch(value)
    if not found:
        zone = " and names no zone" if re.fullmatch(r"\d{4}-\d\d-\d\d[Tt ][\d:.]+", value) else ""
        raise _no(f"is not an RFC 3339 time{zone}: {mend}")
    if value[17:19] == "60":  # RFC 3339 knows leap seconds, Python does not
        value = f"{value[:17]}59{value[19:]}"
    try:
        at = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _no(f"is no time that exists: {mend}") from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise _no(f"is in the year {at.year}; years {FIRST_YEAR} to {LAST_YEAR} are kept: check the clock or the unit it came from")
    return at


def _media(value: object) -> object:
    return value[:MAX_MEDIA] if isinstance(value, list) else value


def _raw(value: object) -> object:
    """The network's own record, kept only as far as it can be stored: too large becomes {}, odd characters U+FFFD."""
    if not isinstance(value, dict) or not value:
        return value
    try:
        written = json.dumps(value, allow_nan=False)
    except (ValueError, TypeError, RecursionError):
        return {}
    if len(written) > MAX_RAW_BYTES:
        return {}
    return json.loads(written, object_pairs_hook=_clean_pairs) if "\\u" in written else value


def _clean_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {clean(k): _clean_value(v) for k, v in pairs}


def _clean_value(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    return [_clean_value(v) for v in value] if isinstance(value, list) else value


def _say_nullable(schema: dict[str, Any]) -> None:
    """Tell the API document what ``_null_is_absent`` does: every field that may be left out may be null."""
    required = schema.get("required", [])
    for name, told in schema.get("properties", {}).items():
        if name not in required and "anyOf" not in told:
            kept = {key: told.pop(key) for key in ("title", "default") if key in told}
            schema["properties"][name] = {"anyOf": [dict(told), {"type": "null"}], **kept}


Text = Annotated[str, BeforeValidator(_text), Field(json_schema_extra={"maxLength": MAX_TEXT_CHARACTERS})]
Words = Annotated[str, BeforeValidator(_words), Field(max_length=MAX_NAME_CHARACTERS)]
Id = Annotated[str, BeforeValidator(_id), Field(json_schema_extra={"maxLength": MAX_ID_CHARACTERS})]
RequiredId = Annotated[str, BeforeValidator(_required_id), Field(json_schema_extra={"minLength": 1, "maxLength": MAX_ID_CHARACTERS})]
Slug = Annotated[str, BeforeValidator(_network), Field(json_schema_extra={"pattern": f"^{_NETWORK.pattern}$"})]
Link = Annotated[str | None, BeforeValidator(_link)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True, json_schema_extra=_say_nullable)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: object) -> object:
        return {k: v for k, v in data.items() if v is not None} if isinstance(data, dict) else data


class AuthorIn(_Part):
    """Who said it, as the network knows them. One of ``external_id`` and ``handle`` is there, except on deletions."""

    external_id: Id = ""
    handle: Annotated[str, BeforeValidator(_handle)] = ""
    name: Words = ""
    followers: Count | None = None
    verified: bool = False
    url: Link = None
    avatar_url: Link = None


class CountsIn(_Part):
    """Reactions at the time of sending; None where the network does not tell."""

    likes: Count | None = None
    reposts: Count | None = None
    replies: Count | None = None
    views: Count | None = None


class MediaIn(_Part):
    """One picture, film or file; it is never fetched by the browser of an agent."""

    type: Words = "image"
    url: Link = None
    alt: Words | None = None


class MentionIn(_Part):
    """One mention. Absent texts are "", so that ``(network, instance, external_id)`` can be a unique key.

    With ``deleted`` only the ids count: ``text`` is then "", and ``created_at`` the epoch, where they were left out.
    """

    network: Slug
    instance: Id = ""
    account: Id = ""
    external_id: RequiredId
    url: Link = None
    text: Text
    created_at: Moment
    visibility: Visibility = "public"
    kind: Kind = "mention"
    content_warning: Words | None = None
    author: AuthorIn
    in_reply_to: Id | None = None
    thread: Id | None = None
    lang: Annotated[str | None, BeforeValidator(_language)] = None
    edited_at: Moment | None = None
    deleted: bool = False
    counts: CountsIn = CountsIn()
    media: Annotated[tuple[MediaIn, ...], BeforeValidator(_media), Field(strict=False)] = ()
    raw: Annotated[dict[str, Any], BeforeValidator(_raw)] = {}

    @model_validator(mode="before")
    @classmethod
    def _deletion_needs_ids_only(cls, data: object) -> object:
        if isinstance(data, dict) and data.get("deleted") is True:
            return {"text": "", "created_at": UNKNOWN_TIME, "author": {}} | {k: v for k, v in data.items() if v is not None}
        return data

    @model_validator(mode="after")
    def _someone_said_it(self) -> "MentionIn":
        if not (self.author.external_id or self.author.handle or self.deleted):
            raise _no("is missing, and so is author.external_id: give at least one of the two", "author", "handle")
        return self


_WANTED: Final = {
    "network": "give the network's slug, such as x",
    "external_id": "give the network's own id of this post",
    "text": "give what was said, or an empty text for a picture alone",
    "created_at": "give when it was said, like 2026-02-24T19:35:52Z",
    "author": 'give {"handle": …} or {"external_id": …}',
}
_PLAIN: Final = {
    "string_type": "must be text: put it in quotes",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "dict_type": "must be an object in braces",
    "model_type": "must be an object in braces",
    "tuple_type": "must be a list in brackets",
    "string_unicode": "holds half of a character pair: send it as valid UTF-8",
}


def parse_mention(body: object) -> MentionIn:
    """The mention in one decoded JSON value.

    Raises Invalid: its ``errors`` name every place at fault, e.g. ``{"loc": ["author", "followers"], "msg": "…"}``, and its
    sentence is the first of them.
    """
    if not isinstance(body, dict):
        raise Invalid(
            'A mention must be a JSON object, like {"network": "x", …}.', errors=[{"loc": [], "msg": "must be an object in braces"}]
        )
    try:
        return MentionIn.model_validate(body)
    except ValidationError as wrong:
        errors = [_spoken(e) for e in wrong.errors(include_url=False, include_context=True, include_input=False)]
    first = errors[0]
    place = ".".join(str(part) for part in first["loc"])
    raise Invalid(f"{place} {first['msg']}.".lstrip(), errors=errors)


def _spoken(error: ErrorDetails) -> dict[str, Any]:
    """A pydantic error as a place and a sentence that says what to send instead."""
    kind, loc, ctx = error["type"], list(error["loc"]), error.get("ctx", {})
    if kind == "refused":
        msg, loc = ctx["msg"], loc + ctx["place"]
    elif kind == "missing":
        msg = "is missing: " + _WANTED.get(str(loc[-1]) if loc else "", "give it")
    elif kind == "literal_error":
        msg = f"must be one of {ctx['expected']}"
    elif kind == "greater_than_equal":
        msg = f"must be at least {ctx['ge']}"
    elif kind == "less_than_equal":
        msg = f"must be at most {ctx['le']}: a larger number is no count"
    elif kind == "string_too_long":
        msg = f"may have {ctx['max_length']:,} characters: send fewer"
    else:
        msg = _PLAIN.get(kind, error["msg"])
    return {"loc": loc, "msg": msg}
