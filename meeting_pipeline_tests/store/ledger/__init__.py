"""Tests of meeting_pipeline.store.ledger."""
