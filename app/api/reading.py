"""Reading what programs send: JSON without doubled keys or bottomless nesting, strict models, and words for what is wrong.

The bounds: a body has the size its entry allows (the guard sees to it) and ``MAX_DEPTH`` levels; beyond them it is refused.
"""

import functools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, ParamSpec, TypeVar

import anyio.to_thread
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from starlette.requests import Request

from app.api.errors import BadRequest, WrongMediaType
from app.core.asker import Asker
from app.core.clock import parse_rfc3339
from app.core.errors import Invalid, NotFound
from app.core.ids import ID_LENGTH
from app.door.identity import Visitor
from app.engine.ports import Ports

M = TypeVar("M", bound=BaseModel)
P = ParamSpec("P")
R = TypeVar("R")

MAX_DEPTH: Final = 64
ID_PATTERN: Final = f"^[0-9a-hjkmnp-tv-z]{{{ID_LENGTH}}}$"
_ID: Final = re.compile(ID_PATTERN[:-1] + r"\Z")
_JSON: Final = re.compile(r"application/(?:[\w.+-]+\+)?json")


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold the character NUL")
    return text


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("must be a time as text: write it like 2026-02-24T19:35:52Z")  # noqa: TRY004  # pydantic reads ValueError
    try:
        return parse_rfc3339(value)
    except OverflowError as error:
        raise ValueError("is no time that can be reckoned with") from error


def _whole(value: object) -> object:
    """7.0 is 7: JSON has one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Words = Annotated[str, AfterValidator(_without_nul), Field(json_schema_extra={"pattern": "^[^\u0000]*$"})]
Whole = Annotated[int, BeforeValidator(_whole)]
Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Id = Annotated[str, Field(pattern=ID_PATTERN)]


class Form(BaseModel):
    """A body of ours: unknown fields are refused, so that a misspelt one is not silently without effect."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)


class Query(BaseModel):
    """Query parameters: text on the wire, so numbers and yes or no are read from it; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class Twice:
    """Stands in a decoded value where an object held a key twice."""

    key: str


def ports_of(request: Request) -> Ports:
    """The ports the guard gave the request."""
    ports: Ports = request.state.ports
    return ports


def asker_of(request: Request) -> Asker:
    """Who asks."""
    visitor: Visitor = request.state.visitor
    return visitor.asker


def id_of(request: Request) -> str:
    """The id in the address; NotFound when it is no id at all."""
    id: str = request.path_params["id"]
    if not _ID.fullmatch(id):
        raise NotFound(f"There is nothing with this id: an id has {ID_LENGTH} lower-case letters and digits.")
    return id


async def in_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run an action or query in a worker thread, so that the loop goes on."""
    return await anyio.to_thread.run_sync(functools.partial(work, *args, **kwargs))


def media_type(request: Request) -> str:
    """The body's type without its parameters, "" when none is given."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def body_of(request: Request, form: type[M]) -> M:
    """The body as a form; one that needs no field may be left out.

    Raises BadRequest for what is no JSON, WrongMediaType, and Invalid naming each wrong field.
    """
    raw = await request.body()
    return parsed(form, await json_of(request) if raw else {}, "body")


async def json_of(request: Request) -> Any:
    """The body's JSON value."""
    kind = media_type(request)
    if not _JSON.fullmatch(kind):
        raise WrongMediaType(f"This address reads application/json, not {kind or 'a body without a content type'}.")
    value = await in_thread(decode, await request.body())
    twice = doubled(value)
    if twice is not None:
        place = [{"loc": ["body", spelt(twice.key)], "msg": "stands twice"}]
        raise Invalid(f"The key {twice.key!r} stands twice in one object: keep one.", errors=place)
    if too_deep(value):
        raise BadRequest(f"The body is nested deeper than {MAX_DEPTH} levels.")
    return value


def decode(raw: bytes) -> Any:
    """One JSON value; objects with a doubled key become ``Twice``. Raises BadRequest with the place of the fault."""
    try:
        return json.loads(raw.decode("utf-8").removeprefix("\ufeff"), object_pairs_hook=_pairs, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not UTF-8: byte {error.start} cannot be read.") from None
    except json.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise BadRequest(f"The body is nested deeper than {MAX_DEPTH} levels.") from None
    except ValueError as error:  # a number of thousands of digits, or NaN
        raise BadRequest(f"The body is not JSON: {str(error).partition(';')[0]}.") from None


def doubled(value: Any) -> Twice | None:
    """The doubled key somewhere in a value of ``decode``."""
    lists = [value]
    while lists:
        one = lists.pop()
        if isinstance(one, Twice):
            return one
        if isinstance(one, list):
            lists += one
    return None


def too_deep(value: Any) -> bool:
    """Whether a value is nested deeper than ``MAX_DEPTH``: others would run out of stack on it later."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def query_of(request: Request, form: type[M]) -> M:
    """The query parameters; Invalid when one is unknown, wrong or given twice."""
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in given:
            raise Invalid(
                f"The parameter {name!r} is given twice: keep one.", errors=[{"loc": ["query", spelt(name)], "msg": "given twice"}]
            )
        given[name] = value
    return parsed(form, given, "query")


def parsed(form: type[M], value: Any, where: str) -> M:
    """The value as a form; Invalid with every place at fault."""
    try:
        return form.model_validate(value)
    except ValidationError as wrong:
        found = wrong.errors(include_url=False, include_context=False, include_input=False)
    errors = [{"loc": [where, *(spelt(p) for p in e["loc"])], "msg": e["msg"].removeprefix("Value error, ")} for e in found]
    first = errors[0]
    raise Invalid(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.", errors=errors)


def spelt(part: Any) -> Any:
    """A part of a place, with half characters replaced: it came from outside and goes back as UTF-8."""
    return part.encode("utf-8", "replace").decode() if isinstance(part, str) else part


def _pairs(pairs: list[tuple[str, Any]]) -> Any:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            return Twice(key)
        twice = doubled(value) if isinstance(value, Twice | list) else None
        if twice is not None:
            return twice
        found[key] = value
    return found


def _no_constant(name: str) -> Mapping[str, Any]:
    raise ValueError(f"{name} is no number of JSON")
