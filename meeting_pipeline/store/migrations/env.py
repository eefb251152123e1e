"""Alembic's entry: runs the migrations on the connection that ``store/engine/schema.py`` hands over."""

from alembic import context

from meeting_pipeline.store.engine.schema import VERSION_TABLE
from meeting_pipeline.store.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
context.run_migrations()
