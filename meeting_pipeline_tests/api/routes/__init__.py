"""Tests of meeting_pipeline.api.routes."""
