"""an index of stopped clocks by metric and moment, for reports of all seven metrics over a span

Revision 0013, after 0012. A process of the version before works with it as well.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | Sequence[str] | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STOPPED = sa.text("stopped_at IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_clock_stopped_at", "clock", ["metric", "stopped_at"], sqlite_where=_STOPPED, postgresql_where=_STOPPED)


def downgrade() -> None:
    op.drop_index("ix_clock_stopped_at", table_name="clock", sqlite_where=_STOPPED, postgresql_where=_STOPPED)
