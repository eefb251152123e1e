"""Tests of meeting_pipeline.store.api."""
