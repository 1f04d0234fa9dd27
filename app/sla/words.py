"""Lengths of time and metrics in words."""

from typing import Final

from app.sla.model import Metric

NAMES: Final[dict[Metric, str]] = {
    "first_touch": "First touch",
    "first_response": "First response",
    "next_response": "Next response",
    "move_to_private": "Move to private",
    "escalation_ack": "Acknowledgement",
    "legal_answer": "Legal's answer",
    "resolution": "Resolution",
}
"""What each metric is called on every screen."""


def duration(seconds: float) -> str:
    """Whole words for a length of time, e.g. ``15 min``, ``4 h``, ``1 h 30 min``; seconds only below a minute."""
    if abs(seconds) < 60:
        return f"{round(seconds)} s"
    minutes = round(abs(seconds) / 60)
    hours, minutes = divmod(minutes, 60)
    text = " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min")) if n)
    return f"-{text}" if seconds < 0 else text


def exactly(seconds: int) -> str:
    """A length as it was written, to the second: ``7 min 30 s``, ``1 h 30 min``."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if n)
