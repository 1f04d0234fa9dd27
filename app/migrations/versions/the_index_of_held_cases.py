"""the index of held cases leaves out what is done, of which there is ever more

Revision 0012, after 0011. A process of the version before runs beside it: what it asks is only found by another index.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _index("ix_case_held", "hold AND state != 'done'")
    op.drop_index("ix_case_hold", table_name="case")


def downgrade() -> None:
    _index("ix_case_hold", "hold")
    op.drop_index("ix_case_held", table_name="case")


def _index(name: str, where: str) -> None:
    op.create_index(name, "case", ["rank_at", "id"], unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
