"""The word lists: found in any case and spelling of spaces, whole words only; files with errors named by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.policy.words import NO_WORDS, TextRules, parse_words

RULES = parse_words(
    """\
banned: [calm down, you people]
promise: [we guarantee, 100% refund, تضمین می‌کنیم, guarantee]
admission: ["it's our fault", volle Rückerstattung]
placeholder_words: [name, order number]
order_words: [order, سفارش]
ours:
  emails: [Care@acme.example]
  domains: ["@acme.example"]
  phones: ["+1 800 555 0100"]
""",
    "words.yaml",
)


def found(text: str, rules: TextRules = RULES) -> list[tuple[str, str]]:
    return [(phrase.code, text[start:end]) for phrase, start, end in rules.matches(text)]


def test_phrases_are_found_in_any_dress() -> None:
    assert found("CALM  down! We\nGuarantee a 100% refund") == [
        ("banned", "CALM  down"),
        ("promise", "We\nGuarantee"),
        ("promise", "100% refund"),
    ]
    assert found("It’s our fault") == [("admission", "It’s our fault")]
    assert found("VOLLE RÜCKERSTATTUNG") == [("admission", "VOLLE RÜCKERSTATTUNG")]
    assert found("ما تضمین می کنیم") == [("promise", "تضمین می کنیم")]


def test_only_whole_words_count() -> None:
    assert found("becalm downtown; the guarantees; bit's our faults") == []


def test_at_one_place_the_longest_wins() -> None:
    assert found("we guarantee it") == [("promise", "we guarantee")]


def test_the_company_s_own() -> None:
    assert RULES.is_ours("email", "care@acme.example")
    assert RULES.is_ours("email", "anyone@mail.acme.example")
    assert not RULES.is_ours("email", "jo@notacme.example")
    assert RULES.is_ours("phone", "18005550100")
    assert RULES.is_ours("phone", "0018005550100")
    assert not RULES.is_ours("phone", "8005550100")


def test_the_shipped_lists_are_read(words: TextRules) -> None:
    assert len(words.phrases) > 20
    assert words.order is not None


def test_an_empty_file_has_no_words() -> None:
    rules = parse_words("", "words.yaml")
    assert (rules.phrases, rules.order) == ({}, None)
    assert rules.placeholders.findall("{a} [name] <order> %x%") == NO_WORDS.placeholders.findall("{a} [name] <order> %x%") == ["{a}"]


@pytest.mark.parametrize(
    ("text", "line", "field", "mend"),
    [
        ("banned: [a]\nforbidden: [b]", 2, "forbidden", "is not known: use one of banned"),
        ("banned:\n  - a\n  - 5", 3, "banned", "a list of texts"),
        ("banned: stop", 1, "banned", "a list of texts"),
        ("banned:\n  - '!!'", 2, "banned", "a word or number"),
        ("banned:\n  - " + "a" * 201, 2, "banned", "200 characters"),
        ("ours: {emails: [a@b.c], fax: [1]}", 1, "fax", "is not known"),
        ("- a", 1, "", "lists by name"),
        ("banned: [", 1, "", "mend the line"),
        ("banned: [a]\nbanned: [b]", 2, "", "duplicate key"),
        ("x" * 500_001, 1, "", "500,000"),
    ],
)
def test_an_error_names_line_list_and_mend(text: str, line: int, field: str, mend: str) -> None:
    with pytest.raises(Invalid) as wrong:
        parse_words(text, "words.yaml")
    assert wrong.value.errors[0]["loc"] == ["words.yaml", line, field]
    assert mend in wrong.value.errors[0]["msg"]


@given(st.lists(st.text(min_size=1, max_size=20), max_size=8), st.text())
def test_any_phrase_is_found_in_itself_or_refused(entries: list[str], text: str) -> None:
    quoted = "\n".join("  - " + '"' + "".join(f"\\U{ord(c):08X}" for c in entry) + '"' for entry in entries)
    try:
        rules = parse_words("banned:\n" + quoted if entries else "", "words.yaml")
    except Invalid as wrong:
        assert wrong.errors[0]["loc"][0] == "words.yaml"  # noqa: PT017  # any entry without a word is refused
        return
    list(rules.matches(text))
    for entry in entries:
        if entry.isascii() and entry.isalnum():
            assert found(entry, rules), entry
