"""CSV of the CRM: every spreadsheet's habits read, every wrong row answered with its place and the mend."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.customers.csv_form import read_csv
from app.customers.model import CustomerForm, FormRow, HandleGiven
from tests.customers.desk import TODAY


def read(text: str | bytes) -> list[FormRow]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(read_csv(data.splitlines(keepends=True), today=TODAY))


def form(text: str | bytes) -> CustomerForm:
    (row,) = read(text)
    assert row.form is not None, row.problems
    return row.form


def problem(text: str | bytes) -> str:
    (row,) = read(text)
    assert row.form is None
    return " / ".join(map(str, row.problems))


FULL = (
    "ref,name,email,phone,tier,lifetime_value,currency,since,owner,segments,consent,handle:x,handle:mastodon/social.example,City\n"
    'K1,"Souza, Ana",ana@example.com,+49 30 12,Gold,1234.50,eur,2020-02-29,sara,vip; press,yes,@AnaS,ana,Berlin\n'
)


def test_every_column_of_the_contract() -> None:
    got = form(FULL)
    assert got.ref == "K1"
    assert got.fields == {
        "name": "Souza, Ana", "email": "ana@example.com", "phone": "+49 30 12", "tier": "Gold", "lifetime_value": 1234.5, "currency": "EUR",
        "since": date(2020, 2, 29), "owner": "sara", "segments": ("vip", "press"), "consent": True,
    }  # fmt: skip
    assert got.handles == (HandleGiven("x", "AnaS"), HandleGiven("mastodon", "ana", None, "social.example"))
    assert got.custom == {"City": "Berlin"}


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfref,name\r\nK1,Ana\r\n",
        b"ref;name\nK1;Ana\n",
        b"ref\tname\nK1\tAna\n",
        b"ref|name\nK1|Ana",
        b'"ref";"name, full"\nK1;Ana\n'.replace(b", full", b""),
        b" Ref , NAME \nK1,Ana\n",
        b"ref,name\n\n,\nK1,Ana\n",
    ],
)
def test_marks_delimiters_and_blank_lines(text: bytes) -> None:
    assert form(text).fields == {"name": "Ana"}


def test_an_empty_cell_says_nothing_and_a_guard_against_formulas_is_taken_off() -> None:
    got = form("ref,name,phone,note\nK1,,'+49 30 1,'=1+1\n")
    assert got.fields == {"phone": "+49 30 1"}
    assert got.custom == {"note": "=1+1"}


@pytest.mark.parametrize(
    ("header", "named", "mend"),
    [
        ("name,email", "ref", "missing"),
        ("", "ref", "empty"),
        ("reference,name", "ref", "reference"),
        ("ref,name,Name", "name", "second time"),
        ("ref,,name", "column 2", "no name"),
        ("ref,e_mail", "e_mail", "'email'"),
        ("ref,life_time_value", "life_time_value", "'lifetime_value'"),
        ("ref,handle_x", "handle_x", "handle:x"),
        ("ref,handle:", "handle:", "handle:mastodon"),
        ("ref,handle:X Y", "handle:x_y", ""),
    ],
)
def test_a_wrong_header_names_its_columns_and_the_mend(header: str, named: str, mend: str) -> None:
    if header == "ref,handle:X Y":
        assert form(header + "\nK1,a\n").handles[0].network == "x_y"
        return
    with pytest.raises(Invalid) as error:
        read(header + "\nK1,Ana\n")
    assert named in error.value.detail
    assert mend in error.value.detail
    assert "handle:<network>" in error.value.detail


def test_utf_16_is_named() -> None:
    with pytest.raises(Invalid, match="CSV UTF-8"):
        read("ref,name\nK1,Ana\n".encode("utf-16"))


@pytest.mark.parametrize(
    ("cells", "column", "mend"),
    [
        ("K1,Ana,not an address,,,,", "email", "ana@example.com"),
        ("K1,Ana,,many,,,", "lifetime_value", "1234.50"),
        ('K1,Ana,,"1,234.50",,,', "lifetime_value", "thousands"),
        ("K1,Ana,,nan,,,", "lifetime_value", "1e15"),
        ("K1,Ana,,,31/12/2020,,", "since", "2026-02-24"),
        ("K1,Ana,,,2999-01-01,,", "since", "future"),
        ("K1,Ana,,,,perhaps,", "consent", "yes or no"),
        ("K1,Ana,,,,,a\x00b", "handle:x", "control character"),
        (",Ana,,,,,", "ref", "own id"),
        ("K1,Ana,,", "line", "4 cells"),
        (f"K1,{'a' * 301},,,,,", "name", "300"),
    ],
)
def test_a_wrong_cell_is_answered_with_row_column_and_mend(cells: str, column: str, mend: str) -> None:
    said = problem(f"ref,name,email,lifetime_value,since,consent,handle:x\n{cells}\n")
    assert said.startswith(f"row 2, {column}: ")
    assert mend in said


def test_bytes_that_are_no_utf_8_spoil_only_their_row() -> None:
    rows = read(b"ref,name\nK1,Andr\xe9\nK2,Ana\n")
    assert "UTF-8" in str(rows[0].problems[0])
    assert rows[0].problems[0].column == "name"
    assert rows[1].form is not None


def test_a_quote_that_never_closes_does_not_swallow_the_file_in_silence() -> None:
    rows = read('ref,name\nK1,Ana\nK2,"Bob\nK3,Cy\n')
    assert rows[0].form is not None
    assert "lines 3 to 4" in str(rows[1].problems[0])


def test_a_field_over_the_readers_bound_is_a_problem_and_the_rest_goes_on() -> None:
    rows = read("ref,name\nK1," + "a" * 200_000 + "\nK2,Ana\n")
    assert [r.form is not None for r in rows] == [False, True]


def test_a_row_with_two_problems_names_both() -> None:
    assert problem("ref,email,consent\nK1,no,maybe\n").count("row 2") == 2


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        rows = read(b"ref,name,handle:x\n" + data)
    except Invalid:
        return
    assert all((r.form is None) == bool(r.problems) for r in rows)
