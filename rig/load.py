"""What a sender shall send and what it found: the plan it is given and the summary it leaves, shared by the process and its starter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Load:
    """A stream of mentions to ``urls``, each connection to one of them and to the next after an error.

    New mentions are made until ``total`` or ``seconds`` is reached, or until told to stop; ``bodies`` names a file of ready request
    bodies instead, one a line. With ``rate`` (mentions a second, all connections together) each leaves when it is due, whatever
    became of those before it, and its latency counts from then; without, each connection sends as fast as it is answered. What was
    not acknowledged is sent again until it is, but for ``retry=False``. ``redelivery`` is the share of acknowledged calls that are
    sent once more.
    """

    urls: Sequence[str]
    headers: Mapping[str, str]
    prefix: str = "m"
    connections: int = 8
    batch: int = 1
    total: int | None = None
    seconds: float | None = None
    rate: float | None = None
    bodies: str | None = None
    redelivery: float = 0.0
    retry: bool = True
    text: str = ""
    """What every new mention says; eight different texts in turn where it is empty."""
    authors: int = 1000
    seed: int = 0
    timeout_seconds: float = 10.0
    patience_seconds: float = 60.0
    """How long after the last new mention the sender goes on with those that nobody acknowledged yet."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a sender saw. Latencies in milliseconds, of acknowledged calls; ``errors`` are calls without an answer, by kind."""

    made: int
    acknowledged: int
    rejected: int
    unacknowledged: int
    calls: int
    seconds: float
    statuses: Mapping[str, int]
    errors: Mapping[str, int]
    retry_after: int
    """How many refusals said when to come again."""
    p50_ms: float
    p99_ms: float
    max_ms: float
    details: Sequence[str] = field(default_factory=tuple)
    """A few answers that were neither 202 nor a refusal under load."""

    @property
    def refused(self) -> int:
        """Calls turned away under load."""
        return self.statuses.get("429", 0) + self.statuses.get("503", 0)
