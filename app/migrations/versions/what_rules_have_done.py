"""what rules have done: which fired on a case already, how a decision came about, their points, and the wait for the community

Revision 0009, after 0008. Only adds what may be missing: a process of the version before writes none of it.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.engine import columns

revision: str = "0009"
down_revision: str | Sequence[str] | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OF_CASE = (("waiting_on", sa.String(length=12)), ("rule_term", sa.Integer()), ("state_since", columns.UtcDateTime()))


def upgrade() -> None:
    op.create_table(
        "rule_repeat",
        sa.Column("case_id", sa.String(length=20), nullable=False),
        sa.Column("rule_id", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "rule_id", name=op.f("pk_rule_repeat")),
    )
    for name, kind in _OF_CASE:
        op.add_column("case", sa.Column(name, kind, nullable=True))
    op.add_column("decision", sa.Column("chain", columns.Json(), nullable=True))


def downgrade() -> None:
    op.drop_column("decision", "chain")
    for name, _ in reversed(_OF_CASE):
        op.drop_column("case", name)
    op.drop_table("rule_repeat")
