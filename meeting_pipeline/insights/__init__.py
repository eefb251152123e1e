"""One file per insight: its question, the schema and the check of its answer, and how parts merge."""
