"""Files of rows: what cannot be read is told with its line, and the rest goes on."""

import gzip
from pathlib import Path

import pytest

from app.cli.row_files import MAX_LINE_BYTES, count_rows, read_rows
from app.core.errors import Invalid


def any_header(_: list[str]) -> None:
    """Every header will do."""


def test_json_lines_with_every_fault_are_told_by_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    long = b'{"text": "' + b"x" * MAX_LINE_BYTES + b'"}'
    lines = [
        b'\xef\xbb\xbf{"a": 1}',
        b"",
        b"{broken",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": "\xff"}',
        b"[" * 50_000,
        long,
        b'{"b": 2}',
    ]
    path.write_bytes(b"\n".join(lines))
    rows = list(read_rows(path, any_header))
    assert [(r.row, r.error is None) for r in rows] == [
        (1, True), (3, False), (4, False), (5, False), (6, False), (7, False), (8, False), (9, True),
    ]  # fmt: skip
    said = [r.error.detail for r in rows if r.error is not None]
    for words, detail in zip(["no JSON", "comes twice", "no JSON number", "not UTF-8", "deep", "longer than"], said, strict=True):
        assert words in detail
    assert [r.value for r in rows if r.error is None] == [{"a": 1}, {"b": 2}]


def test_csv_cells_by_column_and_faults_by_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('a;b\n1;"two\nlines"\n;\n1;2;3\n4;5\n', encoding="utf-8")
    rows = list(read_rows(path, any_header))
    assert [(r.row, r.value) for r in rows if r.error is None] == [(2, {"a": "1", "b": "two\nlines"}), (5, {"a": "4", "b": "5"})]
    assert [(r.row, r.error.detail) for r in rows if r.error is not None] == [(4, "Line 4 has 3 cells where the header names 2 columns.")]


def test_gz_of_both(tmp_path: Path) -> None:
    for name, text in (("a.jsonl.gz", '{"a": "1"}\n'), ("a.csv.gz", "a,b\n1,\n")):
        with gzip.open(tmp_path / name, "wt") as file:
            file.write(text)
        assert [r.value for r in read_rows(tmp_path / name, any_header)] == [{"a": "1"}]
        assert count_rows(tmp_path / name) == text.count("\n")


def test_files_that_cannot_be_read_are_named_with_the_mend(tmp_path: Path) -> None:
    (tmp_path / "no.jsonl.gz").write_bytes(b"plain text")
    with gzip.open(tmp_path / "cut.jsonl.gz", "wb") as file:
        file.write(bytes(range(256)) * 1_000)
    (tmp_path / "cut.jsonl.gz").write_bytes((tmp_path / "cut.jsonl.gz").read_bytes()[:200])
    (tmp_path / "rows.xlsx").write_bytes(b"")
    for name, words in (
        ("absent.jsonl", "cannot be read: No such file"), ("no.jsonl.gz", "damaged or no gzip"), ("cut.jsonl.gz", "damaged or no gzip"),
        ("rows.xlsx", "kind of rows.xlsx is not known"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match=words):
            list(read_rows(tmp_path / name, any_header))
