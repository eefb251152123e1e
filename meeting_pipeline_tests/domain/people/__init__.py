"""Tests of ``meeting_pipeline.domain.people``."""
