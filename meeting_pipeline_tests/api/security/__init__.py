"""Tests of meeting_pipeline.api.security."""
