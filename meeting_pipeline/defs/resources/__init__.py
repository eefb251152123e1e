"""Dagster resources: thin, they hand out plain objects of the other rooms."""
