"""What the generated requests are told: ids that exist, so that they reach past "not found", and how lines of JSON are written.

Loaded by schemathesis in its own process; the ids come from the environment.
"""

import json
import os
from typing import Any

import schemathesis

_IDS: dict[str, str] = json.loads(os.environ.get("EARSHOT_TEST_IDS", "{}"))


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Every second resource gets an id that exists."""
    parts = context.operation.path.split("/")
    known = _IDS.get(parts[3]) if len(parts) > 3 else None
    if path_parameters and known and "id" in path_parameters:
        return {**path_parameters, "id": known}
    return path_parameters


@schemathesis.serializer("application/x-ndjson")
def as_lines(_context: Any, value: Any) -> bytes:
    """A text as it is; anything else as one line."""
    return value.encode("utf-8", "replace") if isinstance(value, str) else json.dumps(value).encode()
