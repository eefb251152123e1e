"""Campaigns: recordings that are reprocessed under one name, and their progress."""
