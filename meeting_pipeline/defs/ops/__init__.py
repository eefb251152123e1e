"""Dagster ops: batch work on many recordings. Thin, like the assets."""
