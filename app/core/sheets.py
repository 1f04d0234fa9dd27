"""Sheets: the YAML files people edit, read strictly into typed models, every mistake named by file, line and field.

Source of the reader: ruamel.yaml in its safe round-trip form, which refuses duplicate keys and keeps line numbers; ``yaml_values``
gives the same sooner where it can. A sheet is read once at start or when its content changes, never per mention.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from app.core import yaml_values
from app.core.errors import Invalid

M = TypeVar("M", bound=BaseModel)

SHEET_BOUND_CHARACTERS: Final = 1_000_000  # A larger sheet is refused: ruamel would need half a minute for it.


def read(model: type[M], path: Path) -> M:
    """The sheet at ``path`` as ``model``; raises Invalid naming file, line and field of every mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise _invalid(path.name, [(1, "", f"cannot be read: {error.strerror or error}")]) from error
    except UnicodeDecodeError as error:
        raise _invalid(path.name, [(1, "", "is not UTF-8 text: save it as UTF-8")]) from error
    return parse(model, text, file=path.name)


def parse(model: type[M], text: str, *, file: str) -> M:
    """``text`` as ``model``; ``file`` is the name that errors carry. Raises Invalid like ``read``."""
    if len(text) > SHEET_BOUND_CHARACTERS:
        raise _invalid(file, [(1, "", f"is longer than {SHEET_BOUND_CHARACTERS:,} characters: split it")])
    try:
        root = yaml_values.load(text, lambda: YAML(typ="rt", pure=True))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _invalid(file, [(line, "", (error.problem or "is not YAML").split("\n")[0])]) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise _invalid(file, [(1, "", "is not YAML that Earshot can read")]) from error
    if not isinstance(root, CommentedMap):
        raise _invalid(file, [(1, "", "must be a map of fields at its top level")])
    try:
        return model.model_validate(root)
    except ValidationError as error:
        places = [
            (line_of(root, e["loc"]), ".".join(str(part) for part in e["loc"]), e["msg"].removeprefix("Value error, "))
            for e in error.errors()
        ]
        raise _invalid(file, sorted(places)) from error
    except RecursionError as error:  # An alias that contains itself.
        raise _invalid(file, [(1, "", "refers to itself: remove the alias")]) from error


def line_of(root: object, loc: Sequence[int | str]) -> int:
    """The line, from 1, of the deepest part of ``loc`` that exists in a sheet read by ruamel."""
    line, node = 1, root
    for part in loc:
        try:
            if isinstance(node, CommentedMap):
                key = part if part in node else next(k for k in node if str(k) == str(part))
                line, node = node.lc.key(key)[0] + 1, node[key]
            elif isinstance(node, CommentedSeq) and isinstance(part, int):
                line, node = node.lc.item(part)[0] + 1, node[part]
            else:
                break
        except (KeyError, IndexError, StopIteration, TypeError, AttributeError):
            break
    return line


def _invalid(file: str, places: Sequence[tuple[int, str, str]]) -> Invalid:
    errors: list[dict[str, Any]] = [{"loc": [file, line, field], "msg": msg} for line, field, msg in places]
    line, field, msg = places[0]
    where = f"{file}, line {line}" + (f", {field}" if field else "")
    more = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
    return Invalid(f"{where}: {msg}{more}", errors=errors)
