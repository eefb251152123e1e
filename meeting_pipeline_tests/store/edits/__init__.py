"""Tests of meeting_pipeline.store.results."""
