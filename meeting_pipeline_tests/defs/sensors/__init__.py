"""Tests of ``meeting_pipeline/sensors``."""
