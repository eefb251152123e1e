"""The third stage: insights are extracted from a transcript, and every paid call is recorded."""
