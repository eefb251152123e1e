"""A Dagster run launcher whose workers are forked from a warm process."""
