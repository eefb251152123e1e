"""Search: indexing the text of meetings, and finding it."""
