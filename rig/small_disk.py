"""A small disk of one's own that can be filled and emptied: a tmpfs, which takes root to mount."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_CHUNK_BYTES = 65_536


class NoSmallDisk(Exception):
    """It cannot be mounted here; the text says why."""


class SmallDisk:
    """``folder`` is on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Take every byte that is left, and go on taking what is freed."""
        with self._filler.open("ab", buffering=0) as filler, suppress(OSError):
            while filler.write(b"\0" * _CHUNK_BYTES):
                pass

    def free(self) -> None:
        """Give it all back."""
        self._filler.unlink(missing_ok=True)

    @property
    def left_bytes(self) -> int:
        """What is left."""
        return shutil.disk_usage(self.folder).free


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    """A disk of this size, gone at the end with all that is on it. Everybody may look into its folder. Raises NoSmallDisk."""
    if os.geteuid() != 0:
        raise NoSmallDisk("mounting a small disk takes root")
    folder = Path(tempfile.mkdtemp(prefix="earshot-disk-"))
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "earshot-faults", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        folder.rmdir()
        raise NoSmallDisk(f"no small disk can be mounted: {done.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)
        folder.rmdir()
