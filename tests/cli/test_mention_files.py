"""Recorded mentions in both forms and both kinds of file become the contract's mentions."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.actions.accept_mentions import Undecodable
from app.channels.mention_in import parse_mention
from app.cli.mention_files import form_of, read_mentions
from app.core.errors import Invalid

CONTRACT: dict[str, Any] = {
    "network": "x", "external_id": "1", "text": "hi", "created_at": "2026-02-24T19:35:52Z", "author": {"handle": "ana"},
}  # fmt: skip
DATA: dict[str, Any] = {
    "id": "tw-1", "platform": "twitter", "created_at": "2017-08-08T22:42:01Z", "author_handle": "c_1", "author_name": "Al",
    "text": "@Delta help", "lang": "en", "in_reply_to": None, "labels": {"inbound": True},
}  # fmt: skip


def written(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return path


def test_each_row_tells_its_own_form_and_a_brands_answers_are_left_out(tmp_path: Path) -> None:
    brand = DATA | {"id": "tw-2", "labels": {"inbound": False}}
    rows = list(read_mentions(written(tmp_path / "m.jsonl", CONTRACT, brand, DATA)))
    assert [r.row for r in rows] == [1, 3]
    assert [(parse_mention(r.body).network, parse_mention(r.body).external_id) for r in rows] == [("x", "1"), ("x", "tw-1")]


def test_a_form_can_be_forced(tmp_path: Path) -> None:
    (row,) = read_mentions(written(tmp_path / "m.jsonl", CONTRACT), form_of("data"))
    assert isinstance(row.body, Undecodable)
    (row,) = read_mentions(written(tmp_path / "m.jsonl", DATA), form_of("contract"))
    with pytest.raises(Invalid, match="network"):
        parse_mention(row.body)
    with pytest.raises(Invalid, match="--format xml"):
        form_of("xml")


def test_csv_columns_become_the_parts_of_a_mention(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(
        "network,external_id,text,created_at,author.handle,author_followers,author_verified,counts.likes,media,campaign,lang\n"
        'x,1,"hello, you",2026-02-24T19:35:52Z,ana,312,yes,4,https://a.example/1 https://a.example/2,spring,\n'
        "x,2,hi,2026-02-24T19:35:52Z,ben,many,no,,,,de\n",
        encoding="utf-8",
    )
    first, second = read_mentions(path)
    mention = parse_mention(first.body)
    assert (mention.text, mention.author.followers, mention.author.verified, mention.counts.likes) == ("hello, you", 312, True, 4)
    assert [m.url for m in mention.media] == ["https://a.example/1", "https://a.example/2"]
    assert mention.raw == {"campaign": "spring"}
    with pytest.raises(Invalid, match=r"author\.followers must be a whole number"):
        parse_mention(second.body)


def test_a_wrong_header_is_refused_before_any_row(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("network,id,text,text\nx,1,hi,hi\n")
    with pytest.raises(Invalid, match=r"lacks the column external_id and lacks the column created_at and lacks the column author\.handle"):
        list(read_mentions(path))


def test_csv_in_the_data_form(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("id,platform,created_at,author_handle,text\ntw-1,twitter,2017-08-08T22:42:01Z,c_1,@Delta help\n")
    (row,) = read_mentions(path)
    assert (parse_mention(row.body).network, parse_mention(row.body).account) == ("x", "@Delta")
