"""Personal data: found where it is what it looks like, left alone where it only looks like it."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policy.personal_data import card_is_valid, find, iban_is_valid

ORDER = re.compile(r"order #?(\d{4,})", re.IGNORECASE)


def found(text: str) -> list[tuple[str, str]]:
    return [
        (hit.kind, text[hit.start : hit.end])
        for hit in find(text, ORDER, lambda kind, value: value in ("care@acme.example", "18005550100"))
    ]


@pytest.mark.parametrize(
    "iban",
    [
        "DE89370400440532013000",
        "GB82WEST12345698765432",
        "NO9386011117947",
        "FR1420041010050500013M02606",
        "IR580540105180021273113007",
        "ES9121000418450200051332",
    ],
)
def test_valid_ibans(iban: str) -> None:
    assert iban_is_valid(iban)
    spaced = " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))
    assert found(f"to {spaced} please") == [("iban", spaced)]
    assert found(iban.lower()) == [("iban", iban.lower())]


@pytest.mark.parametrize(
    "iban", ["DE89370400440532013001", "DE8937040044053201300", "XX89370400440532013000", "", "DE", "DE８9370400440532013000"]
)
def test_wrong_ibans(iban: str) -> None:
    assert not iban_is_valid(iban)


@pytest.mark.parametrize(
    "card",
    [
        "4111111111111111",
        "5555555555554444",
        "378282246310005",
        "6011111111111117",
        "30569309025904",
        "3530111333300000",
        "2223003122003222",
        "6759649826438453",
    ],
)
def test_valid_cards(card: str) -> None:
    assert card_is_valid(card)
    assert found(f"card {card}!") == [("card", card)]


@pytest.mark.parametrize("card", ["4111111111111112", "1234567812345670", "0000000000000000", "411111111111111", "", "570306133677760513"])
def test_wrong_cards(card: str) -> None:
    assert not card_is_valid(card)
    assert found(f"id {card}") == []


@pytest.mark.parametrize(
    "phone",
    [
        "+49 171 2345678", "+1 (415) 555-0134", "0171 2345678", "0171/2345678", "(030) 1234567", "555-010-4567", "(555) 010-4567",
        "0049 171 2345678", "09123456789", "۰۹۱۲۳۴۵۶۷۸۹", "+98 912 345 6789",
    ],
)  # fmt: skip
def test_phones(phone: str) -> None:
    assert found(f"call {phone} now") == [("phone", phone)]
    assert found(f"{phone}.") == [("phone", phone)]


@pytest.mark.parametrize(
    "text",
    [
        "on 2026-03-06 at 12:30", "on 03.04.2026 10:30", "06/03/2026 - 07/03/2026", "EUR 4,120.00", "flight 2231 gate 12",
        "1,234,567 people", "100200300 km", "https://x.example/status/04111111111111111", "https://x.example/?tel=+491712345678",
        "version 10.11.12", "5 to 10 days", "0,12 €", "24/7", "#0171234567", "@jo@social.example", "user@localhost",
        "ratio 0.123456789", "+1", "00", "12:30-14:00",
    ],
)  # fmt: skip
def test_what_only_looks_like_it(text: str) -> None:
    assert found(text) == []


def test_emails_and_order_numbers() -> None:
    assert found("Write to jo.h+x@mail.example.org, thanks") == [("email", "jo.h+x@mail.example.org")]
    assert found("Schreib an jö@bücher.example") == [("email", "jö@bücher.example")]
    assert found("your order #447122 is late") == [("order_number", "order #447122")]


def test_the_company_s_own_is_no_secret() -> None:
    assert found("Write to Care@acme.example or call +1 800 555 0100") == []


def test_one_number_is_one_find() -> None:
    assert found("4111 1111 1111 1111 and +49 171 2345678") == [("card", "4111 1111 1111 1111"), ("phone", "+49 171 2345678")]


@given(st.text(st.characters() | st.sampled_from("0123456789 -+()@.DEGB")))
def test_any_text_gives_places_inside_it(text: str) -> None:
    hits = find(text, ORDER, lambda kind, value: False)
    assert all(0 <= h.start < h.end <= len(text) for h in hits)


@given(st.from_regex(r"[1-9][0-9]{11,18}", fullmatch=True))
def test_a_card_with_one_wrong_digit_is_none(digits: str) -> None:
    if card_is_valid(digits):
        wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
        assert not card_is_valid(wrong)


@pytest.mark.parametrize(
    "text", ["0 " * 20_000, "a@" * 20_000, "a" * 50_000 + "@", "DE12" * 10_000, "1-" * 30_000, "+1 " * 20_000, "a@" + "b." * 20_000]
)
def test_no_text_is_a_bomb(text: str) -> None:
    start = time.thread_time()
    find(text, ORDER, lambda kind, value: False)
    assert time.thread_time() - start < 2
