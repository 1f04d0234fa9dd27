"""texts of rules that wait for a second person; published versions are kept from changing by the database itself

Revision 0006, after 0005. Only adds: a process of the version before publishes as it did, its versions without the new columns' values.
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

from app.engine import columns

revision: str = "0006"
down_revision: str | Sequence[str] | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STAYS = "published versions of the rules are never changed or deleted"
_WHERE = "state = 'waiting'"


def upgrade() -> None:
    op.add_column("rule_version", sa.Column("changes", columns.Json(), nullable=True))
    op.add_column("rule_version", sa.Column("confirmed_by_id", sa.String(length=40), nullable=True))
    op.add_column("rule_version", sa.Column("confirmed_by_name", sa.Text(), nullable=True))
    op.create_table(
        "rule_proposal",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("copy_of", sa.Integer(), nullable=True),
        sa.Column("touches", columns.Json(), nullable=False),
        sa.Column("by_id", sa.String(length=40), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("by_person", sa.String(length=20), nullable=True),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by_id", sa.String(length=40), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decided_at", columns.UtcDateTime(), nullable=True),
        sa.Column("decided_why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_proposal")),
    )
    op.create_index(
        "ix_rule_proposal_waiting", "rule_proposal", ["id"], unique=False, sqlite_where=sa.text(_WHERE), postgresql_where=sa.text(_WHERE)
    )
    op.create_index("ix_rule_proposal_hash", "rule_proposal", ["hash"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE FUNCTION rule_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_STAYS}'; END $$")
        op.execute(
            "CREATE TRIGGER rule_version_stays BEFORE UPDATE OR DELETE ON rule_version FOR EACH ROW EXECUTE FUNCTION rule_version_stays()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER rule_version_no_{verb.lower()} BEFORE {verb} ON rule_version BEGIN SELECT RAISE(ABORT, '{_STAYS}'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER rule_version_stays ON rule_version")
        op.execute("DROP FUNCTION rule_version_stays()")
    else:
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER rule_version_no_{verb}")
    op.drop_table("rule_proposal")
    op.drop_column("rule_version", "confirmed_by_name")
    op.drop_column("rule_version", "confirmed_by_id")
    op.drop_column("rule_version", "changes")
