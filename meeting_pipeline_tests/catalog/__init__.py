"""Tests of ``meeting_pipeline/catalog``."""
