"""notices to people, and the outbox of the rules' webhooks

Revision 0005, after 0004. Only adds tables: a process of the version before neither reads nor misses them.
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

from app.engine import columns

revision: str = "0005"
down_revision: str | Sequence[str] | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.String(length=20), nullable=False),
        sa.Column("case_id", sa.String(length=20), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("rules", sa.String(length=200), nullable=False),
        sa.Column("band", sa.String(length=10), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("show_at", columns.UtcDateTime(), nullable=False),
        sa.Column("read_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(
        "uq_notice_unread", "notice", ["person_id", "case_id", "about"], unique=True,
        sqlite_where=sa.text("read_at IS NULL"), postgresql_where=sa.text("read_at IS NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_notice_shown", "notice", ["person_id", "show_at"], unique=False,
        sqlite_where=sa.text("read_at IS NULL"), postgresql_where=sa.text("read_at IS NULL"),
    )  # fmt: skip
    op.create_index("ix_notice_case_id", "notice", ["case_id"], unique=False)
    op.create_table(
        "webhook_call",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("webhook", sa.String(length=60), nullable=False),
        sa.Column("case_id", sa.String(length=20), nullable=True),
        sa.Column("payload", columns.Json(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", columns.UtcDateTime(), nullable=False),
        sa.Column("made_at", columns.UtcDateTime(), nullable=False),
        sa.Column("ended_at", columns.UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'parked')", name=op.f("ck_webhook_call_state_word")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_call")),
    )
    op.create_index(
        "ix_webhook_call_due", "webhook_call", ["due_at"], unique=False,
        sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"),
    )  # fmt: skip
    op.create_index(
        "ix_webhook_call_parked", "webhook_call", ["id"], unique=False,
        sqlite_where=sa.text("state = 'parked'"), postgresql_where=sa.text("state = 'parked'"),
    )  # fmt: skip
    op.create_index("ix_webhook_call_case_id", "webhook_call", ["case_id"], unique=False)


def downgrade() -> None:
    op.drop_table("webhook_call")
    op.drop_table("notice")
