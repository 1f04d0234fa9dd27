"""The machine's clock as one process sees it, moved while the process runs: libfaketime, told by a file that it reads every second.

Steady time (timeouts, the event loop) is left alone, as it is when a real clock is set.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

LOOKS_EVERY_SECONDS: Final = 1
"""How old what a process knows of its clock may be: to read the file at each look costs more than all else the desk does."""
_NAME: Final = "faketime/libfaketimeMT.so.1"
_SHARED: Final = Path("/dev/shm")  # noqa: S108  # where the library keeps its own, whatever folder is asked for
_PLACES: Final = (f"usr/lib/*/{_NAME}", f"usr/lib/{_NAME}", f"usr/local/lib/{_NAME}")


class NoFaketime(Exception):
    """libfaketime is not installed."""


class Faketime:
    """A clock of its own for those who are started with ``environment``."""

    def __init__(self, folder: Path) -> None:
        found = [path for place in _PLACES for path in Path("/").glob(place)]
        if not found:
            raise NoFaketime("libfaketime is missing: apt-get install faketime")
        self._library = found[0]
        self._file = folder / "faketime"
        self.offset_seconds = 0
        self.move(0)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process needs to be given to live by this clock."""
        return {
            "LD_PRELOAD": str(self._library), "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": str(LOOKS_EVERY_SECONDS),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip

    def move(self, seconds: int) -> None:
        """Set the clock on by so many seconds from where it stands; back when negative. It goes on from there."""
        self.offset_seconds += seconds
        beside = self._file.with_name("faketime.new")
        beside.write_text(f"{self.offset_seconds:+d}s\n", encoding="ascii")
        beside.replace(self._file)  # never half a line to whoever looks just now

    @staticmethod
    def sweep() -> None:
        """Remove what the library keeps in memory for each process and leaves there when the process is killed."""
        for kept in [*_SHARED.glob("faketime_shm_*"), *_SHARED.glob("sem.faketime_sem_*")]:
            if not Path("/proc", kept.name.rpartition("_")[2]).exists():
                with suppress(OSError):  # of another person on this machine
                    kept.unlink(missing_ok=True)
