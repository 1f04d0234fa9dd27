"""The plumbing: database, event log, bus, intake queue, timers, leases, data folder, secrets, telemetry.

It knows nothing of mentions or cases. Not a place for rules of the desk: those are judges in the domains.
Start at ``database`` (one transaction) and ``log`` (what a transaction leaves behind).
"""

from app.engine.memory import uncounted_sqlite

uncounted_sqlite()
