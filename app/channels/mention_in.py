"""One mention as it comes in: the wire form of the contract, what is cleaned, and the sentence for what is refused.

A customer's words are never lost to a stray byte: in texts and names, NUL and lone surrogates become U+FFFD; links that
are no web addresses, language tags that are none and media beyond the bound are dropped; names are cut
at 2,000 characters. Ids are never mended, because an id that was changed would no longer find its duplicate. ``null`` means
the same as a field left out, and fields that are not known are ignored.
"""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from app.channels.wire_values import AuthorId, Count, Handle, Id, Language, Link, Moment, Place, Raw, RequiredId, Slug, Text, Words, refuse
from app.core.errors import Invalid

MAX_MEDIA: Final = 50
UNKNOWN_TIME: Final = "1970-01-01T00:00:00Z"  # created_at of a deletion notice that gives none

Visibility = Literal["public", "unlisted", "followers", "direct"]
Kind = Literal["mention", "reply", "comment", "quote", "repost", "message", "review", "post"]


def _media(value: object) -> object:
    return value[:MAX_MEDIA] if isinstance(value, list) else value


def _say_nullable(schema: dict[str, Any]) -> None:
    """Tell the API document what ``_null_is_absent`` does: every field that may be left out may be null."""
    required = schema.get("required", [])
    for name, told in schema.get("properties", {}).items():
        if name not in required and "anyOf" not in told:
            kept = {key: told.pop(key) for key in ("title", "default") if key in told}
            schema["properties"][name] = {"anyOf": [dict(told), {"type": "null"}], **kept}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True, json_schema_extra=_say_nullable)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: object) -> object:
        return {k: v for k, v in data.items() if v is not None} if isinstance(data, dict) else data


Part = TypeVar("Part", bound=_Part)


class AuthorIn(_Part):
    """Who said it, as the network knows them. One of ``external_id`` and ``handle`` is there, except on deletions."""

    external_id: AuthorId = ""
    handle: Handle = ""
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
    instance: Place = ""
    account: Place = ""
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
    lang: Language = None
    edited_at: Moment | None = None
    deleted: bool = False
    counts: CountsIn = CountsIn()
    media: Annotated[tuple[MediaIn, ...], BeforeValidator(_media), Field(strict=False)] = ()
    raw: Raw = {}

    @model_validator(mode="before")
    @classmethod
    def _deletion_needs_ids_only(cls, data: object) -> object:
        if isinstance(data, dict) and data.get("deleted") is True:
            return {"text": "", "created_at": UNKNOWN_TIME, "author": {}} | {k: v for k, v in data.items() if v is not None}
        return data

    @model_validator(mode="after")
    def _someone_said_it(self) -> "MentionIn":
        if not (self.author.external_id or self.author.handle or self.deleted):
            raise refuse("is missing, and so is author.external_id: give at least one of the two", "author", "handle")
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


def stored_mention(body: dict[str, Any]) -> MentionIn:
    """The mention that ``model_dump(mode="json")`` wrote into the intake, without checking it a second time.

    A body that another version of the desk put there, with other fields, is checked as one that comes in.
    """
    if body.keys() != _FIELDS or body["author"].keys() != _AUTHOR_FIELDS or body["counts"].keys() != _COUNTS_FIELDS:
        return parse_mention(body)
    edited_at = body["edited_at"]
    return _made(
        MentionIn,
        body
        | {
            "author": _made(AuthorIn, body["author"]),
            "counts": _made(CountsIn, body["counts"]),
            "media": tuple(_made(MediaIn, each) for each in body["media"]),
            "created_at": datetime.fromisoformat(body["created_at"]),
            "edited_at": datetime.fromisoformat(edited_at) if edited_at is not None else None,
        },
    )


def _made(kind: type[Part], values: dict[str, Any]) -> Part:
    """What ``kind.model_construct(**values)`` makes when every field is given, in a third of its time."""
    made = kind.__new__(kind)
    for name, value in (
        ("__dict__", values),
        ("__pydantic_fields_set__", set(values)),
        ("__pydantic_extra__", None),
        ("__pydantic_private__", None),
    ):
        object.__setattr__(made, name, value)
    return made


_FIELDS: Final = MentionIn.model_fields.keys()
_AUTHOR_FIELDS: Final = AuthorIn.model_fields.keys()
_COUNTS_FIELDS: Final = CountsIn.model_fields.keys()


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
    else:
        msg = _PLAIN.get(kind, error["msg"])
    return {"loc": loc, "msg": msg}
