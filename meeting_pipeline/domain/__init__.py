"""The business logic in plain Python. No module here imports Dagster, SQLAlchemy or a provider's SDK."""
