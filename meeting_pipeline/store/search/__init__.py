"""The search: indexing what meetings say, and finding it."""
