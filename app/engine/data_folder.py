"""The folder of editable data (rules, words, weights, policies, service levels), each file parsed once per version."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from stat import S_ISDIR
from typing import Any, TypeVar

T = TypeVar("T")


class DataFolder:
    """Loads what lies below one folder and keeps it until a file there changes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._guards: dict[tuple[str, str], threading.Lock] = {}
        self._kept: dict[tuple[str, str], tuple[tuple[int, int], Any]] = {}

    def load(self, name: str, loader: Callable[[Path], T]) -> T:
        """What ``loader`` makes of the file or folder ``name``.

        Loaded again when its size or time of change differs; a file that became unreadable raises what the loader raises.
        """
        path = self.root / name
        stamp = _stamp(path)
        key = (name, f"{loader.__module__}.{loader.__qualname__}")
        kept = self._kept.get(key)
        if kept is not None and kept[0] == stamp:
            value: T = kept[1]
            return value
        with self._guards.setdefault(key, threading.Lock()):  # whoever needs another file does not wait for this one
            kept = self._kept.get(key)
            if kept is not None and kept[0] == stamp:  # read by another thread meanwhile
                value = kept[1]
                return value
            value = loader(path)
            self._kept[key] = (stamp, value)
        return value


def _stamp(path: Path) -> tuple[int, int]:
    """Changes whenever a file, or any file directly in a folder, changes."""
    stat = os.stat(path)  # noqa: PTH116  # every batch looks at every file, and pathlib would take three times as long
    if S_ISDIR(stat.st_mode):
        with os.scandir(path) as entries:
            stats = [entry.stat() for entry in entries if entry.is_file()]
        return (max((s.st_mtime_ns for s in stats), default=0), sum(s.st_size for s in stats))
    return (stat.st_mtime_ns, stat.st_size)
