"""Tests of ``meeting_pipeline/webhooks``."""
