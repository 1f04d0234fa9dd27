"""The ports an action or query is given: database, clock, bus, keys, settings, data folder, counts of attempts, and whether the process is
on its way out.
"""

from dataclasses import dataclass, field

from app.core.clock import Clock
from app.core.settings import Settings
from app.engine.bus import Bus
from app.engine.data_folder import DataFolder
from app.engine.database import Database
from app.engine.keys import Keys
from app.engine.stopping import Stopping
from app.engine.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Ports:
    """Made once by the composition root; tests make their own around a temporary database."""

    db: Database
    clock: Clock
    bus: Bus
    keys: Keys
    settings: Settings
    data: DataFolder
    throttle: Throttle = field(default_factory=Throttle)
    stopping: Stopping = field(default_factory=Stopping)


def open_ports(settings: Settings, clock: Clock, keys: Keys) -> Ports:
    """Ports around the database that the settings name; each commit with events wakes the topic ``log``, and what it asked for besides."""
    db = Database(settings.database_url, clock)
    bus = Bus()
    db.after_commit = bus.wake
    return Ports(db=db, clock=clock, bus=bus, keys=keys, settings=settings, data=DataFolder(settings.earshot_rules_dir))
