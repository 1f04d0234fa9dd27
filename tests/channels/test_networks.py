"""The table of networks: known, by another name, unknown; and the addresses made from it."""

import pytest

from app.channels.networks import NETWORKS, network, permalink, profile_link


@pytest.mark.parametrize(
    "slug", ["x", "mastodon", "bluesky", "facebook", "instagram", "youtube", "reddit", "telegram", "discourse", "hn", "email"]
)
def test_each_known_network_says_who_it_is(slug: str) -> None:
    known = network(slug)
    assert known.slug == slug
    assert known.title
    assert known.mark
    assert known.limit > 0


def test_marks_are_short_and_slugs_are_keys() -> None:
    assert all(len(n.mark) <= 2 and n.slug == slug for slug, n in NETWORKS.items())


def test_another_name_finds_the_network() -> None:
    assert network("twitter") is network("x")


def test_an_unknown_slug_is_generic() -> None:
    other = network("acme-board_2")
    assert (other.slug, other.title, other.rule, other.can_reply) == ("acme-board_2", "Acme board 2", "plain", "yes")
    assert network("-").title == "Other network"


def test_chat_and_direct_messages_wait_for_nothing() -> None:
    assert network("telegram").undo_seconds("public", 10) == 0
    assert network("x").undo_seconds("direct", 10) == 0
    assert network("x").undo_seconds("public", 10) == 10


def test_addresses() -> None:
    assert permalink("x", "", "jo", "12") == "https://x.com/i/status/12"
    assert permalink("mastodon", "social.example", "jo", "12") == "https://social.example/@jo/12"
    assert permalink("mastodon", "not a host", "jo", "12") is None
    assert permalink("mastodon", "evil.example/@", "jo", "12") is None
    assert permalink("mastodon", "", "jo", "12") is None
    assert permalink("nowhere", "", "jo", "12") is None
    assert profile_link("x", "", 'jo/../"<') == "https://x.com/jo%2F..%2F%22%3C"
    assert profile_link("bluesky", "", "jo.example") == "https://bsky.app/profile/jo.example"
