"""Recordings: their state machine, the leases of the workers that may change them, recovery, and queries."""
