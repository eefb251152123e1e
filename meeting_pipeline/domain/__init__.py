"""What the business is about, in plain Python. No module here imports Dagster, SQLAlchemy or a provider's SDK."""
