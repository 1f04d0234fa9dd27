"""Starts a sender as a process of its own, tells it to stop, and reads its ledger."""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from rig.desk import ROOT
from rig.load import Load, Summary

_names: Final = itertools.count()
_ENDS_WITHIN_SECONDS: Final = 20.0  # beyond the plan's own patience


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One line of the ledger that names an id: when the answer was there (seconds since the epoch) and how long it took."""

    at: float
    milliseconds: float


@dataclass
class Sending:
    """A sender at work. ``ledger`` may be read while it goes on."""

    load: Load
    process: "subprocess.Popen[bytes]"
    ledger: Path

    def stop(self) -> Summary:
        """Nothing new any more; what it saw, when all is acknowledged or its patience is over."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.wait()

    def wait(self) -> Summary:
        """Its summary at the end of its plan. RuntimeError when it failed."""
        seconds = (self.load.seconds or 0) + self.load.patience_seconds + _ENDS_WITHIN_SECONDS
        if self.load.seconds is None:
            seconds += 600
        said, _ = self.process.communicate(timeout=seconds)
        if self.process.returncode != 0:
            raise RuntimeError(f"the sender ended with {self.process.returncode}")
        return Summary(**json.loads(said))

    def acknowledged(self) -> dict[str, Acknowledged]:
        """Every id that was acknowledged so far, by its first acknowledgement."""
        found: dict[str, Acknowledged] = {}
        text = self.ledger.read_text(encoding="utf-8") if self.ledger.exists() else ""
        for line in text[: text.rfind("\n") + 1].splitlines():  # the last one may just be on its way into the file
            entry = json.loads(line)
            for id in entry["acked"]:
                found.setdefault(id, Acknowledged(entry["at"], entry["ms"]))
        return found


@contextmanager
def sending(load: Load, folder: Path) -> Iterator[Sending]:
    """A sender that follows this plan, with its ledger in the folder; ended with the block if it has not ended by itself."""
    plan = folder / f"sender-{next(_names):03}.json"
    plan.write_text(json.dumps(asdict(load)), encoding="utf-8")
    process = subprocess.Popen([sys.executable, "-m", "rig.sender", str(plan)], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        yield Sending(load, process, plan.with_suffix(".ledger"))
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
