"""without the index of running clocks by due time: what is due is found in the timers, and every clock paid for it three times

Revision 0014, after 0013. A process of the version before works without it as well.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | Sequence[str] | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_RUNNING = sa.text("state = 'running'")


def upgrade() -> None:
    op.drop_index("ix_clock_running_due", table_name="clock", sqlite_where=_RUNNING, postgresql_where=_RUNNING)


def downgrade() -> None:
    op.create_index("ix_clock_running_due", "clock", ["due_at"], sqlite_where=_RUNNING, postgresql_where=_RUNNING)
