"""how often each rule fired a day: made once of the finer counts there are, then counted beside them

Revision 0011, after 0010. A process of the version before counts by five minutes only: what it counts is missing from that day.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | Sequence[str] | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_DAY = {
    "sqlite": "substr(bucket, 1, 10) || ' 00:00:00.000000'",
    "postgresql": "date_trunc('day', bucket AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'",
}


def upgrade() -> None:
    day = _DAY[op.get_bind().dialect.name]
    op.execute(
        sa.text(
            "INSERT INTO tally (name, bucket, key, n) "  # noqa: S608  # our own words
            f"SELECT 'rule_fired_daily', {day}, key, sum(n) FROM tally WHERE name = 'rule_fired' GROUP BY {day}, key"
        )
    )


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM tally WHERE name IN ('rule_fired_daily', 'rule_undone')"))
