"""Deleting recordings, and the receipts of deletions."""
