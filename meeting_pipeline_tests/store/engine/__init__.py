"""Tests of meeting_pipeline.store.engine."""
