"""Tests of meeting_pipeline.providers.offline."""
