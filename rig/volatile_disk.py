"""A disk whose power can be cut: what was written and not flushed is gone, as in a real disk's own memory.

nbdkit serves an image through a cache that lets only flushed blocks through; nbdfuse shows it as a file, a loop device makes a disk of
that, and ext4 stands on it. Cutting the power is killing nbdkit. Afterwards the image itself is mounted, and the journal replayed.
It takes root, loop devices, and the packages nbdkit, libnbd-bin and fuse3.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_PATIENCE_SECONDS: Final = 20.0
_BETWEEN_SECONDS: Final = 0.05


class NoVolatileDisk(Exception):
    """It cannot be made here; the text says what is missing."""


class VolatileDisk:
    """``folder`` is on it while it is on."""

    def __init__(self, home: Path, megabytes: int) -> None:
        self.folder = home / "disk"
        self._image, self._socket, self._file = home / "image", home / "socket", home / "file"
        self._loop = ""
        self._server: subprocess.Popen[bytes] | None = None
        self._fuse: subprocess.Popen[bytes] | None = None
        self.folder.mkdir()
        self._file.touch()
        with self._image.open("wb") as image:
            image.truncate(megabytes * 1_048_576)
        _do("mkfs.ext4", "-q", "-F", str(self._image))

    def on(self) -> None:
        """Mount it with its volatile memory before it."""
        self._socket.unlink(missing_ok=True)
        self._server = subprocess.Popen(
            ["nbdkit", "-f", "-U", str(self._socket), "--filter=cache", "file", str(self._image), "cache=writeback"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _until(self._socket.exists, "nbdkit")
        self._fuse = subprocess.Popen(
            ["nbdfuse", str(self._file), f"nbd+unix:///?socket={self._socket}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _until(lambda: str(self._file) in Path("/proc/mounts").read_text(encoding="utf-8"), "nbdfuse")
        self._loop = _do("losetup", "--show", "-f", str(self._file)).strip()
        _do("mount", self._loop, str(self.folder))

    def flush(self) -> None:
        """Let everything written so far reach the disk."""
        _do("sync", "--file-system", str(self.folder))

    def cut(self) -> None:
        """The power is gone; returns at once. End what used the disk, then ``detach``."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    def detach(self) -> None:
        """Take the dead disk away."""
        with suppress(subprocess.SubprocessError):
            _do("umount", "--lazy", str(self.folder))
        if self._loop:
            with suppress(subprocess.SubprocessError):
                _do("losetup", "-d", self._loop)
            self._loop = ""
        if self._fuse is not None:
            self._fuse.kill()
            self._fuse.wait()
            self._fuse = None
            with suppress(subprocess.SubprocessError):
                _do("umount", "--lazy", str(self._file))

    def on_again(self) -> None:
        """Power is back: mount what reached the disk."""
        _do("mount", "-o", "loop", str(self._image), str(self.folder))

    def off(self) -> None:
        """Take it away, in whatever state it is."""
        self.cut()
        self.detach()


@contextmanager
def volatile_disk(megabytes: int) -> Iterator[VolatileDisk]:
    """A disk of this size, gone at the end. Raises NoVolatileDisk."""
    missing = [name for name in ("nbdkit", "nbdfuse", "losetup", "mkfs.ext4") if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        raise NoVolatileDisk(f"it takes root and nbdkit, libnbd-bin and fuse3; missing: {' '.join(missing) or 'root'}")
    home = Path(tempfile.mkdtemp(prefix="earshot-power-"))
    home.chmod(0o755)
    disk = VolatileDisk(home, megabytes)
    try:
        yield disk
    finally:
        disk.off()
        shutil.rmtree(home, ignore_errors=True)


def _do(*command: str) -> str:
    """Run it; a disk that is gone must not hold us up."""
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=_PATIENCE_SECONDS).stdout
    except subprocess.CalledProcessError as error:
        if command[0] in ("mount", "losetup"):
            raise NoVolatileDisk(f"{' '.join(command)}: {error.stderr.strip()}") from error
        raise


def _until(so: object, what: str) -> None:
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while not (callable(so) and so()):
        if time.monotonic() > give_up:
            raise NoVolatileDisk(f"{what} did not come up")
        time.sleep(_BETWEEN_SECONDS)
