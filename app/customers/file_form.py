"""A customers file of any accepted kind (CSV, JSON lines, ``.gz`` of both) as form rows."""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from app.core.errors import Invalid
from app.customers import data_form
from app.customers.csv_form import read_csv
from app.customers.form import read_form
from app.customers.model import FormRow, RowProblem

KINDS: Final = "customers.csv, customers.jsonl, or either with .gz"
_MAX_LINE_BYTES: Final = 1024 * 1024  # a longer line is no customer; reading stops there instead of filling the memory


def read_file(path: Path, *, today: date) -> Iterator[FormRow]:
    """Form rows of the file, kind told by its name.

    Raises Invalid when the file is not there, is of no known kind, has a wrong CSV header, or is a damaged .gz.
    """
    stem = path.name.lower().removesuffix(".gz")
    if not stem.endswith((".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json")):
        raise Invalid(f"The kind of {path.name} is not known: name it like {KINDS}.")
    try:
        with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as file:
            lines = _bounded(file)
            if stem.endswith((".jsonl", ".ndjson", ".json")):
                yield from read_json_lines(lines, today=today)
            else:
                yield from read_csv(lines, today=today)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Invalid(f"{path.name} is damaged or no gzip file ({error}): pack it again.") from None
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror or error}.") from None


def read_json_lines(lines: Iterable[bytes], *, today: date) -> Iterator[FormRow]:
    """Form rows of JSON lines, each in our own form (``{"ref": ..., "handles": [...]}``) or the data form; row 1 is the first line."""
    for row, line in enumerate(lines, start=1):
        text = line.removeprefix(b"\xef\xbb\xbf").strip() if row == 1 else line.strip()
        if not text:
            continue
        try:
            record = json.loads(text, object_pairs_hook=_each_key_once)
        except RecursionError:
            yield _not_json(row, "is nested too deeply")
        except UnicodeDecodeError as error:
            yield _not_json(row, f"is not UTF-8 at byte {error.start}")
        except ValueError as error:
            yield _not_json(row, f"is no JSON ({error})")
        else:
            yield read_record(record, row=row, today=today)


def read_record(record: Any, *, row: int, today: date) -> FormRow:
    """The form of one JSON value in either form."""
    if not isinstance(record, dict):
        return _not_json(row, "is no JSON object")
    read = data_form.read_record if data_form.is_data_form(record) else read_form
    return read(record, row=row, today=today)


def _bounded(file: Any) -> Iterator[bytes]:
    while line := file.readline(_MAX_LINE_BYTES):
        if len(line) == _MAX_LINE_BYTES and not line.endswith(b"\n"):
            raise Invalid(f"A line of the file is longer than {_MAX_LINE_BYTES:,} bytes: it is no list of customers, one a line.")
        yield line


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(n for n in names if names.count(n) > 1)!r} comes twice")
    return record


def _not_json(row: int, problem: str) -> FormRow:
    return FormRow(row, None, (RowProblem(row, "line", problem, 'write one object a line, such as {"ref": "K1", "name": "Ana"}'),))
