"""Tests of meeting_pipeline.steps.extraction."""
