"""Tests of meeting_pipeline.steps.transcription."""
