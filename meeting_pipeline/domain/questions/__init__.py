"""Questions about all meetings: reading them, choosing passages, and checking the sentences of an answer. No I/O."""
