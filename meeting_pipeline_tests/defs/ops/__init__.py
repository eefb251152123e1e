"""Tests of ``meeting_pipeline/ops``."""
