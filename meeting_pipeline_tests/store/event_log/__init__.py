"""Tests of meeting_pipeline.store.event_log."""
