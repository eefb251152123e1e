"""Tests of ``meeting_pipeline/resources``."""
