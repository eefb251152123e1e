"""Tests of meeting_pipeline.foundation."""
