"""Tests of meeting_pipeline.defs."""
