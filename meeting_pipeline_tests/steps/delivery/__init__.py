"""Tests of meeting_pipeline.steps.delivery."""
