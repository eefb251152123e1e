"""Tests of ``meeting_pipeline/running``."""
