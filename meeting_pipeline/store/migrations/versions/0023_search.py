"""The index of the search. Recordings that are there already are noted, and indexed in small steps while the system runs.

PostgreSQL gets one text search configuration per language that keeps all words: those that come with it leave out frequent words,
which are part of exact phrases.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STEMMERS: Final = (
    "arabic", "danish", "dutch", "english", "finnish", "french", "german", "greek", "hungarian", "indonesian", "italian",
    "norwegian", "portuguese", "romanian", "russian", "spanish", "swedish", "turkish",
)  # fmt: skip
_FTS: Final = (
    "CREATE VIRTUAL TABLE search_words USING fts5(words, marks, content='search_lines', content_rowid='number', "
    "columnsize=0, prefix='3', tokenize=\"unicode61 remove_diacritics 2 tokenchars '_'\")",
    "CREATE TRIGGER search_lines_inserted AFTER INSERT ON search_lines BEGIN "
    "INSERT INTO search_words (rowid, words, marks) VALUES (new.number, new.words, new.marks); END",
    "CREATE TRIGGER search_lines_deleted AFTER DELETE ON search_lines BEGIN "
    "INSERT INTO search_words (search_words, rowid, words, marks) "
    "VALUES ('delete', old.number, old.words, old.marks); END",
)


def upgrade() -> None:
    """Apply."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "search_meetings",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("meeting_date", sa.Date(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("recording_key"),
    )
    op.create_table(
        "search_lines",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=True),
        sa.Column("start_ms", sa.Integer(), nullable=True),
        sa.Column("end_ms", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=64), nullable=True),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("draft", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text() if sqlite else postgresql.TSVECTOR(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "search_names",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", "folded"),
    )
    op.create_table(
        "search_pending",
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("recording_key"),
    )
    if sqlite:
        for statement in _FTS:
            op.execute(statement)
    else:
        op.create_index("ix_search_lines_words", "search_lines", ["words"], postgresql_using="gin")
        _make_configurations()
    op.execute("INSERT INTO search_pending (recording_key) SELECT key FROM recordings")


def _make_configurations() -> None:
    known = {row[0] for row in op.get_bind().execute(sa.text("SELECT cfgname FROM pg_ts_config"))}
    for stemmer in _STEMMERS:
        if stemmer not in known:
            continue
        name = f"search_{stemmer}"
        op.execute(f"CREATE TEXT SEARCH DICTIONARY {name} (TEMPLATE = snowball, LANGUAGE = {stemmer})")
        op.execute(f"CREATE TEXT SEARCH CONFIGURATION {name} (COPY = simple)")
        op.execute(
            f"ALTER TEXT SEARCH CONFIGURATION {name} ALTER MAPPING FOR asciiword, word, numword, hword, hword_part, "
            f"hword_asciipart, asciihword, hword_numpart, numhword WITH {name}"
        )


def downgrade() -> None:
    """Undo."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        op.execute("DROP TABLE search_words")
    else:
        made = bind.execute(sa.text("SELECT cfgname FROM pg_ts_config WHERE cfgname LIKE 'search\\_%'")).scalars().all()
        for name in made:
            op.execute(f"DROP TEXT SEARCH CONFIGURATION {name}")
            op.execute(f"DROP TEXT SEARCH DICTIONARY {name}")
    for table in ("search_pending", "search_names", "search_lines", "search_meetings"):
        op.drop_table(table)
