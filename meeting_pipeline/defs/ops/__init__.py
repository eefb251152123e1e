"""Dagster ops: work that is not about one recording, done in batches. Thin, like the assets."""
