"""The written record keeps up: each decision stands in the index and fits a screen, each subject of the log in the glossary."""

import re
from collections.abc import Iterable
from typing import Final

from app.core.events import EVENT_KINDS
from tests.house.source import Source, repository

FOLDER: Final = "docs/decisions/"
ONE_SCREEN_LINES: Final = 45


def unkept_decisions(files: Iterable[Source]) -> list[str]:
    """Records that the index does not link, and records that are longer than a screen."""
    pages = {s.path: s for s in files if s.path.startswith(FOLDER)}
    index = pages[f"{FOLDER}README.md"].text
    records = [s for s in pages.values() if re.match(r"\d{4}-", s.stem)]
    found = [f"{s.path}: is not in {FOLDER}README.md" for s in records if f"({s.stem}.md)" not in index]
    found += [f"{s.path}: longer than {ONE_SCREEN_LINES} lines" for s in records if s.text.count("\n") > ONE_SCREEN_LINES]
    return found


def nameless_subjects(glossary: str, kinds: Iterable[str]) -> list[str]:
    """Subjects of event kinds, the word before the dot, that the glossary does not explain."""
    explained = set(re.findall(r"\*\*([\w -]+?)\*\*", glossary.lower()))
    subjects = {kind.partition(".")[0] for kind in kinds}
    return [f"docs/glossary.md: no line for {subject!r}" for subject in sorted(subjects - explained)]


def test_decisions_are_in_the_index_and_short() -> None:
    assert not (found := unkept_decisions(repository())), "\n".join(found)


def test_the_glossary_explains_every_subject_of_the_log() -> None:
    glossary = next(s.text for s in repository() if s.path == "docs/glossary.md")
    assert not (found := nameless_subjects(glossary, EVENT_KINDS)), "\n".join(found)


def test_the_checks_can_fail() -> None:
    index = Source(f"{FOLDER}README.md", "[0001](0001-a.md)")
    assert unkept_decisions([index, Source(f"{FOLDER}0002-b.md", "")])
    assert unkept_decisions([index, Source(f"{FOLDER}0001-a.md", "\n" * 60)])
    assert not unkept_decisions([index, Source(f"{FOLDER}0001-a.md", "")])
    assert nameless_subjects("| **case** | the unit of work |", ["case.opened", "reply.sent"])
