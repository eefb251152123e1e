"""Tests of meeting_pipeline.api.schemas."""
