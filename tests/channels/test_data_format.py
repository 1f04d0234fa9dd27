"""Rows of recorded streams become mentions that the intake takes."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from app.channels.data_format import is_brand_answer, mention_of
from app.channels.mention_in import parse_mention
from app.core.errors import Invalid

ROW: dict[str, Any] = {
    "id": "al-1", "platform": "twitter", "created_at": "2015-02-17T07:36:05Z", "author_handle": "u_1", "author_name": "Gordan",
    "text": "@AcmeAir where is my bag? @other", "lang": "en", "in_reply_to": None, "labels": {"sentiment": -1, "brand": "Acme Airways"},
}  # fmt: skip


def test_a_row_becomes_a_mention() -> None:
    got = parse_mention(mention_of(ROW))
    assert (got.network, got.account, got.external_id, got.kind, got.author.handle, got.author.name) == (
        "x", "@AcmeAirways", "al-1", "mention", "u_1", "Gordan",
    )  # fmt: skip


def test_labels_do_not_reach_the_mention() -> None:
    assert "sentiment" not in json.dumps(mention_of(ROW))


def test_without_a_brand_the_first_handle_is_the_account() -> None:
    assert mention_of(ROW | {"labels": {}})["account"] == "@AcmeAir"
    assert mention_of(ROW | {"labels": None, "text": "mail a@b.example"})["account"] == ""


def test_an_answer_is_a_reply_in_its_conversation() -> None:
    got = mention_of(ROW | {"in_reply_to": "al-0", "labels": {"conversation": "al-0"}})
    assert (got["kind"], got["in_reply_to"], got["thread"]) == ("reply", "al-0", "al-0")


def test_the_brand_s_own_posts_are_told_apart() -> None:
    assert is_brand_answer(ROW | {"labels": {"inbound": False}})
    assert not is_brand_answer(ROW)
    assert not is_brand_answer({})


def test_a_row_that_is_no_post_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="no created_at and no author_handle"):
        mention_of(ROW | {"created_at": None, "author_handle": None})


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["stream_airline", "stream_twcs", "stream_spotify_followups"])
def test_every_recorded_row_is_taken(real_data: Path, name: str) -> None:
    with gzip.open(real_data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as rows:
        taken = [parse_mention(mention_of(json.loads(row))) for row in rows]
    assert len(taken) > 1_000
    assert {m.network for m in taken} == {"x"}
