"""Tests of meeting_pipeline.providers.openai_speech."""
