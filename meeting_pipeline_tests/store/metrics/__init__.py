"""Tests of meeting_pipeline.store.metrics."""
