"""Tests of meeting_pipeline.store.outbox."""
