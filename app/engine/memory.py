"""How the C library and SQLite keep memory: few pools for many threads, nothing counted, and back to the system what a start left over.

Each thread that asks glibc for memory while another does gets a pool of its own, which is rarely given back; and what the reading of
lists and rules freed stays with the process. Where the library is another one nothing here happens.
"""

import ctypes
import gc
import sys
from importlib.util import find_spec
from typing import Final

_CONFIG_MEMSTATUS: Final = 9  # SQLITE_CONFIG_MEMSTATUS of sqlite3.h
_ARENA_MAX: Final = -8  # M_ARENA_MAX of malloc.h
_POOLS: Final = 2  # as many as threads that really run beside each other under one interpreter lock


def uncounted_sqlite() -> None:
    """Before anything imports ``sqlite3``, after which it is too late: SQLite no longer counts, under a lock at each piece of memory, how
    much it holds, which nobody asks. That was a thirtieth of what a mention costs."""
    module = find_spec("_sqlite3")
    if sys.platform != "linux" or module is None or not module.has_location or module.origin is None:
        return  # elsewhere nobody has tried it
    configure = getattr(ctypes.CDLL(module.origin), "sqlite3_config", None)  # of the very library that the module will use
    if configure is not None:
        configure.argtypes = (ctypes.c_int,)  # the rest is "...": on some machines such a call is made in another way
        configure(_CONFIG_MEMSTATUS, 0)


def few_pools() -> None:
    """Before the first thread starts: its choice is kept for good."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_ARENA_MAX, _POOLS)


def give_back() -> None:
    """What is free goes back to the system: some milliseconds, worth it after work that is not done again."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
