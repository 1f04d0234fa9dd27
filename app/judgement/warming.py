"""Reads what the judges need once, before the first mention waits for it: word lists, service levels, rules, VADER's dictionary."""

import gc

from app.analysis import sentiment
from app.engine.memory import give_back
from app.engine.ports import Ports
from app.judgement.desk import desk_of, levels_of, lexicon_of, queues_of, weights_of


def warm_desk(ports: Ports) -> None:
    """About a second of work on a small machine; a second call finds everything read. py3langid waits for its first unclear text."""
    for read in (lexicon_of, weights_of, levels_of, queues_of):  # outside the transaction: a server ends one that stands idle
        read(ports)
    with ports.db.read() as conn:
        desk_of(ports, conn)
    sentiment.warm_up()
    # What was read stays for the life of the process. Taken out of the collector's sight it is not walked again and again:
    # a full collection over the word lists stood still for a tenth of a second.
    give_back()
    gc.freeze()
