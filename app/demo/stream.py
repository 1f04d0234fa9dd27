"""The demo's files as checked records: the stream of mentions, the desk's people, and what customers say after an answer.

``mentions.jsonl`` holds the contract's mention form, with three differences. ``at`` stands for ``created_at``: seconds from
the start of the stream at which the mention reaches the desk, negative for what was there before. ``said_at`` is there on
a second delivery (an edit or a deletion) and gives the time of the first. ``about`` is the writer's note and is never sent.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.channels.mention_in import UNKNOWN_TIME, parse_mention
from app.core.errors import Invalid
from app.core.roles import Role

Mood = Literal["better", "same", "worse"]
_Form = TypeVar("_Form")

_FOLDER: Final = Path(__file__).parent
_OWN_KEYS: Final = ("at", "said_at", "about")


@dataclass(frozen=True, slots=True)
class DemoMention:
    """One delivery to the desk. ``at_seconds`` and ``said_at_seconds`` count from the start of the stream.

    ``body`` is the contract's form without its times. ``language``, ``marks`` (such as flood, urgent, safety, edit) and
    ``story`` (one word for all mentions of a thread) are the writer's notes.
    """

    at_seconds: float
    said_at_seconds: float
    body: Mapping[str, Any]
    language: str
    marks: tuple[str, ...] = ()
    story: str | None = None

    def as_sent(self, start: datetime) -> dict[str, Any]:
        """What a program would POST for a stream that began at ``start``: created_at, and edited_at where it is an edit."""
        sent = dict(self.body) | {"created_at": _moment(start, self.said_at_seconds)}
        if self.said_at_seconds != self.at_seconds and not self.body.get("deleted"):
            sent["edited_at"] = _moment(start, self.at_seconds)
        return sent


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Someone who works at the demo's desk. The password is made at the first start and stands in no file."""

    email: str
    name: str
    role: Role
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    queues: tuple[str, ...]
    capacity: int


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a customer may say after our answer. ``intent`` is the intent of the mention that was answered."""

    id: str
    language: str
    intent: Literal["question", "complaint", "praise", "chat"]
    mood: Mood
    after_seconds: int
    text: str


def mentions() -> tuple[DemoMention, ...]:
    """The stream in the order of arrival, each checked against the mention form; raises Invalid with the line at fault."""
    found = []
    for number, line in enumerate((_FOLDER / "mentions.jsonl").read_text(encoding="utf-8").splitlines(), 1):
        try:
            found.append(_mention(json.loads(line)))
        except (ValueError, KeyError, TypeError, Invalid) as error:
            raise Invalid(f"Line {number} of the demo's mentions.jsonl is wrong ({error!r}): mend that line.") from error
    return tuple(sorted(found, key=lambda m: m.at_seconds))


def people() -> tuple[DemoPerson, ...]:
    """The demo's people: at least one of each role; raises Invalid when the file does not fit."""
    return _records("people.json", TypeAdapter(tuple[DemoPerson, ...]))


def follow_ups() -> tuple[FollowUp, ...]:
    """What customers may say after an answer, for the echo network; raises Invalid when the file does not fit."""
    return _records("replies.json", TypeAdapter(tuple[FollowUp, ...]))


def customers_csv_path() -> Path:
    """The demo's customers in the contract's CSV form, to be imported like any other file."""
    return _FOLDER / "customers.csv"


def _mention(line: dict[str, Any]) -> DemoMention:
    about = line["about"]
    body = {key: value for key, value in line.items() if key not in _OWN_KEYS}
    parse_mention(body | {"created_at": UNKNOWN_TIME})
    at = float(line["at"])
    return DemoMention(at, float(line.get("said_at", at)), body, about["language"], tuple(about["marks"]), about.get("story"))


def _records(name: str, form: TypeAdapter[_Form]) -> _Form:
    try:
        return form.validate_json((_FOLDER / name).read_bytes())
    except ValidationError as error:
        raise Invalid(f"The demo's {name} is wrong ({error}): mend the place it names.") from error


def _moment(start: datetime, seconds: float) -> str:
    return (start + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
