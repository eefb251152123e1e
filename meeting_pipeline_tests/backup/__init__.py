"""Tests of ``meeting_pipeline.backup``."""
