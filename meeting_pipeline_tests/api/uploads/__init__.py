"""Tests of meeting_pipeline.api.uploads."""
