"""Tests of meeting_pipeline.demo."""
