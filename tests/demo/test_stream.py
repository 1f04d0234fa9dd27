"""The demo's content keeps its promises: enough of every kind, nobody real, and every line fit for the front door."""

import json
import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise
from statistics import median
from typing import Final

import pytest
from rapidfuzz import fuzz

from app.channels.mention_in import parse_mention
from app.core.roles import ROLES
from app.customers.file_form import read_file
from app.customers.model import CustomerForm, handle_key
from app.demo.stream import DemoMention, customers_csv_path, follow_ups, mentions, people
from app.routing.queues import parse_queues
from tests.conftest import ROOT

START: Final = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
LANGUAGES: Final = {"en", "es", "de", "fa"}
RISKS: Final = {"legal", "safety", "fraud", "discrimination", "press", "privacy"}
# Top-level names under which real hosts stand; the reserved ones (RFC 2606) are taken out before the search.
RESERVED: Final = re.compile(r"[\w.-]*\bexample\.(?:com|net|org)\b|[\w.@-]+\.example\b", re.IGNORECASE)
REAL_HOST: Final = re.compile(r"\b[\w-]+\.(?:com|net|org|info|io|eu|uk|de|es|ir|social|shop|app|gift|me|tv|ly)\b(?!\w)", re.IGNORECASE)


def _id(mention: DemoMention) -> tuple[str, str, str]:
    body = mention.body
    return body["network"], body.get("instance", ""), body["external_id"]


def _author(mention: DemoMention) -> tuple[str, str, str]:
    body = mention.body
    return body["network"], body.get("instance", ""), handle_key(body["author"]["handle"])


@pytest.fixture(scope="module")
def all_mentions() -> tuple[DemoMention, ...]:
    return mentions()


@pytest.fixture(scope="module")
def customers() -> tuple[CustomerForm, ...]:
    rows = list(read_file(customers_csv_path(), today=date(2026, 3, 1)))
    assert [row.problems for row in rows if row.problems] == []
    return tuple(row.form for row in rows if row.form is not None)


def test_every_mention_fits_the_contract_and_carries_its_times(all_mentions: tuple[DemoMention, ...]) -> None:
    for mention in all_mentions:
        taken = parse_mention(json.loads(json.dumps(mention.as_sent(START))))
        assert taken.created_at == START + timedelta(seconds=mention.said_at_seconds)
        assert taken.author.handle
        assert taken.author.followers is not None
        assert not {"at", "said_at", "about"} & mention.body.keys()


def test_there_is_enough_of_each_language_and_network(all_mentions: tuple[DemoMention, ...]) -> None:
    assert len(all_mentions) >= 330
    for language in LANGUAGES:
        assert sum(m.language == language for m in all_mentions) >= 30, language
    assert sum(m.language == "en" for m in all_mentions) / len(all_mentions) == pytest.approx(0.55, abs=0.06)
    networks = {m.body["network"] for m in all_mentions}
    assert networks == {"x", "mastodon", "bluesky", "facebook", "instagram", "youtube", "reddit", "forum", "reviews", "blog"}


def test_persian_is_written_in_its_own_script_with_latin_order_numbers_inside(all_mentions: tuple[DemoMention, ...]) -> None:
    persian = [m.body["text"] for m in all_mentions if m.language == "fa"]
    assert all(re.search("[\u0600-\u06ff]", text) for text in persian)
    assert sum(bool(re.search(r"HO-\d{6}", text)) for text in persian) >= 6


def test_every_kind_of_work_is_there(all_mentions: tuple[DemoMention, ...]) -> None:
    count: defaultdict[str, int] = defaultdict(int)
    for mark in (mark for m in all_mentions for mark in m.marks):
        count[mark] += 1
    assert sum(bool(RISKS & set(m.marks)) for m in all_mentions) >= 12
    assert all(count[risk] >= 5 for risk in RISKS)
    assert count["urgent"] >= 20
    assert count["angry"] >= 30
    assert count["praise"] >= 40
    assert count["question"] >= 40
    assert count["trivial"] >= 25
    assert count["spam"] >= 5
    assert count["noise"] >= 3
    assert sum(m.body["visibility"] == "direct" for m in all_mentions) >= 8
    assert sum("media" in m.body for m in all_mentions) >= 8
    assert any("content_warning" in m.body for m in all_mentions)
    assert sum(len(m.body["text"]) >= 600 for m in all_mentions) >= 5


def test_the_flood_is_many_people_saying_nearly_the_same(all_mentions: tuple[DemoMention, ...]) -> None:
    flood = [m for m in all_mentions if "flood" in m.marks]
    assert len(flood) >= 40
    assert len({_author(m) for m in flood}) == len(flood)
    alike = [fuzz.token_set_ratio(a.body["text"], b.body["text"]) for a, b in combinations(flood, 2)]
    assert median(alike) >= 85
    assert min(alike) >= 60
    assert flood[-1].at_seconds - flood[0].at_seconds <= 240


def test_threads_have_several_authors_and_answer_what_came_before(all_mentions: tuple[DemoMention, ...]) -> None:
    authors: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    seen: set[tuple[str, str, str]] = set()
    for mention in all_mentions:
        network, instance, own = _id(mention)
        body = mention.body
        if "thread" in body:
            authors[network, instance, body["thread"]].add(body["author"]["handle"])
        above = body.get("in_reply_to")
        # What hangs under a post of ours names that post as its thread as well; our posts are not in the stream.
        assert above is None or (network, instance, above) in seen or body["thread"] == above, mention
        seen.add((network, instance, own))
    assert sum(len(handles) >= 3 for handles in authors.values()) >= 12


def test_one_author_posts_five_angry_times_in_ten_minutes(all_mentions: tuple[DemoMention, ...]) -> None:
    five = [m for m in all_mentions if "five" in m.marks]
    assert len(five) == 5
    assert len({_author(m) for m in five}) == 1
    assert five[-1].at_seconds - five[0].at_seconds <= 600
    assert any(_author(m) == _author(five[0]) and "praise" in m.marks and m.at_seconds > five[-1].at_seconds for m in all_mentions)


def test_only_the_declared_edit_and_deletion_come_a_second_time(all_mentions: tuple[DemoMention, ...]) -> None:
    first: dict[tuple[str, str, str], DemoMention] = {}
    again = []
    for mention in all_mentions:
        if _id(mention) in first:
            again.append(mention)
        first.setdefault(_id(mention), mention)
    assert {mark for m in again for mark in m.marks if mark in ("edit", "deletion")} == {"edit", "deletion"}
    assert len(again) == 2
    for mention in again:
        before = first[_id(mention)]
        assert mention.said_at_seconds == before.at_seconds < mention.at_seconds
        sent = mention.as_sent(START)
        if "edit" in mention.marks:
            assert sent["edited_at"] > sent["created_at"]
            assert sent["text"] != before.body["text"]
        else:
            assert sent["deleted"] is True
            assert "edited_at" not in sent


def test_no_two_mentions_say_the_very_same(all_mentions: tuple[DemoMention, ...]) -> None:
    texts = [m.body["text"] for m in all_mentions if not m.body.get("deleted")]
    assert len(set(texts)) == len(texts)


def test_a_backlog_waits_and_the_stream_never_falls_silent(all_mentions: tuple[DemoMention, ...]) -> None:
    times = [m.at_seconds for m in all_mentions]
    assert times == sorted(times)
    assert times[0] >= -5400
    assert sum(at < 0 for at in times) >= 40
    assert sum(at <= 45 for at in times) >= 60
    live = [at for at in times if at >= 0]
    assert 1200 <= live[-1] <= 1500
    assert max(b - a for a, b in pairwise(live)) <= 20


def test_followers_are_mostly_few_and_sometimes_very_many(all_mentions: tuple[DemoMention, ...]) -> None:
    followers = {_author(m): m.body["author"]["followers"] for m in all_mentions}
    assert 20 <= median(followers.values()) <= 2000
    assert sum(50_000 <= n <= 500_000 for n in followers.values()) >= 4
    verified = {_author(m) for m in all_mentions if m.body["author"]["verified"]}
    assert 3 <= len(verified) <= 12


def test_a_good_part_of_the_authors_are_customers_of_different_value(
    all_mentions: tuple[DemoMention, ...], customers: tuple[CustomerForm, ...]
) -> None:
    assert len(customers) >= 70
    assert len({c.ref for c in customers}) == len(customers)
    tiers = [c.fields.get("tier") for c in customers]
    assert all(tiers.count(tier) >= 5 for tier in ("platinum", "gold", "silver", "standard"))
    handles = {(h.network, h.instance, handle_key(h.handle or "")) for c in customers for h in c.handles}
    authors = {_author(m) for m in all_mentions}
    assert 0.3 <= len(authors & handles) / len(authors) <= 0.7
    assert 0.3 <= sum(_author(m) in handles for m in all_mentions) / len(all_mentions) <= 0.7
    assert sum(len(c.handles) >= 2 for c in customers) >= 3


def test_every_role_can_sign_in_and_every_language_is_spoken() -> None:
    desk = people()
    assert {p.role for p in desk} == set(ROLES)
    assert {language for p in desk for language in p.languages} >= LANGUAGES
    assert {queue for p in desk for queue in p.queues} == {"care", "care-es", "care-de", "care-fa", "vip", "legal", "community", "bulk"}
    assert all(p.email.endswith("@demo.example") for p in desk)
    assert len({p.email for p in desk}) == len(desk)


def test_every_queue_has_a_lead_who_works_in_it() -> None:
    """Else the supervisors' bells would ring for all of them."""
    queues = parse_queues((ROOT / "routing_rules" / "queues.yaml").read_text(encoding="utf-8"))
    assert isinstance(queues, tuple)
    work = {person.email: person.queues for person in people()}
    for queue in queues:
        assert queue.lead in work, queue.id
        assert queue.id in work[queue.lead], queue.id


def test_customers_can_answer_in_each_language_for_better_and_worse() -> None:
    said = follow_ups()
    assert len({f.id for f in said}) == len(said) >= 15
    for language in LANGUAGES:
        assert {f.mood for f in said if f.language == language} >= {"better", "worse"}
    assert all(0 < f.after_seconds <= 120 for f in said)


def test_owners_of_customers_work_at_the_desk(customers: tuple[CustomerForm, ...]) -> None:
    owners = {c.fields.get("owner") for c in customers} - {None}
    assert owners
    assert owners <= {p.email for p in people()}


@pytest.mark.parametrize("name", ["mentions.jsonl", "customers.csv", "people.json", "replies.json"])
def test_no_real_host_and_no_password_is_named(name: str) -> None:
    text = (customers_csv_path().parent / name).read_text(encoding="utf-8")
    assert REAL_HOST.findall(RESERVED.sub("", text)) == []
    assert not re.search(r'"password|argon2', text)


def test_the_search_for_real_hosts_can_fail() -> None:
    assert REAL_HOST.findall(RESERVED.sub("", "write to ann@halden.social or https://shop.com/x"))
    assert not REAL_HOST.findall(RESERVED.sub("", "https://x.example/a ann@example.com ann@peaks.example"))
