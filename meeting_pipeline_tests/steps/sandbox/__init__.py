"""Tests of meeting_pipeline.steps.sandbox."""
