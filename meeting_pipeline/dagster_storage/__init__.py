"""Dagster's storage of runs, events and ticks, opened once per process. Dagster creates it by the names in ``dagster.yaml``."""
