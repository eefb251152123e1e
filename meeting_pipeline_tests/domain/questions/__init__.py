"""Questions: reading, passages, checks."""
