"""How the C library keeps memory: few pools for many threads, and back to the system what a start has left over.

Each thread that asks glibc for memory while another does gets a pool of its own, which is rarely given back; and what the reading of
lists and rules freed stays with the process. Where the library is another one nothing here happens.
"""

import ctypes
import gc
from typing import Final

_ARENA_MAX: Final = -8  # M_ARENA_MAX of malloc.h
_POOLS: Final = 2  # as many as threads that really run beside each other under one interpreter lock


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
