"""the lane of the intake: what cannot wait goes before what can

Revision 0004, after 0003. Only adds what may be missing: a process of the version before puts its rows into the usual lane.
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

from app.engine import columns

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("intake", sa.Column("lane", sa.Integer(), server_default="1", nullable=False))
    op.create_index(
        "ix_intake_pressing", "intake", ["id"], unique=False,
        sqlite_where=sa.text("state = 'waiting' AND lane = 0"), postgresql_where=sa.text("state = 'waiting' AND lane = 0"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_intake_pressing", table_name="intake")
    op.drop_column("intake", "lane")
