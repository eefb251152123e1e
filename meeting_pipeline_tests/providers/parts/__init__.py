"""Tests of meeting_pipeline.providers.parts."""
