"""Reads YAML that people wrote, keeping the line of every entry, so that each error can say where it is; and Markdown files that begin
with it as front matter."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from app.core import yaml_values
from app.core.errors import Invalid

MAX_CHARACTERS: Final = 500_000
_FRONT: Final = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$\n?", re.MULTILINE | re.DOTALL)
_Parsed = TypeVar("_Parsed")


@dataclass(frozen=True, slots=True)
class Fronted:
    """A file with front matter. ``text`` is the whole, without a byte order mark and with plain line ends; ``rest`` what stands below the
    fields, from the line ``rest_line`` on."""

    text: str
    fields: CommentedMap
    rest: str
    rest_line: int

    def line(self, field: Any) -> int:
        """The line of a field; of one that is left out, the first of the front matter."""
        return int(self.fields.lc.key(field)[0]) + 2 if field in self.fields else 2


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
        return yaml_values.load(text, lambda: YAML(typ="rt"))
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


def read_fronted(text: str, file: str, known: Sequence[str]) -> Fronted:
    """A file's front matter and what follows it; ``known`` are the fields it may have. Raises Invalid when it has none."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    front = _FRONT.match(text)
    if front is None:
        raise refused([place(file, 1, "", "has no front matter: begin with a line ---, the fields, and a line --- again")])
    fields = read_yaml(front[1], file, first_line=2)
    if not isinstance(fields, CommentedMap):
        raise refused([place(file, 2, "", f"the front matter must be fields: {', '.join(known)}")])
    return Fronted(text, fields, text[front.end() :], text.count("\n", 0, front.end()) + 1)


def read_each(folder: Path, parse: Callable[[str, str], _Parsed]) -> list[_Parsed]:
    """``parse(text, file name)`` of every ``*.md`` of the folder, by name. Raises Invalid with the errors of all files together."""
    found: list[_Parsed] = []
    errors: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.md")):
        try:
            found.append(parse(path.read_text(encoding="utf-8"), path.name))
        except UnicodeDecodeError as wrong:
            errors.append(place(path.name, 1, "", f"is not UTF-8 at byte {wrong.start}: save it as UTF-8"))
        except Invalid as wrong:
            errors.extend(wrong.errors)
    if errors:
        raise refused(errors)
    return found
