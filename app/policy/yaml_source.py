"""Reads YAML that people wrote, keeping the line of every entry, so that each error can say where it is."""

import io
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from app.core.errors import Invalid

MAX_CHARACTERS: Final = 500_000


def place(file: str, line: int, field: str, msg: str) -> dict[str, Any]:
    """One error in the form of ``Invalid.errors``."""
    return {"loc": [file, line, field], "msg": msg}


def refused(errors: list[dict[str, Any]]) -> Invalid:
    """The Invalid whose sentence is the first of the errors and that carries them all."""
    file, line, field = errors[0]["loc"]
    named = f", {field}" if field else ""
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return Invalid(f"{file}, line {line}{named}: {errors[0]['msg']}.{more}", errors=errors)


def read_yaml(text: str, file: str, first_line: int = 1) -> Any:
    """The value of a YAML 1.2 text; maps and lists carry ``.lc`` with their lines, counted from 0.

    Raises Invalid, naming file and line, for text that is no YAML, repeats a key, or is over the bound of 500,000 characters.
    """
    if len(text) > MAX_CHARACTERS:
        raise refused([place(file, first_line, "", f"has {len(text):,} characters and may have {MAX_CHARACTERS:,}: split the file")])
    try:
        return YAML(typ="rt").load(io.StringIO(text))
    except YAMLError as error:
        # An unclosed bracket is noticed at the end of the text; the line where it was opened is the one to mend.
        opened = "flow" in str(getattr(error, "context", ""))
        mark = getattr(error, "context_mark" if opened else "problem_mark", None)
        told = str(getattr(error, "problem", None) or "this is not YAML").strip().splitlines()[0]
        line = first_line + (mark.line if mark else 0)
    except (ValueError, TypeError, RecursionError, AttributeError, LookupError) as error:
        # The reader lets errors of Python through for odd dates, keys and depths.
        told, line = f"this cannot be read as YAML ({error})".splitlines()[0], first_line
    raise refused([place(file, line, "", f"{told}: mend the line, and put texts with special signs in quotes")])
