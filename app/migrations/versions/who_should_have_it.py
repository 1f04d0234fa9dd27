"""who should have which case: the bound of what a person holds, signs of life, and cases passed on

Revision 0007, after 0006. Only adds what may be missing: a process of the version before writes none of it, and the index of free cases
holds one more column than it asks for.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.engine import columns

revision: str = "0007"
down_revision: str | Sequence[str] | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FREE = sa.text("state = 'open' AND assignee_id IS NULL")


def upgrade() -> None:
    op.add_column("person", sa.Column("hard_capacity", sa.Integer(), nullable=True))
    op.add_column("person", sa.Column("last_seen_at", columns.UtcDateTime(), nullable=True))
    op.add_column("person", sa.Column("given_at", columns.UtcDateTime(), nullable=True))
    op.create_table(
        "skip",
        sa.Column("case_id", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.String(length=20), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("until", columns.UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "person_id", name=op.f("pk_skip")),
    )
    op.create_index("ix_skip_person_id", "skip", ["person_id", "until"], unique=False)
    _index_of_free(["queue", "rank_at", "id", "language"])


def downgrade() -> None:
    _index_of_free(["queue", "rank_at", "id"])
    op.drop_index("ix_skip_person_id", table_name="skip")
    op.drop_table("skip")
    for name in ("given_at", "last_seen_at", "hard_capacity"):
        op.drop_column("person", name)


def _index_of_free(indexed: list[str]) -> None:
    op.drop_index("ix_case_free", table_name="case")
    op.create_index("ix_case_free", "case", indexed, unique=False, sqlite_where=_FREE, postgresql_where=_FREE)
