"""Vectors for search by meaning: of what was said, and of what somebody searches for."""
