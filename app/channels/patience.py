"""How long the desk waits before it tries an answer again, asks a network again, or gives the matter to a person. Pure."""

from datetime import timedelta
from typing import Final

TRIES: Final = 8  # with the pauses below about four minutes: longer and the agent is better off knowing
PATIENT_TRIES: Final = 40  # where the network itself names the time, it may take many turns
GIVE_UP_AFTER: Final = timedelta(hours=1)  # from when a person queued it; whatever is tried later fails at once
_LONGEST_PAUSE_SECONDS: Final = 120.0
_ASKED_FOR: Final = timedelta(minutes=15)
_FIRST_QUESTION_SECONDS: Final = 1.0


def pause(tries: int, chance: float) -> float:
    """Seconds before the next attempt after so many: doubled each time, less up to half of it by ``chance`` (0..1), so that
    answers which failed together do not come back together."""
    return min(2.0**tries, _LONGEST_PAUSE_SECONDS) * (1 - chance / 2)


def spent(tries: int, waited: timedelta, *, patient: bool) -> bool:
    """Whether it is time to give up: too many attempts, or too long ago. ``patient`` where the network asked for the waiting."""
    return tries >= (PATIENT_TRIES if patient else TRIES) or (not patient and waited > GIVE_UP_AFTER)


def next_question(since_attempt: timedelta) -> timedelta | None:
    """When to ask the network again for an attempt made so long ago; None when a person has to look."""
    if since_attempt > _ASKED_FOR:
        return None
    return timedelta(seconds=max(_FIRST_QUESTION_SECONDS, since_attempt.total_seconds() / 2))
