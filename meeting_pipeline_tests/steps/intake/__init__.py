"""Tests of meeting_pipeline.steps.intake."""
