"""The log of events of all recordings, in one order."""
