"""How a decision came about, beyond what its trace says: which rules led to it, and what was not done and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Chain:
    """``depth`` is how many rules lie between the first event and this decision, ``rules`` are those, the first one first.

    ``stopped`` says in words which rules a guard kept from firing, and ``kept`` are these; ``left`` is what the rules wanted and the desk
    did not do, and why.
    """

    depth: int = 0
    rules: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any] | None:
        """A plain map of what there is to say; None where there is nothing, as of nearly every decision."""
        told = {"depth": self.depth, "rules": self.rules, "stopped": self.stopped, "left": self.left, "kept": self.kept}
        return {name: value for name, value in told.items() if value} or None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> "Chain":
        """A chain from its stored map."""
        if not stored:
            return NO_CHAIN
        return cls(stored.get("depth", 0), *(tuple(stored.get(name, ())) for name in ("rules", "stopped", "left", "kept")))

    def words_of(self, rule: str) -> str:
        """What was said of a rule that a guard kept from firing, "" of any other."""
        return " ".join(self.stopped) if rule in self.kept else ""

    @property
    def beside(self) -> tuple[str, ...]:
        """What stands beside the decision, in sentences: what was stopped, and what was wanted and not done."""
        return (*self.stopped, *(f"Wanted and not done: {one}." for one in self.left))


NO_CHAIN = Chain()
