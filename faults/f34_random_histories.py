"""F34: random histories of deeds, deaths, restarts and cut sockets, each step held against a model that knows nothing of the desk.

The model and the deeds are those of ``tests/histories``. A counterexample is cut down to as few deeds as show it and said on stderr. The
night's run is F34_WALKS=50 F34_STEPS=2000.
"""

import os
from typing import Final

from app.engine.data_folder import DataFolder
from faults.model import Count, Fault, Place, Row, Scale
from rig.desk import ROOT
from tests.histories.desks import Desks, postgresql_desks, sqlite_desks
from tests.histories.walk import go

GOAL: Final = "0 counterexamples"


def run(place: Place, scale: Scale) -> Row:
    """Walk after walk, each from a seed of its own, against a network that honours keys, can be asked, or neither."""
    walks = int(os.environ.get("F34_WALKS", scale.of(12, 1)))
    steps = int(os.environ.get("F34_STEPS", scale.of(400, 40)))
    desks, wrong = _desks(place), 0
    for seed in range(walks):
        found = go(desks, seed, steps)
        if found is not None:
            wrong += 1
            place.say(str(found))
    counted: dict[str, Count] = {"walks": walks, "deeds": walks * steps, "counterexamples": wrong}
    return Row("F34", place.database, counted, GOAL, wrong == 0)


def _desks(place: Place) -> Desks:
    folder = place.folder / "histories"
    folder.mkdir()
    data = DataFolder(ROOT / "routing_rules")
    return sqlite_desks(folder, data) if place.cluster is None else postgresql_desks(place.cluster, folder, data)


FAULT: Final = Fault("F34", "Random histories", run)
