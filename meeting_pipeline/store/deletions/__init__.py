"""Deleting recordings, and the receipts of it."""
