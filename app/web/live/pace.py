"""How long the feed rests between two runs: hardly at all while it is quiet, longer as runs cost more, so that news never eats the desk.

What happens while it rests is one patch. A frame to each of a thousand readers costs some fifteen milliseconds of the one processor
that also takes in mentions; resting in proportion bounds the share that telling the news may take.
"""

from dataclasses import dataclass
from typing import Final

LEAST_SECONDS: Final = 0.01  # what comes within a hundredth of a second is one patch
MOST_SECONDS: Final = 0.25
REST_SHARE: Final = 1.5  # rests so many times as long as the last runs took: telling takes two fifths of the time at most
_MEMORY: Final = 0.5  # weight of the newest run; one slow run among quick ones is not yet a trend


@dataclass(slots=True)
class Pace:
    """``rest_seconds`` after each run of which it was told."""

    rest_seconds: float = LEAST_SECONDS
    _cost: float = 0.0

    def took(self, seconds: float) -> None:
        """A run has taken so much of a processor, its frames handed to the kernel included.

        Not how long it lasted: a run that waits for the interpreter while a batch is judged would then rest for the batch's sake too.
        """
        self._cost = seconds if seconds < self._cost else self._cost + _MEMORY * (seconds - self._cost)
        self.rest_seconds = min(MOST_SECONDS, max(LEAST_SECONDS, self._cost * REST_SHARE))
