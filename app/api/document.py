"""The OpenAPI 3.1 document, made from the route table: what an entry says of itself is what the guard and the handler do.

Sockets have no place in OpenAPI; they stand under ``x-websockets``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import BaseModel, TypeAdapter

from app.api.examples import EXAMPLES
from app.api.reading import ID_PATTERN
from app.door.entry import Entry

Schema = dict[str, Any]
_REF: Final = "#/components/schemas/{model}"
_PARAMETER: Final = re.compile(r"\{(\w+)(?::\w+)?\}")
_IN_PATH: Final[dict[str, Schema]] = {
    "id": {"type": "string", "pattern": ID_PATTERN},
    "ref": {"type": "string", "minLength": 1, "maxLength": 200},
    "policy": {"type": "string", "pattern": "^[a-z0-9_-]{1,60}$"},
}
_SAID: Final = {
    200: "Done.", 201: "Made.", 202: "Taken.", 204: "Nothing.", 400: "The body is not of its type.", 401: "No live token or session.",
    403: "The token or role may not do this.", 404: "Nothing has this id.", 409: "The state does not allow it now; `code` says why.",
    413: "The body is over its bound.", 415: "The body's type is not read here.", 422: "The input is wrong; `errors` names each place.",
    423: "Legal holds the case.", 429: "A bound is reached; see Retry-After.", 503: "Not ready.",
}  # fmt: skip
_PROBLEM: Final[Schema] = {
    "type": "object",
    "description": "RFC 9457. `code` is a stable word; further members depend on it (`missing`, `breaks`, `by`, `version`).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence with the mend."},
        "code": {"type": "string", "examples": ["stale"]},
        "errors": {
            "type": "array",
            "items": {"type": "object", "required": ["loc", "msg"], "properties": {"loc": {"type": "array"}, "msg": {"type": "string"}}},
        },
    },
}
_KEY: Final[Schema] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]([ -~]{0,98}[!-~])?$"},
    "description": "The same key and body give the first answer again; another body with it is refused with 422. Kept two days.",
}


def document_of(entries: Sequence[Entry]) -> Schema:
    """The document of these entries."""
    schemas, named = _schemas(entries)
    paths: dict[str, Schema] = {}
    sockets: dict[str, Schema] = {}
    for entry in entries:
        path = _PARAMETER.sub(lambda found: f"{{{found[1]}}}", entry.path)
        if entry.method == "WS":
            sockets[path] = {"summary": entry.summary, "parameters": _parameters(entry, path), "tags": [entry.tag]}
        else:
            paths.setdefault(path, {})[entry.method.lower()] = _operation(entry, path, named)
    tags = dict.fromkeys(entry.tag for entry in entries)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Earshot", "version": "1", "description": "The JSON API of a social engagement desk. The guide is docs/api.md."},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in tags],
        "paths": paths,
        "x-websockets": sockets,
        "components": {
            "schemas": {**schemas, "ProblemDetails": _PROBLEM},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "`earshot token create NAME --scope …`"},
                "session": {
                    "type": "apiKey", "in": "cookie", "name": "earshot",
                    "description": "The browser's session; writes also carry X-CSRF-Token.",
                },
            },
        },
    }  # fmt: skip


def answers_of(entry: Entry) -> Mapping[int, Any]:
    """The answers of an entry by status: a type, a media type, or None for no body."""
    return entry.answer if isinstance(entry.answer, dict) else {entry.status: entry.answer}


def _schemas(entries: Iterable[Entry]) -> tuple[Schema, dict[tuple[Any, str], Schema]]:
    """The components, and for each body and answer its own schema."""
    wanted: dict[tuple[Any, Literal["validation", "serialization"]], TypeAdapter[Any]] = {}
    for entry in entries:
        if entry.body is not None:
            wanted[entry.body, "validation"] = TypeAdapter(entry.body)
        for told in answers_of(entry).values():
            if told is not None and not isinstance(told, str):
                wanted[told, "serialization"] = TypeAdapter(told)
    found, defs = TypeAdapter.json_schemas([(of, mode, adapter) for (of, mode), adapter in wanted.items()], ref_template=_REF)
    return dict(defs.get("$defs", {})), {(of, mode): schema for (of, mode), schema in found.items()}


def _operation(entry: Entry, path: str, named: Mapping[tuple[Any, str], Schema]) -> Schema:
    operation: Schema = {
        "operationId": f"{entry.method.lower()}{re.sub(r'[^a-z]+', '_', path.removeprefix('/api/v1'))}".rstrip("_"),
        "summary": entry.summary,
        "tags": [entry.tag],
        "parameters": _parameters(entry, path),
        "responses": {str(status): _response(status, told, named) for status, told in answers_of(entry).items()}
        | {str(status): _refusal(status) for status in refusals_of(entry)},
        "security": _security(entry),
    }
    if entry.body is not None:
        operation["requestBody"] = _body(entry, path, named[entry.body, "validation"])
    if entry.access.permission is not None:
        operation["x-permission"] = entry.access.permission
    return operation


def _security(entry: Entry) -> list[Schema]:
    """Who is let in; an open route that may still ask for a token takes none as well."""
    signed: list[Schema] = [{"bearer": []}, {"session": []}]
    if not entry.access.public:
        return signed
    return [{}, *signed] if 401 in entry.fails else []


def refusals_of(entry: Entry) -> list[int]:
    """Every status with which an entry may refuse: those it names, and those its kind of route always has."""
    refusals = set(entry.fails)
    if not entry.access.public:
        refusals |= {401, 403}
    if entry.body is not None:
        refusals |= {400, 413, 415, 422}
    if entry.query is not None:
        refusals.add(422)
    if "{id}" in entry.path:
        refusals.add(404)
    return sorted(refusals - set(answers_of(entry)))


def _body(entry: Entry, path: str, schema: Schema) -> Schema:
    example = EXAMPLES.get((entry.method, path))
    content: Schema = {"schema": schema} if example is None else {"schema": schema, "example": example}
    if not entry.own_body:
        return {"required": bool(entry.body and _asks(entry.body)), "content": {"application/json": content}}
    several = {"type": "array", "items": schema, "maxItems": 1_000}
    lines = {"schema": {"type": "string"}, "example": '{"network": "x", …}\n{"network": "x", …}\n'}
    return {
        "required": True,
        "content": {"application/json": content | {"schema": {"oneOf": [schema, several]}}, "application/x-ndjson": lines},
    }


def _asks(form: type[BaseModel]) -> bool:
    return any(field.is_required() for field in form.model_fields.values())


def _response(status: int, told: Any, named: Mapping[tuple[Any, str], Schema]) -> Schema:
    said = {"description": _SAID[status]}
    if told is None:
        return said
    if isinstance(told, str):
        return {**said, "content": {told: {"schema": {"type": "string"}}}}
    return {**said, "content": {"application/json": {"schema": named[told, "serialization"]}}}


def _refusal(status: int) -> Schema:
    refusal: Schema = {
        "description": _SAID[status],
        "content": {"application/problem+json": {"schema": {"$ref": _REF.format(model="ProblemDetails")}}},
    }
    if status == 429:
        refusal["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return refusal


def _parameters(entry: Entry, path: str) -> list[Schema]:
    found: list[Schema] = [{"name": name, "in": "path", "required": True, "schema": _IN_PATH[name]} for name in _PARAMETER.findall(path)]
    if entry.query is not None:
        schema = entry.query.model_json_schema(by_alias=True)
        required = schema.get("required", [])
        for name, told in schema["properties"].items():
            found.append(_query_parameter(name, dict(told), name in required))
    if "Idempotency-Key" in entry.summary:
        found.append(_KEY)
    return found


def _query_parameter(name: str, told: Schema, required: bool) -> Schema:
    """A parameter without the null that only a left-out one has."""
    description = told.pop("description", "")
    told.pop("title", None)
    kinds = [kind for kind in told.pop("anyOf", []) if kind != {"type": "null"}]
    if told.get("default", 0) is None:
        del told["default"]
    schema = {**kinds[0], **told} if len(kinds) == 1 else {"anyOf": kinds, **told} if kinds else told
    return {"name": name, "in": "query", "required": required, "schema": schema, **({"description": description} if description else {})}
