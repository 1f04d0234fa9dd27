"""Reads what the judges need once, before anything waits for it: first what a timer needs, then what a mention needs beside that."""

import gc
from typing import Final

from app.analysis import sentiment
from app.engine.memory import give_back
from app.engine.ports import Ports
from app.judgement.desk import desk_of, levels_of, lexicon_of, queues_of, weights_of

_NEW_OBJECTS: Final = 10_000
"""So many more records than were let go since the last time, and the collector looks for circles among them. At Python's own 700 it
looked fourteen times in a batch of a hundred mentions, which makes none: a thirtieth of what they cost."""


def warm_desk(ports: Ports) -> None:
    """Everything; half a second of work on a small machine. A second call finds everything read."""
    warm_rules(ports)
    warm_words(ports)


def warm_rules(ports: Ports) -> None:
    """Weights, service levels, queues, rules and policies: what is due can fire with these."""
    for read in (weights_of, levels_of, queues_of):  # outside the transaction: a server ends one that stands idle
        read(ports)
    with ports.db.read() as conn:
        desk_of(ports, conn)


def warm_words(ports: Ports) -> None:
    """Word lists and VADER's dictionary. py3langid waits for its first unclear text."""
    lexicon_of(ports)
    sentiment.warm_up()
    # What was read stays for the life of the process. Taken out of the collector's sight it is not walked again and again:
    # a full collection over the word lists stood still for a tenth of a second.
    give_back()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
