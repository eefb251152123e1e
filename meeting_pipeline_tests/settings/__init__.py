"""Tests of ``meeting_pipeline/settings``."""
