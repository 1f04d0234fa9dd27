"""leases, tries and doubts of the outbox; quiet times of a channel; the mark of an answer that wants a person

Revision 0002, after 0001. Only adds what may be missing, so that a process of the version before runs beside it.
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

from app.engine import columns

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("reply", sa.Column("check_at", columns.UtcDateTime(), nullable=True))
    op.add_column("reply", sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "ix_reply_check", "reply", ["check_at"], unique=False,
        sqlite_where=sa.text("check_at IS NOT NULL"), postgresql_where=sa.text("check_at IS NOT NULL"),
    )  # fmt: skip
    op.add_column("channel", sa.Column("quiet_until", columns.UtcDateTime(), nullable=True))
    op.add_column("case", sa.Column("reply_trouble", sa.String(length=8), nullable=True))


def downgrade() -> None:
    op.drop_column("case", "reply_trouble")
    op.drop_column("channel", "quiet_until")
    op.drop_index("ix_reply_check", table_name="reply")
    op.drop_column("reply", "tries")
    op.drop_column("reply", "check_at")
