"""free, late and held cases by small indexes in place of whole ones; the index by change, which nothing asked, goes

Revision 0003, after 0002. A process of the version before runs beside it: what it asks is only found by another index.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PARTIAL = (
    ("ix_case_free", ["queue", "rank_at", "id"], "state = 'open' AND assignee_id IS NULL"),
    ("ix_case_late", ["state", "due_state", "rank_at", "id"], "due_state IN ('warned', 'breached')"),
    ("ix_case_assignee", ["assignee_id", "state", "rank_at", "id"], "assignee_id IS NOT NULL"),
)
_WHOLE = (
    ("ix_case_state_late_rank", ["state", "due_state", "rank_at", "id"]),
    ("ix_case_assignee_rank", ["assignee_id", "state", "rank_at", "id"]),
    ("ix_case_state_updated", ["state", "updated_at", "id"]),
)


def upgrade() -> None:
    for name, columns, where in _PARTIAL:
        op.create_index(name, "case", columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    for name, _ in _WHOLE:
        op.drop_index(name, table_name="case")


def downgrade() -> None:
    for name, columns in _WHOLE:
        op.create_index(name, "case", columns, unique=False)
    for name, _, _ in _PARTIAL:
        op.drop_index(name, table_name="case")
