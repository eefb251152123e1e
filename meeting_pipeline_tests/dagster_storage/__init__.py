"""Tests of ``meeting_pipeline/dagster_storage``."""
