"""Files of customers by their kind: CSV, our JSON lines, exported records, each also packed."""

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import Invalid
from app.customers.file_form import read_file
from app.customers.model import HandleGiven
from tests.customers.desk import TODAY

RECORD = {
    "customer_id": "K5", "handles": [{"platform": "twitter", "handle": "c_1084"}], "name": "Christine G", "city": "Del Rio",
    "country": "United States", "tenure_days": 496, "orders": 1, "days_since_last": 496, "spend_total": 77.9,
    "R": 2, "F": 2, "M": 4, "p_alive": 1.0, "clv_12m": 6.09,
    "tier": "standard",
}  # fmt: skip


def written(folder: Path, name: str, text: str | bytes) -> Path:
    data = text if isinstance(text, bytes) else text.encode()
    path = folder / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_csv(tmp_path: Path, name: str) -> None:
    (row,) = read_file(written(tmp_path, name, "ref,name\nK1,Ana\n"), today=TODAY)
    assert row.form is not None
    assert row.form.ref == "K1"


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_exported_records(tmp_path: Path, name: str) -> None:
    (row,) = read_file(written(tmp_path, name, json.dumps(RECORD)), today=date(2026, 3, 6))
    assert row.form is not None, row.problems
    assert row.form.handles == (HandleGiven("x", "c_1084"),)
    assert row.form.fields == {"name": "Christine G", "tier": "standard", "lifetime_value": 77.9, "since": date(2024, 10, 26)}
    assert row.form.custom["p_alive"] == "1.0"
    assert set(row.form.custom) == {"city", "country", "orders", "days_since_last", "R", "F", "M", "p_alive", "clv_12m"}


def test_our_own_json_form(tmp_path: Path) -> None:
    first = '{"ref": 7, "handles": {"x": "@ana"}, "consent": null, "city": "Bonn", "custom": {"floor": 3}}'
    lines = first + '\n\n{"ref": "K2", "handles": [{"network": "x", "external_id": "9"}]}'
    one, two = read_file(written(tmp_path, "a.ndjson", lines), today=TODAY)
    assert one.form is not None
    assert two.form is not None
    assert (one.form.ref, one.form.handles, one.form.fields, one.form.custom) == (
        "7",
        (HandleGiven("x", "ana"),),
        {"consent": None},
        {"city": "Bonn", "floor": "3"},
    )
    assert two.form.handles == (HandleGiven("x", None, "9"),)
    assert two.row == 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "no JSON"),
        (b"[1]", "no JSON object"),
        (b'{"ref": "a", "ref": "b"}', "twice"),
        (b'{"ref": "a", "name": "\xff"}', "UTF-8"),
        (b'{"ref": "a", "name": "\\ud800"}', "UTF-8"),
        (b'{"ref": "a\\u0000"}', "control character"),
        (b'{"ref": null}', "empty"),
        (b'{"ref": "a", "name": 5}', "text"),
        (b'{"ref": "a", "handles": "b"}', "list"),
        (b'{"ref": "a", "handles": ["b"]}', "handle"),
        (b'{"ref": "a", "handles": {"X!": "b"}}', "network"),
        (b'{"ref": "a", "handles": {"x": "b c"}}', "blanks"),
        (b'{"ref": "a", "custom": [1]}', "object"),
        (b'{"ref": "a", "own": {"deep": 1}}', "one text or number"),
        (b'{"ref": "erased:1"}', "erased"),
        (b'{"customer_id": "a", "tenure_days": "long"}', "days"),
        (b'{"customer_id": "a", "tenure_days": 9999999999}', "days"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"ref": "a", "lifetime_value": 1e999}', "range"),
        (b'{"ref": "a", "lifetime_value": true}', "number"),
    ],
)
def test_a_wrong_line_is_answered_and_the_next_goes_on(tmp_path: Path, line: bytes, said: str) -> None:
    bad, good = read_file(written(tmp_path, "a.jsonl", line + b'\n{"ref": "K2"}'), today=TODAY)
    assert bad.form is None
    assert said in str(bad.problems[0])
    assert bad.problems[0].mend
    assert good.form is not None


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [("a.xlsx", b"PK", "not known"), ("a.jsonl", b"{" + b" " * 1_100_000, "longer than")],
)
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        list(read_file(written(tmp_path, name, data), today=TODAY))


def test_damaged_and_absent_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"ref\n" * 9999)[:40])
    for wrong, said in ((path, "damaged"), (tmp_path / "b.csv", "cannot be read")):
        with pytest.raises(Invalid, match=said):
            list(read_file(wrong, today=TODAY))


def test_a_field_of_each_kind_may_be_any_json(tmp_path: Path) -> None:
    values: list[Any] = [None, True, 3, 2.5, "x", [], {}, ["a"], {"a": "b"}]
    names = ("ref", "name", "email", "since", "segments", "consent", "handles", "custom", "currency", "own")
    lines = "\n".join(json.dumps({"ref": "K1"} | {name: value}) for name in names for value in values)
    rows = list(read_file(written(tmp_path, "a.jsonl", lines), today=TODAY))
    assert len(rows) == len(names) * len(values)
    assert all((r.form is None) == bool(r.problems) for r in rows)
