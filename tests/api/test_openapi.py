"""The document: whole, self-consistent, with examples that its own schemas take."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest

from app.api.examples import EXAMPLES
from app.api.table import API_ENTRIES
from tests.api.desk import Desk


@pytest.fixture
def document(desk: Desk) -> dict[str, Any]:
    """The document as anyone gets it."""
    answer = desk.client.get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    told: dict[str, Any] = answer.json()
    return told


def shown(path: str) -> str:
    return re.sub(r":\w+\}", "}", path)


def test_every_entry_is_in_it_and_nothing_else(document: dict[str, Any]) -> None:
    told = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    told |= {("WS", path) for path in document["x-websockets"]}
    assert told == {(e.method, shown(e.path)) for e in API_ENTRIES}
    assert document["openapi"] == "3.1.0"


def test_every_operation_says_what_it_does_and_who_may(document: dict[str, Any]) -> None:
    ids = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert operation["tags"][0]
            ids.append(operation["operationId"])
            guarded = bool(operation["security"])
            assert guarded == ("401" in operation["responses"]), (method, path)
    assert len(set(ids)) == len(ids)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    components = document["components"]["schemas"]
    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document))):
        assert name in components


def test_every_example_is_of_an_address_and_fits_its_schema(document: dict[str, Any]) -> None:
    for (method, path), example in EXAMPLES.items():
        content = document["paths"][path][method.lower()]["requestBody"]["content"]["application/json"]
        assert content["example"] == example
        schema = {"components": document["components"], **content["schema"]}
        jsonschema_rs.validator_for(schema).validate(example)


def test_an_idempotency_key_is_told_where_it_is_honoured(document: dict[str, Any]) -> None:
    honouring = {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if any(p["name"] == "Idempotency-Key" for p in operation["parameters"])
    }
    assert honouring == {
        "/api/v1/cases/bulk", "/api/v1/cases/{id}/note", "/api/v1/cases/{id}/replies", "/api/v1/customers/merge",
        "/api/v1/customers/{id}/identities",
        "/api/v1/rules/rollback",
    }  # fmt: skip
