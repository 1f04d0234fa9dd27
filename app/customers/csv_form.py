"""CSV to form rows: UTF-8 with or without a byte order mark, any of four delimiters, one sentence for each wrong row.

Cells of a spreadsheet guarded against formulas by a leading apostrophe (``'+49 30 ...``) are read without it. An empty cell
says nothing: it leaves the stored field alone, so that a partial export cannot wipe what another one brought.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final

from app.core.errors import Invalid
from app.customers.form import NETWORK, read_form
from app.customers.model import FIELD_NAMES, FormRow, RowProblem

COLUMNS: Final = ("ref", *FIELD_NAMES)
_DELIMITERS: Final = ",;\t|"
_ALIKE_FROM: Final = 80.0  # "e_mail" and "life_time_value" are slips, "city" and "ref" are not alike
_LIKE_REF: Final = 60.0  # "reference" and "refs"; the missing column must be pointed at even by a loose guess
_FORMULA_START: Final = tuple("=+-@\t\r")
_HANDLES: Final = re.compile(r"[;|,\s]+")
_HEADER_HELP: Final = f"The columns are {', '.join(COLUMNS)}, handle:<network> (as often as needed) and any of your own."


def read_csv(lines: Iterable[bytes], *, today: date) -> Iterator[FormRow]:
    """Form rows of a CSV file given as its lines of bytes; row 1 is the header.

    Raises Invalid when the header is wrong, before any row. A wrong row comes back with its problems and the rest goes on.
    """
    texts = _texts(lines)
    first = next(texts, "")
    delimiter = _delimiter(first)
    # strict: a quote that never closes is an error at its row, not a cell that swallows the rest of the file.
    reader = csv.reader(_chain(first, texts), delimiter=delimiter, strict=True)
    header = _header(_next_cells(reader) or [])
    number = 1
    while True:
        number += 1
        started = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            problem = f"lines {started} to {reader.line_num} cannot be read ({error})"
            yield FormRow(number, None, (RowProblem(number, "line", problem, "close or double the quote marks in these lines"),))
            continue
        if cells is None:
            return
        if any(c.strip() for c in cells):
            yield _row(number, header, cells, today)


def _row(number: int, header: Sequence[str], cells: Sequence[str], today: date) -> FormRow:
    if len(cells) != len(header):
        problem = f"has {len(cells)} cells where the header names {len(header)} columns"
        return FormRow(
            number, None, (RowProblem(number, "line", problem, "quote cells that hold the delimiter, and fill in missing cells"),)
        )
    raw: dict[str, Any] = {}
    handles: list[dict[str, str]] = []
    for column, cell in zip(header, cells, strict=True):
        value = _unguarded(cell.strip())
        if not value:
            continue
        if column.startswith("handle:"):
            network, _, instance = column.removeprefix("handle:").partition("/")
            handles += [{"network": network, "instance": instance, "handle": h} for h in _HANDLES.split(value) if h]
        else:
            raw[column.removeprefix("custom:")] = value
    if "ref" not in raw:
        return FormRow(number, None, (RowProblem(number, "ref", "is empty", "give the CRM's own id of this customer"),))
    return read_form({**raw, "handles": handles}, row=number, today=today)


def _header(cells: Sequence[str]) -> list[str]:
    """The columns by their own names; raises Invalid naming each wrong one with its mend."""
    columns = [_column(c) for c in cells]
    errors: list[tuple[str, str]] = []
    if "ref" not in columns:
        from rapidfuzz import fuzz

        likeness, near = max(((fuzz.ratio("ref", c.casefold()), c) for c in columns), default=(0.0, ""))
        first = f" (the first line reads {', '.join(cells[:8])[:120]!r})" if cells else " (the file is empty)"
        slip = f"; {near!r} looks like it: rename it to ref" if likeness >= _LIKE_REF else ""
        errors.append(("ref", f"the column ref, the CRM's own id, is missing{first}{slip}"))
    for position, column in enumerate(columns, start=1):
        if column in columns[: position - 1]:
            errors.append((column, f"column {position} names {column!r} a second time: keep one of them"))
        elif (wrong := _wrong_column(column, position, columns)) is not None:
            errors.append((column, wrong))
    if errors:
        detail = "The header of the CSV file is wrong: " + "; ".join(msg for _, msg in errors) + f". {_HEADER_HELP}"
        raise Invalid(detail, errors=[{"loc": ["header", column], "msg": msg} for column, msg in errors])
    return columns


def _wrong_column(column: str, position: int, columns: Sequence[str]) -> str | None:
    if not column:
        return f"column {position} has no name: name it or remove it"
    if any("\ud800" <= c <= "\udfff" for c in column):
        return f"column {position} is not UTF-8 text: save the file as UTF-8"
    if column.startswith("handle:"):
        network = column.removeprefix("handle:").partition("/")[0]
        return None if NETWORK.fullmatch(network) else f"{column!r} names no network: write it like handle:x or handle:mastodon"
    if column in COLUMNS or column.startswith("custom:"):
        return None
    if column.startswith(("handle", "network:")):
        return f"{column!r} is not understood: write handle columns like handle:x"
    from rapidfuzz import fuzz, process

    near = process.extractOne(column, [c for c in COLUMNS if c not in columns], scorer=fuzz.ratio, score_cutoff=_ALIKE_FROM)
    if near is not None:
        return f"{column!r} looks like {near[0]!r}: rename it to that, or to 'custom:{column}' if it is a field of your own"
    return None


def _column(cell: str) -> str:
    """A column's own name: ``Lifetime Value`` is ``lifetime_value``; only the names of the contract are folded."""
    plain = cell.strip()
    folded = re.sub(r"[\s-]+", "_", plain.casefold())
    return folded if folded in COLUMNS or folded.startswith("handle") else plain


def _delimiter(line: str) -> str:
    """The delimiter that gives the most columns among those that yield a column ref, else simply the most columns."""
    bare = re.sub(r'"[^"]*"', lambda quoted: quoted.group().strip('"').translate(str.maketrans("", "", _DELIMITERS)), line)
    splits = {d: [_column(c) for c in bare.rstrip("\r\n").split(d)] for d in _DELIMITERS}
    return max(_DELIMITERS, key=lambda d: ("ref" in splits[d], len(splits[d])))


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    """Lines as text. Bytes that are not UTF-8 become lone surrogates, so that their row is refused by its column's name."""
    for number, line in enumerate(lines):
        if number == 0:
            if line.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise Invalid("The CSV file is UTF-16 (spreadsheets call it 'Unicode text'): save it as 'CSV UTF-8'.")
            line = line.removeprefix(b"\xef\xbb\xbf")
        yield line.decode("utf-8", "surrogateescape")


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _next_cells(reader: Iterator[list[str]]) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        raise Invalid(f"The header of the CSV file cannot be read ({error}): close its quote marks. {_HEADER_HELP}") from None


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA_START) else cell
