"""The third stage: insights are extracted from the transcript, and every paid call is recorded."""
