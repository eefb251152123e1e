"""Tests of meeting_pipeline.store.deletions."""
