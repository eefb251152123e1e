"""Tests of meeting_pipeline.store.search."""
