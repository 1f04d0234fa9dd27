"""Typed ids, made in time order so that an index on them stays local."""

import secrets
from array import array
from datetime import datetime
from typing import NewType

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
_TIME_CHARS = -(-_TIME_BITS // 5)  # the first characters, in which all of the time stands
_STEP_BITS = 20  # between ids of one maker: enough that the next one cannot be guessed by counting
_STEP_MASK = (1 << _STEP_BITS) - 1
_STEPS_AT_ONCE = 32  # as many ids as a few mentions need
_LOWER_BITS = 30  # what a step changes nearly always, three pairs of characters
_LOWER_CHARS = _LOWER_BITS // 5
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)


class IdMaker:
    """Makes ids of one moment, each greater than the one before: text order is the order in which they were made.

    A step changes the last characters only, so those before are spelt once; and chance is asked for many steps at a time,
    because each asking is a call of the system.
    """

    __slots__ = ("_number", "_spelt", "_steps", "_upper")

    def __init__(self, at: datetime) -> None:
        self._number = _moment(at) | secrets.randbits(_RANDOM_BITS - 1)
        self._upper = -1
        self._spelt = ""
        self._steps: array[int] = array("I")

    def make(self) -> str:
        """The next 20-character id."""
        if not self._steps:
            self._steps.frombytes(secrets.token_bytes(self._steps.itemsize * _STEPS_AT_ONCE))
        self._number += 1 + (self._steps.pop() & _STEP_MASK)
        number = self._number
        upper = number >> _LOWER_BITS
        if upper != self._upper:
            self._upper = upper
            self._spelt = _text(number)[:-_LOWER_CHARS]
        return self._spelt + _PAIRS[number >> 20 & 1023] + _PAIRS[number >> 10 & 1023] + _PAIRS[number & 1023]


def make_id(at: datetime) -> str:
    """A single new id; ids of different milliseconds stand in the order of ``at``."""
    return IdMaker(at).make()


def first_id(at: datetime) -> str:
    """The smallest id that could be made at ``at``: rows made since then have ids from it on, so their table's own key finds them."""
    return _text(_moment(at))


def made_ms(id: str) -> int:
    """When an id was made, in milliseconds since 1970."""
    number = 0
    for char in id[:_TIME_CHARS]:
        number = number << 5 | _ALPHABET.index(char)
    return number >> _TIME_CHARS * 5 - _TIME_BITS


def _moment(at: datetime) -> int:
    return (int(at.timestamp() * 1000) & ((1 << _TIME_BITS) - 1)) << _RANDOM_BITS


def _text(number: int) -> str:
    return "".join(_PAIRS[(number >> shift) & 1023] for shift in range((ID_LENGTH - 2) * 5, -1, -10))
