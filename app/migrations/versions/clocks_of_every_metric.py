"""clocks of every metric, and the matter that a clock is about

Revision 0010, after 0009. Widens what is allowed: a process of the version before runs beside it and stops at an answer whatever lasts,
as it always did. SQLite cannot change a CHECK, so there the table is written anew, once.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | Sequence[str] | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TWO = "metric IN ('first_response', 'next_response')"
_ALL = (
    "metric IN ('first_touch', 'first_response', 'next_response', 'move_to_private', 'escalation_ack', 'legal_answer', 'resolution')"
)  # fmt: skip


def upgrade() -> None:
    _check(_TWO, _ALL)
    op.add_column("clock", sa.Column("matter_id", sa.String(length=20), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM clock WHERE metric NOT IN ('first_response', 'next_response')")
    op.drop_column("clock", "matter_id")
    _check(_ALL, _TWO)


def _check(old: str, new: str) -> None:
    """Put one CHECK in the place of another."""
    conn = op.get_bind()
    if conn.dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_clock_metric_word"), "clock", type_="check")
        op.create_check_constraint(op.f("ck_clock_metric_word"), "clock", new)
        return
    made = conn.execute(sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = 'clock' AND sql IS NOT NULL")).all()
    table = next(row.sql for row in made if row.type == "table")
    if old not in table:
        raise RuntimeError(f"the table of clocks has no CHECK {old!r}: was it changed by hand?")
    head, _, rest = table.replace(old, new).partition("(")
    conn.exec_driver_sql(f"{head.replace('clock', 'clock_anew')}({rest}")
    conn.exec_driver_sql("INSERT INTO clock_anew SELECT * FROM clock")
    conn.exec_driver_sql("DROP TABLE clock")
    conn.exec_driver_sql("ALTER TABLE clock_anew RENAME TO clock")
    for row in made:
        if row.type == "index":
            conn.exec_driver_sql(row.sql)
