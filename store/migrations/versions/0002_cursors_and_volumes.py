"""Add how far incremental sources have got, and what each run found and left out."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the three columns; older rows say nothing in them."""
    op.add_column("bookmark", sa.Column("cursor", sa.Text, comment="how far an incremental kind has got"))
    op.add_column(
        "run",
        sa.Column("found", sa.Integer, nullable=False, server_default="0", comment="what the source offered"),
    )
    op.add_column(
        "run",
        sa.Column("left_out", sa.Text, nullable=False, server_default="{}", comment="JSON: sort -> count"),
    )
