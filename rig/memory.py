"""A bound on the memory of processes, kept by the kernel: a control group of version 1 or 2. Needs root and a mounted hierarchy."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_V1: Final = Path("/sys/fs/cgroup/memory")
_V2: Final = Path("/sys/fs/cgroup")
_CHOSEN_FIRST: Final = "1000"  # oom_score_adj: the kernel ends this one before any other of its group


class NoLimits(Exception):
    """Memory cannot be bounded here; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A group whose processes share so much memory. ``before`` runs a command inside it; see ``Site.start``."""

    folder: Path

    @property
    def before(self) -> tuple[str, ...]:
        """The command that enters the group and then becomes what follows it."""
        return ("sh", "-c", f'echo $$ > {self.folder}/cgroup.procs && exec "$@"', "sh")

    def overrun(self, victim: int, mebibytes: int) -> None:
        """Ask for more than the group has, so that the kernel ends a process of it: the victim, marked as the first to go."""
        Path(f"/proc/{victim}/oom_score_adj").write_text(_CHOSEN_FIRST)
        greedy = f"held = bytearray({mebibytes} << 20)"
        subprocess.run([*self.before, sys.executable, "-c", greedy], check=False, stderr=subprocess.DEVNULL)


@contextmanager
def limited(name: str, mebibytes: int) -> Iterator[Limit]:
    """A group with this bound, removed at the end; nothing may run in it then. Raises NoLimits."""
    if os.geteuid() != 0:
        raise NoLimits("only root may bound the memory of a process")
    root, bound = (_V1, "memory.limit_in_bytes") if (_V1 / "memory.limit_in_bytes").exists() else (_V2, "memory.max")
    folder = root / f"earshot-{os.getpid()}-{name}"
    try:
        folder.mkdir()
        (folder / bound).write_text(str(mebibytes << 20))
    except OSError as error:
        with suppress(OSError):
            folder.rmdir()
        raise NoLimits(f"the kernel's memory groups cannot be used here ({error.strerror})") from error
    try:
        yield Limit(folder)
    finally:
        with suppress(OSError):
            folder.rmdir()


def resident_mebibytes(pid: int) -> float:
    """What the process holds in memory now; 0 when it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0
