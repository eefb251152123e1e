"""Tests of meeting_pipeline.launching."""
