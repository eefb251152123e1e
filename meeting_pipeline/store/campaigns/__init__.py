"""Campaigns: what is made again under one name, and how far it is."""
