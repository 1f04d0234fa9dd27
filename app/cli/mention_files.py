"""Recorded mentions in a file as mentions of the contract, whichever of the two forms each row is in.

CSV columns are the contract's field names, those of the parts with a dot or an underline (``author.handle``,
``author_followers``, ``counts.likes``), ``media`` as links with spaces between; any other column is kept in ``raw``.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from app.actions.accept_mentions import Undecodable
from app.actions.import_mentions import MentionRow
from app.channels import data_format
from app.channels.mention_in import AuthorIn, CountsIn, MentionIn
from app.cli.row_files import FileRow, read_rows
from app.core.errors import Invalid

Form = Literal["contract", "data"]
FORMS: Final[tuple[Form, ...]] = ("contract", "data")
_PARTS: Final = {"author": AuthorIn.model_fields, "counts": CountsIn.model_fields}
_NUMBERS: Final = {"followers", *CountsIn.model_fields}
_FLAGS: Final = {"verified", "deleted"}
_YES_NO: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_NEEDED: Final = ("network", "external_id", "text", "created_at")
_DATA_NEEDED: Final = ("id", "created_at", "author_handle", "text")


def form_of(name: str | None) -> Form | None:
    """The form by its name; None lets each row tell."""
    found = next((form for form in FORMS if form == name), None)
    if name is not None and found is None:
        raise Invalid(f"--format {name} is not known: use {' or '.join(FORMS)}.")
    return found


def read_mentions(path: Path, form: Form | None = None) -> Iterator[MentionRow]:
    """The mentions of the file; a brand's own posts in a recorded stream are left out, for they are nobody's mention of it.

    A row that is none carries its Undecodable. Raises Invalid as ``read_rows`` does.
    """
    for row in read_rows(path, _check_header):
        mention = _mention(row, form)
        if mention is not None:
            yield mention


def _mention(row: FileRow, form: Form | None) -> MentionRow | None:
    if row.error is not None:
        return MentionRow(row.row, Undecodable(row.error), row.value)
    value = row.value
    if not isinstance(value, dict):
        return MentionRow(row.row, value, value)
    if form == "data" or (form is None and _is_data_form(value)):
        if data_format.is_brand_answer(value):
            return None
        try:
            return MentionRow(row.row, data_format.mention_of(value), value)
        except Invalid as error:
            return MentionRow(row.row, Undecodable(error), value)
    return MentionRow(row.row, _unfolded(value) if _is_flat(value) else value, value)


def _is_data_form(value: Mapping[str, Any]) -> bool:
    return "network" not in value and "external_id" not in value and "author_handle" in value


def _is_flat(value: Mapping[str, Any]) -> bool:
    """Whether it is a row of cells: JSON mentions have their author in braces."""
    return "author" not in value and all(isinstance(cell, str) for cell in value.values())


def _unfolded(cells: Mapping[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for column, cell in cells.items():
        part, name = _place(column)
        if part is not None:
            body.setdefault(part, {})[name] = _value(name, cell)
        elif column == "media":
            body["media"] = [{"url": link} for link in cell.split()]
        elif column in MentionIn.model_fields:
            body[column] = _value(column, cell)
        else:
            body.setdefault("raw", {})[column] = cell
    return {"author": {}, **body}


def _place(column: str) -> tuple[str | None, str]:
    for part, fields in _PARTS.items():
        for between in "._":
            name = column.removeprefix(part + between)
            if name != column and name in fields:
                return part, name
    return None, column


def _value(name: str, cell: str) -> Any:
    """The cell as the type of its field; what does not fit stays text, for the mention form to refuse by name."""
    plain = cell.strip()
    if name in _NUMBERS and plain.isdecimal() and len(plain) <= 15:
        return int(plain)
    if name in _FLAGS:
        return _YES_NO.get(plain.lower(), plain)
    return cell if name == "text" else plain


def _check_header(header: list[str]) -> None:
    if all(column in header for column in _DATA_NEEDED):
        return
    missing = [column for column in _NEEDED if column not in header]
    authors = [c for c in header if _place(c) in (("author", "handle"), ("author", "external_id"))]
    if not authors:
        missing.append("author.handle")
    twice = sorted({column for column in header if header.count(column) > 1})
    if missing or twice:
        wrong = [f"lacks the column {column}" for column in missing] + [f"names {column!r} twice" for column in twice]
        errors = [{"loc": ["header", column], "msg": "is missing or stands twice"} for column in (*missing, *twice)]
        shown = ", ".join(header)[:120]
        raise Invalid(f"The header of the CSV file ({shown!r}) {' and '.join(wrong)}: see docs/cli.md for the columns.", errors=errors)
