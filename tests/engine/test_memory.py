"""What a serving process reads of others' libraries, and what it gives back."""

import subprocess
import sys

from app.engine import memory

NEVER_READ = ("alembic", "psycopg", "httpcore2", "rich", "limits", "py3langid")


def test_a_desk_on_sqlite_reads_nothing_that_it_does_not_use() -> None:
    said = f"import sys, app.main; print(*[name for name in {NEVER_READ!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", said], check=True, capture_output=True, text=True)
    assert found.stdout.split() == []


def test_giving_back_harms_nothing_and_needs_no_certain_library() -> None:
    memory.few_pools()
    memory.give_back()
    memory.give_back()


def test_sqlite_counts_no_memory_in_a_process_of_ours() -> None:
    said = """
import app.engine, ctypes, sqlite3, _sqlite3
sqlite3.connect(":memory:").execute("CREATE TABLE t (a)")
file = getattr(_sqlite3, "__file__", None)  # None where it is built into Python, which is left as it is
used = getattr(ctypes.CDLL(file), "sqlite3_memory_used", None) if file else None
print(used() if used else 0)
"""
    found = subprocess.run([sys.executable, "-c", said], check=True, capture_output=True, text=True)
    assert found.stdout.split() == ["0"] or sys.platform != "linux"
