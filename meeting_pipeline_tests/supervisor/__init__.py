"""Tests of ``meeting_pipeline/supervisor``."""
