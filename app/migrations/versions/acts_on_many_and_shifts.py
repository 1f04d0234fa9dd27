"""acts on many cases with what they changed, so that they can be taken back; shifts of people

Revision 0008, after 0007. Only adds tables, of which a process of the version before knows nothing.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.engine import columns

revision: str = "0008"
down_revision: str | Sequence[str] | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "bulk_act",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("change", columns.Json(), nullable=False),
        sa.Column("by_id", sa.String(length=40), nullable=False),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("expires_at", columns.UtcDateTime(), nullable=False),
        sa.Column("person_id", sa.String(length=20), nullable=True),
        sa.Column("person_before", columns.Json(), nullable=False),
        sa.Column("person_after", columns.Json(), nullable=False),
        sa.Column("signed_out", sa.Integer(), nullable=False),
        sa.Column("undone_at", columns.UtcDateTime(), nullable=True),
        sa.Column("undone_by", sa.String(length=120), nullable=False),
        sa.Column("undone_said", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_act")),
    )
    op.create_index("ix_bulk_act_at", "bulk_act", ["at"], unique=False)
    op.create_table(
        "bulk_case",
        sa.Column("act_id", sa.String(length=20), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("before", columns.Json(), nullable=False),
        sa.Column("after", columns.Json(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=True),
        sa.Column("undone_why", sa.String(length=300), nullable=False),
        sa.CheckConstraint("outcome IN ('waits', 'moved', 'same', 'stays')", name=op.f("ck_bulk_case_outcome_word")),
        sa.ForeignKeyConstraint(["act_id"], ["bulk_act.id"], name=op.f("fk_bulk_case_act_id_bulk_act"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("act_id", "place", name=op.f("pk_bulk_case")),
    )
    op.create_table(
        "shift_plan",
        sa.Column("person_id", sa.String(length=20), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("week", columns.Json(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_shift_plan_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_shift_plan")),
    )


def downgrade() -> None:
    op.drop_table("shift_plan")
    op.drop_table("bulk_case")
    op.drop_index("ix_bulk_act_at", table_name="bulk_act")
    op.drop_table("bulk_act")
