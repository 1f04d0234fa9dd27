"""The word lists of the text checks: read from ``routing_rules/policies/text_checks.yaml``, checked, and made ready for search."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from app.policy.yaml_source import place, read_yaml, refused

LISTS: Final = ("banned", "promise", "admission")
_MAX_PHRASE_CHARACTERS: Final = 200
_WORD: Final = re.compile(r"\w+")
_ORDER_TAIL: Final = r"\W{0,3}(?:no|nr|number|nummer|numero|número|num|id|n[ºo°])?\W{0,3}([A-Z]{0,4}-?\d{4,14}(?:[-/]\d{1,8}){0,3})(?!\w)"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase of a list; ``pattern`` matches it where its first word begins."""

    code: str
    text: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class TextRules:
    """All word lists, ready. ``phrases`` is keyed by the first word in lower case, so that a text is walked once."""

    phrases: Mapping[str, tuple[Phrase, ...]]
    placeholders: re.Pattern[str]
    order: re.Pattern[str] | None
    own_emails: frozenset[str] = frozenset()
    own_domains: frozenset[str] = frozenset()
    own_phones: frozenset[str] = frozenset()

    def matches(self, text: str) -> Iterator[tuple[Phrase, int, int]]:
        """Each phrase found with its start and end; at one place only the longest."""
        until = 0
        for word in _WORD.finditer(text):
            if word.start() < until:
                continue
            hits = [(m.end(), p) for p in self.phrases.get(word[0].lower(), ()) if (m := p.pattern.match(text, word.start()))]
            if hits:
                until, phrase = max(hits, key=lambda hit: hit[0])
                yield phrase, word.start(), until

    def is_ours(self, kind: str, value: str) -> bool:
        """Whether an e-mail address (lower case) or a phone number (digits) is the company's own."""
        if kind == "email":
            domain = value.rpartition("@")[2]
            return value in self.own_emails or any(domain == d or domain.endswith("." + d) for d in self.own_domains)
        return value.removeprefix("00") in self.own_phones


def parse_words(text: str, file: str) -> TextRules:
    """The lists of one file. Raises Invalid whose errors name file, line, field and mend, all of them at once."""
    errors: list[dict[str, Any]] = []
    lists: dict[str, list[str]] = {name: [] for name in (*LISTS, "placeholder_words", "order_words", "emails", "domains", "phones")}
    for line, field, value in _entries(text, file):
        if field not in lists:
            errors.append(place(file, line, field, f"is not known: use one of {', '.join(lists)}"))
        elif not isinstance(value, str) or not _WORD.search(value):
            errors.append(place(file, line, field, 'must be a list of texts with a word or number in each: put "…" around the entry'))
        elif len(value) > _MAX_PHRASE_CHARACTERS:
            errors.append(place(file, line, field, f"may have {_MAX_PHRASE_CHARACTERS} characters an entry: shorten it"))
        else:
            lists[field].append(value.strip())
    if errors:
        raise refused(errors)
    return _ready(lists)


def load_words(path: Path) -> TextRules:
    """The lists of a file on disk."""
    return parse_words(path.read_text(encoding="utf-8", errors="replace"), path.name)


NO_WORDS: Final = TextRules({}, re.compile(r"\{[^{}\n]{1,40}\}"), None)


def _ready(lists: Mapping[str, list[str]]) -> TextRules:
    phrases: dict[str, list[Phrase]] = {}
    for code in LISTS:
        for entry in lists[code]:
            first = _WORD.search(entry)
            if first:
                phrases.setdefault(first[0].lower(), []).append(
                    Phrase(code, entry, re.compile(_phrase(entry[first.start() :]), re.IGNORECASE))
                )
    words = "|".join(_spaced(w) for w in lists["placeholder_words"]) or r"\Z\A"
    order = "|".join(_spaced(w) for w in sorted(lists["order_words"], key=len, reverse=True))
    return TextRules(
        phrases={word: tuple(found) for word, found in phrases.items()},
        placeholders=re.compile(rf"\{{[^{{}}\n]{{1,40}}\}}|[\[<%](?:{words})[\]>%]", re.IGNORECASE),
        order=re.compile(rf"(?<!\w)(?:{order}){_ORDER_TAIL}", re.IGNORECASE) if order else None,
        own_emails=frozenset(e.lower() for e in lists["emails"]),
        own_domains=frozenset(d.lower().removeprefix("@") for d in lists["domains"]),
        own_phones=frozenset(re.sub(r"\D", "", p).removeprefix("00") for p in lists["phones"]),
    )


def _phrase(text: str) -> str:
    end = r"(?!\w)" if re.search(r"\w\Z", text) else ""
    return _spaced(text) + end


def _spaced(text: str) -> str:
    """The text as a pattern: any white space or zero-width non-joiner between words, either apostrophe."""
    parts = re.split(r"[\s\u200c]+", text.strip().replace("’", "'"))
    return r"[\s\u200c]+".join(re.escape(part) for part in parts).replace("'", "['’]")


def _entries(text: str, file: str) -> Iterator[tuple[int, str, Any]]:
    """Each entry with its line and list; the lists under ``ours`` come by their own names."""
    top = read_yaml(text, file)
    if top is None:
        return
    if not isinstance(top, CommentedMap):
        raise refused([place(file, 1, "", "must be lists by name, such as banned: [...]")])
    yield from _of_map(top)


def _of_map(top: CommentedMap) -> Iterator[tuple[int, str, Any]]:
    for field, values in top.items():
        if field == "ours" and isinstance(values, CommentedMap):
            yield from _of_map(values)
        elif not isinstance(values, CommentedSeq):
            yield top.lc.key(field)[0] + 1, str(field), None
        else:
            for index, value in enumerate(values):
                yield values.lc.item(index)[0] + 1, str(field), value
