"""Alembic migrations. Each file in ``versions`` changes the schema one step; released files never change."""
