"""Checks the text of a draft: what would be refused by the network, harm someone, or embarrass the company. It runs while people type.

Pure and linear in the text: a draft of usual length takes well under a millisecond. Positions are code points of the text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.policy.model import DEFAULT_CHECKS, Severity
from app.policy.personal_data import Kind, find
from app.policy.text_length import BLUESKY_MAX_BYTES, measure
from app.policy.words import TextRules

MAX_DRAFT_CHARACTERS: Final = 100_000  # a longer draft gets the finding on its length and no other

# Controls that show nothing but change what is read: C0 and C1 except tab and newline, zero-width space, word joiner and
# its kin, byte-order mark, direction overrides, embeddings and isolates, interlinear marks. Direction marks (U+200E, U+200F,
# U+061C) and joiners (U+200C, U+200D) stay: Persian, Arabic and emoji need them.
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
    "|(?<![\U000e0020-\U000e007f\U0001f3f4])[\U000e0000-\U000e007f]"  # tags are part of a flag, hidden text elsewhere
)
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Sending:
    """Where the draft would go: the network's text rule and limit (see ``app.channels.networks``), its title, and who can read it."""

    rule: str
    limit: int
    network: str
    visibility: str = "public"

    @property
    def private(self) -> bool:
        """Whether only the customer reads it."""
        return self.visibility == "direct"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: what it is, where, and how to mend it."""

    code: str
    severity: Severity
    start: int
    end: int
    text: str
    mend: str


_PERSONAL: Final[Mapping[Kind, str]] = {
    "email": "an e-mail address",
    "phone": "a phone number",
    "iban": "a bank account number",
    "card": "a payment card number",
    "order_number": "an order number",
}
_PHRASES: Final = {
    "banned": ("is not said here", "Say it in other words."),
    "promise": ("is a promise that the company may not be able to keep", "Say what will be done and by when."),
    "admission": ("admits fault, which can bind the company", "Say that it is being looked into, or ask legal."),
}


def check(text: str, sending: Sending, rules: TextRules, checks: Mapping[str, Severity] = DEFAULT_CHECKS) -> tuple[Finding, ...]:
    """Everything found in a draft, by position. ``checks`` says block or warn for each code (see ``model.checks_of``)."""
    found = [*_length(text, sending)]
    if not text.strip():
        found.append(("empty", 0, len(text), "There is no text.", "Write the answer."))
    elif len(text) <= MAX_DRAFT_CHARACTERS:
        found += [*_hidden(text), *_placeholders(text, rules), *_personal(text, sending, rules), *_phrases(text, rules)]
    found.sort(key=lambda f: (f[1], f[2]))
    return tuple(Finding(code, _severity(code, sending, checks), start, end, said, mend) for code, start, end, said, mend in found)


_Raw = tuple[str, int, int, str, str]


def _severity(code: str, sending: Sending, checks: Mapping[str, Severity]) -> Severity:
    """A card number is kept out of private messages too, but there the agent may know better."""
    return "warn" if code == "card" and sending.private else checks.get(code, DEFAULT_CHECKS[code])


def _length(text: str, sending: Sending) -> Iterator[_Raw]:
    length = measure(text, sending.rule, sending.limit)
    if length.over_at is None:
        return
    if length.units > length.limit:
        said = f"{length.units - length.limit:,} too long: {sending.network} takes {length.limit:,}, this counts {length.units:,}."
    else:
        said = f"Too large: {sending.network} takes {BLUESKY_MAX_BYTES:,} bytes."
    yield "length", length.over_at, len(text), said, "Shorten it to the mark."


def _hidden(text: str) -> Iterator[_Raw]:
    if text.isascii() and text.isprintable():
        return
    for m in _HIDDEN.finditer(text):
        what = "turns the direction of writing" if m[0] in _BIDI else "cannot be seen"
        yield (
            "hidden",
            m.start(),
            m.end(),
            f"A character that {what} (U+{ord(m[0]):04X}) is in the text.",
            "Delete it; it often comes with pasted text.",
        )


def _placeholders(text: str, rules: TextRules) -> Iterator[_Raw]:
    for m in rules.placeholders.finditer(text):
        yield "placeholder", m.start(), m.end(), f"{m[0]} is still a placeholder.", "Put in what it stands for, or delete it."


def _personal(text: str, sending: Sending, rules: TextRules) -> Iterator[_Raw]:
    for hit in find(text, rules.order, rules.is_ours):
        if not sending.private:
            said = f"This looks like {_PERSONAL[hit.kind]}, and everyone can read a public answer."
            yield hit.kind, hit.start, hit.end, said, "Move it to a direct message, or leave it out."
        elif hit.kind == "card":
            yield (
                "card",
                hit.start,
                hit.end,
                "This looks like a payment card number.",
                "Never repeat it in full: the last four digits are enough.",
            )


def _phrases(text: str, rules: TextRules) -> Iterator[_Raw]:
    for phrase, start, end in rules.matches(text):
        what, mend = _PHRASES[phrase.code]
        yield phrase.code, start, end, f"“{text[start:end]}” {what}.", mend
