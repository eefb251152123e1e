"""Tests of meeting_pipeline.store.recordings."""
