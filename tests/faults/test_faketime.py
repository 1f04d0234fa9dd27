"""The clock that trials move cleans up after processes that could not do so themselves."""

import os
import subprocess
from pathlib import Path

import pytest

from rig.faketime import Faketime, NoFaketime
from rig.waiting import until


def _kept(pid: int) -> list[Path]:
    return list(Path("/dev/shm").glob(f"*faketime_*_{pid}"))  # where the library keeps it


def test_what_a_killed_process_leaves_in_memory_goes(tmp_path: Path) -> None:
    try:
        clock = Faketime(tmp_path)
    except NoFaketime as why:
        pytest.skip(str(why))
    process = subprocess.Popen(["sleep", "60"], env={**os.environ, **clock.environment})
    until(lambda: len(_kept(process.pid)) > 1, "the library is at work")
    clock.sweep()
    assert _kept(process.pid), "it still lives"
    process.kill()
    process.wait()
    clock.sweep()
    assert not _kept(process.pid)
