"""Add how far incremental sources have got, and what each run found and left out."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns, in which older rows say nothing, and the indexes."""
    op.add_column("bookmark", sa.Column("cursor", sa.Text, comment="how far an incremental kind has got"))
    op.add_column(
        "run",
        sa.Column("found", sa.Integer, nullable=False, server_default="0", comment="what the source offered"),
    )
    op.add_column(
        "run",
        sa.Column("left_out", sa.Text, nullable=False, server_default="{}", comment="JSON: sort -> count"),
    )
    op.create_index("ix_journal_action_subject", "journal", ["action", "subject"])
    telling = sa.text("(found > 0 OR new > 0 OR withdrawn > 0)")
    op.create_index(
        "ix_run_telling",
        "run",
        ["source_id", "started_at"],
        sqlite_where=telling,
        postgresql_where=telling,
    )
