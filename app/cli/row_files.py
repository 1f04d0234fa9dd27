"""Files of rows, JSON lines or CSV, either with ``.gz``: each row with its number, or why it cannot be read."""

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from app.core.errors import Invalid

JSON_ENDINGS: Final = (".jsonl", ".ndjson", ".json")
CSV_ENDINGS: Final = (".csv", ".tsv")
MAX_LINE_BYTES: Final = 2 * 1024 * 1024  # a text of 100,000 characters, every one escaped, with the network's own record
_DELIMITERS: Final = ",;\t|"
_SHOWN_CHARACTERS: Final = 200


class Lines(Protocol):
    """Bytes that can be read by the line and by the block."""

    def readline(self, size: int = -1, /) -> bytes:
        """The next line, at most ``size`` bytes of it; empty at the end."""
        ...

    def read(self, size: int = -1, /) -> bytes:
        """The next block; empty at the end."""
        ...


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row: ``value`` is the decoded JSON value or the cells by column, ``error`` why there is none."""

    row: int
    value: Any
    error: Invalid | None = None


def is_csv(path: Path) -> bool:
    """Whether the file is CSV rather than JSON lines, by its name; Invalid when its name tells neither."""
    stem = path.name.lower().removesuffix(".gz")
    if stem.endswith(CSV_ENDINGS):
        return True
    if stem.endswith(JSON_ENDINGS):
        return False
    raise Invalid(f"The kind of {path.name} is not known: name it like rows.jsonl or rows.csv, or either with .gz.")


def read_rows(path: Path, check_header: Callable[[list[str]], None]) -> Iterator[FileRow]:
    """The rows of the file in their order, counted from 1 (in CSV the header is 1).

    Raises Invalid when the file is not there, of no known kind, damaged, or its CSV header is refused by ``check_header``.
    """
    with opened_lines(path) as file:
        yield from _csv_rows(file, check_header) if is_csv(path) else _json_rows(file)


def count_rows(path: Path) -> int:
    """How many lines the file has, for the progress bar; raises Invalid as ``read_rows``."""
    with opened_lines(path) as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


@contextmanager
def opened_lines(path: Path) -> Iterator[Lines]:
    """The file's bytes, unpacked where it ends in ``.gz``; what goes wrong while reading is Invalid and names the file."""
    try:
        with ExitStack() as stack:
            packed = path.name.lower().endswith(".gz")
            yield stack.enter_context(gzip.open(path, "rb")) if packed else stack.enter_context(path.open("rb"))
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Invalid(f"{path.name} is damaged or no gzip file ({error}): pack it again.") from None
    except OSError as error:
        if error.filename is not None and Path(error.filename) != path:
            raise
        raise Invalid(f"{path} cannot be read: {error.strerror or error}.") from None


def _json_rows(file: Lines) -> Iterator[FileRow]:
    for number, line in enumerate(_lines(file), start=1):
        if line is None:
            yield _wrong(number, f"is longer than {MAX_LINE_BYTES:,} bytes", None)
            continue
        text = (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip()
        if not text:
            continue
        try:
            yield FileRow(number, json.loads(text, object_pairs_hook=_each_key_once, parse_constant=_no_constant))
        except RecursionError:
            yield _wrong(number, "is nested too deeply", text)
        except UnicodeDecodeError as error:
            yield _wrong(number, f"is not UTF-8 at byte {error.start}", text)
        except ValueError as error:
            yield _wrong(number, f"is no JSON ({error})", text)


def _csv_rows(file: Lines, check_header: Callable[[list[str]], None]) -> Iterator[FileRow]:
    # An over-long line becomes one cell, so that its row is refused for the number of its cells and the rest goes on.
    texts = ("-\n" if line is None else line.decode("utf-8", "surrogateescape") for line in _lines(file))
    first = next(texts, "").removeprefix("\ufeff")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(_chained(first, texts), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
    except csv.Error as error:
        raise Invalid(f"The header of the CSV file cannot be read ({error}): close its quote marks.") from None
    check_header(header)
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield _wrong(number, f"cannot be read ({error}): close or double its quote marks", None)
            continue
        if cells is None:
            return
        if cells and len(cells) != len(header):
            yield _wrong(number, f"has {len(cells)} cells where the header names {len(header)} columns", None)
        elif any(cell.strip() for cell in cells):
            yield FileRow(number, {name: cell for name, cell in zip(header, cells, strict=True) if cell.strip()})


def _lines(file: Lines) -> Iterator[bytes | None]:
    """Lines, None for one over the bound: the rest of it is skipped and never held."""
    while line := file.readline(MAX_LINE_BYTES + 1):
        if len(line) <= MAX_LINE_BYTES or line.endswith(b"\n"):
            yield line
            continue
        while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
            pass
        yield None


def _chained(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(n for n in names if names.count(n) > 1)!r} comes twice")
    return record


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


def _wrong(number: int, problem: str, text: bytes | None) -> FileRow:
    shown = None if text is None else text[:_SHOWN_CHARACTERS].decode("utf-8", "replace")
    return FileRow(number, shown, Invalid(f"Line {number} {problem}.", errors=[{"loc": [], "msg": problem}]))
