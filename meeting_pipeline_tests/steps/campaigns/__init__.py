"""Tests of meeting_pipeline.steps.operations."""
