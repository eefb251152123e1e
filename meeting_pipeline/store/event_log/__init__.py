"""The event log of all recordings, in one order."""
