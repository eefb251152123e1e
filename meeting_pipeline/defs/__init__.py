"""Everything that Dagster sees: assets, checks, jobs, ops, sensors, resources and partitions.

A thin layer: the work is done in ``steps/``.
"""
