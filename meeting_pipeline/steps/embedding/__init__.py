"""Vectors for search by meaning: of transcripts, and of queries."""
