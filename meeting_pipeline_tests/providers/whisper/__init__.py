"""Tests of recognition with Whisper and of its models."""
