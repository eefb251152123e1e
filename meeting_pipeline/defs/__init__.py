"""Everything that Dagster sees: assets, checks, jobs, ops, sensors, resources and the partitions.

Thin: the work is done in ``steps/``.
"""
