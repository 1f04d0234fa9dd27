"""Typed ids, made in time order so that an index on them stays local."""

import secrets
from datetime import datetime
from typing import Final, NewType

CaseId = NewType("CaseId", str)
MentionId = NewType("MentionId", str)
CustomerId = NewType("CustomerId", str)
IdentityId = NewType("IdentityId", str)
ReplyId = NewType("ReplyId", str)
NoteId = NewType("NoteId", str)
MatterId = NewType("MatterId", str)
ClockId = NewType("ClockId", str)
PersonId = NewType("PersonId", str)
TokenId = NewType("TokenId", str)
ChannelId = NewType("ChannelId", str)
DecisionId = NewType("DecisionId", str)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread.
ID_LENGTH = 20
_TIME_BITS = 48
_RANDOM_BITS = ID_LENGTH * 5 - _TIME_BITS  # 52 random bits a millisecond


def make_id(at: datetime) -> str:
    """A new 20-character id whose text order is the order of ``at`` (milliseconds)."""
    return _text(_moment(at) | secrets.randbits(_RANDOM_BITS))


def first_id(at: datetime) -> str:
    """The smallest id that could be made at ``at``: rows made since then have ids from it on, so their table's own key finds them."""
    return _text(_moment(at))


def _moment(at: datetime) -> int:
    return (int(at.timestamp() * 1000) & ((1 << _TIME_BITS) - 1)) << _RANDOM_BITS


def _text(number: int) -> str:
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range((ID_LENGTH - 1) * 5, -1, -5))
