"""Tests of meeting_pipeline.api.streaming."""
