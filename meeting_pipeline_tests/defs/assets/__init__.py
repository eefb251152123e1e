"""Tests of ``meeting_pipeline/assets``."""
