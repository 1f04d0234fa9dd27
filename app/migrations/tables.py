"""Every module that defines a table, so that the metadata is whole wherever the schema is compared or made."""

import app.cases.tables
import app.cases.tables_bulk
import app.channels.tables
import app.customers.tables
import app.door.idempotency
import app.engine.intake_queue
import app.engine.leases
import app.engine.ledger
import app.engine.log
import app.engine.timers
import app.engine.workspace
import app.escalation.tables
import app.measures.tables
import app.mentions.tables
import app.people.tables
import app.people.tables_shifts
import app.policy.tables
import app.routing.tables
import app.sla.tables

MODULES = (
    app.cases.tables, app.cases.tables_bulk, app.channels.tables, app.customers.tables, app.door.idempotency, app.engine.intake_queue,
    app.engine.leases, app.engine.ledger, app.engine.log, app.engine.timers, app.engine.workspace, app.escalation.tables,
    app.measures.tables, app.mentions.tables, app.people.tables, app.people.tables_shifts, app.policy.tables, app.routing.tables,
    app.sla.tables,
)  # fmt: skip
