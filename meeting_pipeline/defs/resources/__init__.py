"""Dagster resources: a thin layer that provides plain objects of the other packages."""
