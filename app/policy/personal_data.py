"""Finds a person's data in a draft: e-mail addresses, phone numbers, IBANs, payment cards, order numbers.

Numbers count only when they can be what they look like: an IBAN by its country's length and its check digits (ISO 13616,
ISO 7064), a card by its issuer's range and the Luhn sum (ISO/IEC 7812), a phone number by its digits and a leading +, 0 or
area code. Digits of every script are read. Every search is linear in the text.
"""

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

Kind = Literal["email", "phone", "iban", "card", "order_number"]

_EMAIL: Final = re.compile(r"(?<![\w.+%@/-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_LINK: Final = re.compile(r"https?://\S+", re.IGNORECASE)
_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ -]?[A-Za-z0-9])", re.ASCII)
_CARD: Final = re.compile(r"(?<![\d+])\d(?:[ -]?\d){11,18}(?![\d])", re.ASCII)
_ISSUER: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
    r"|35(?:2[89]|[3-8]\d)\d{12}|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|62\d{14,17}|(?:50|5[6-8]|6[37])\d{10,17}"
)
_PHONE: Final = re.compile(
    r"(?<![\w+#.,:/-])(?:(?:\+|00)[1-9](?:[ ./()-]{0,3}\d){6,13}|\(?0[1-9](?:[ ./()-]{0,3}\d){7,12}"
    r"|(?:\(\d{3}\)[ ]?|\d{3}[-. ])\d{3}[-. ]\d{4})(?![\w%€$£])",
    re.ASCII,
)
_DATE: Final = re.compile(r"(?:\d{1,2}[./ -]\d{1,2}[./ -](?:19|20)?\d\d)(?!\d)|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}(?!\d)", re.ASCII)
_NOT_DIGIT: Final = re.compile(r"\D+", re.ASCII)

# Countries by the length of their IBAN, from the IBAN registry.
_IBAN_COUNTRIES: Final = {
    15: "NO", 16: "BE", 18: "DK FI FK FO GL NL", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH CR HR LI LV",
    22: "BG BH DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IR IS TR",
    27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HN HU LB NI PL SD SV", 29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC",
    32: "LC", 33: "RU",
}  # fmt: skip
_IBAN_LENGTHS: Final = {country: length for length, countries in _IBAN_COUNTRIES.items() for country in countries.split()}


@dataclass(frozen=True, slots=True)
class PersonalData:
    """One find, in code points of the text."""

    kind: Kind
    start: int
    end: int


def find(text: str, order: re.Pattern[str] | None, is_ours: Callable[[Kind, str], bool]) -> list[PersonalData]:
    """All personal data in the text, by position.

    ``order`` finds order numbers (None: none are looked for). ``is_ours`` says whether an e-mail address or a phone number
    (its digits) is the company's own, which is no one's secret.
    """
    found = [] if "@" not in text else [
        PersonalData("email", m.start(), m.end()) for m in _EMAIL.finditer(text) if not is_ours("email", m[0].lower())
    ]  # fmt: skip
    plain = text if text.isascii() else text.translate(_ascii_digits())
    if not any(d in plain for d in "0123456789"):
        return found
    # Ids in links are no phone numbers; equal length keeps the positions.
    plain = _LINK.sub(lambda m: " " * len(m[0]), plain) if "://" in plain else plain
    for search in (_ibans, _cards, lambda p: _phones(p, is_ours)):
        for hit in search(plain):
            found.append(hit)
            plain = plain[: hit.start] + "·" * (hit.end - hit.start) + plain[hit.end :]  # one number is reported once
    if order is not None:
        found += [PersonalData("order_number", *m.span()) for m in order.finditer(plain)]
    return sorted(found, key=lambda f: f.start)


def iban_is_valid(iban: str) -> bool:
    """Whether an IBAN without spaces has its country's length and right check digits."""
    if len(iban) != _IBAN_LENGTHS.get(iban[:2].upper()) or not (iban.isascii() and iban.isalnum()):
        return False
    return int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1


def card_is_valid(digits: str) -> bool:
    """Whether the digits lie in the range of a card issuer and their Luhn sum is right."""
    if not _ISSUER.fullmatch(digits):
        return False
    doubled = (int(d) * 2 for d in digits[-2::-2])
    return (sum(int(d) for d in digits[::-2]) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


def _ibans(text: str) -> Iterator[PersonalData]:
    for m in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(m[0][:2].upper())
        if length is None:
            continue
        at = m.start()
        taken: list[str] = []
        while at < len(text) and len(taken) < length:
            if text[at].isascii() and text[at].isalnum():
                taken.append(text[at])
            elif text[at] not in " -":
                break
            at += 1
        if not (at < len(text) and text[at].isalnum()) and iban_is_valid("".join(taken)):
            yield PersonalData("iban", m.start(), at)


def _cards(text: str) -> Iterator[PersonalData]:
    for m in _CARD.finditer(text):
        if card_is_valid(_NOT_DIGIT.sub("", m[0])):
            yield PersonalData("card", *m.span())


def _phones(text: str, is_ours: Callable[[Kind, str], bool]) -> Iterator[PersonalData]:
    for m in _PHONE.finditer(text):
        if not _DATE.match(m[0].lstrip("(")) and not is_ours("phone", _NOT_DIGIT.sub("", m[0])):
            yield PersonalData("phone", *m.span())


@cache
def _ascii_digits() -> dict[int, str]:
    """Every decimal digit of every script to its ASCII form; one for one, so that positions stay."""
    return {n: str(unicodedata.digit(chr(n))) for n in range(128, sys.maxunicode + 1) if unicodedata.category(chr(n)) == "Nd"}
