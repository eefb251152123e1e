"""Tests of meeting_pipeline.media."""
