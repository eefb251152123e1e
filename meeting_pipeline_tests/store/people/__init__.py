"""Tests of ``meeting_pipeline.store.people``."""
